// DeepLIFT's RevealCancel rule (Shrikumar et al., 2017, sections 3.5.1 and 3.5.3): a function y = f(z) treats the
// positive and the negative contributions to z's difference each on its own, so that two that cancel are both seen.
//   Δz⁺ = Σ of the positive w_i·Δa_i, Δz⁻ of the negative ones
//   Δy⁺ = ½ [f(z' + Δz⁺) − f(z')] + ½ [f(z) − f(z' + Δz⁻)]      Δy⁻ with + and − exchanged
//   m_i = Σ_z w_i · m_y · Δy±/Δz±, by the sign of w_i·Δa_i; at Δa_i = 0 the mean of both
// The step goes over the layer in front of f and f at once: the layer alone knows the contributions.
#pragma once

#include <map>
#include <vector>

#include "graph/graph.h"
#include "graph/rule.h"

namespace saliency {

class RevealCancel {
 public:
  // For multipliers of y with respect to x. The graph must outlive this. Throws InvalidOption for weights that are
  // gone.
  RevealCancel(const graph::Graph& graph, graph::ValueId y, graph::ValueId x);

  // The function behind a layer, or null; and whether a function is one that its layer takes care of.
  const graph::Node* function_of(const graph::Node& layer) const;
  bool takes(const graph::Node& function) const;

  // The step of a layer and its function: context.output_grads holds the multipliers of the function's output. Samples
  // lie on axis 0, the images in its first half and their references in the second.
  void go_back(const graph::Node& layer, const ops::Backward& context) const;

 private:
  struct Parts {
    std::vector<Scalar> positive, negative;  // of the differences, one for each pair of values
  };
  std::vector<Scalar> multipliers(const graph::Node& function, const ops::Backward& context, const Parts& parts) const;
  void go_back_weights(const graph::Node& layer, const graph::Node& function, const ops::Backward& context) const;
  void go_back_sum(const graph::Node& function, const ops::Backward& context) const;

  const graph::Graph& graph_;
  std::map<const graph::Node*, const graph::Node*> functions_;  // by layer
};

}  // namespace saliency
