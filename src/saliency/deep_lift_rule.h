// DeepLIFT's rules (Shrikumar et al., 2017) as a way back through a graph. A batch holds the images in its first
// half and their references in the second; the gradients of the first half become multipliers:
//   elementwise y = f(a)   m_a = m_y (f(a) − f(a')) / (a − a'), the derivative where a and a' are the same
//                          (rescale; for RevealCancel see reveal_cancel.h)
//   max pool               with c = max(o, o'): m_o (c − o') at the winner of the image's window and m_o (o − c) at the
//                          winner of the reference's, each divided by that element's a − a'
//   product of two computed values   the gradient at the mean of image and reference, since
//                          Δ(a·b) = Δa · (b + b')/2 + Δb · (a + a')/2; as max pools, only where the map is to be
//                          complete
//   all others             the exact gradient, which for linear ones is the multiplier
#pragma once

#include <optional>

#include "graph/graph.h"
#include "graph/rule.h"
#include "saliency/model.h"
#include "saliency/reveal_cancel.h"

namespace saliency {

class DeepLiftRule final : public graph::BackwardRule {
 public:
  // For multipliers of y with respect to x. The graph must outlive the rule.
  DeepLiftRule(const graph::Graph& graph, const DeepLiftRules& rules, graph::ValueId y, graph::ValueId x);

  bool replaces(const graph::Node& node) const override;
  void replace(const graph::Node& node, const ops::Backward& context) const override;

 private:
  bool is_product(const graph::Node& node) const;
  void go_back_product(const graph::Node& node, const ops::Backward& context) const;

  const graph::Graph& graph_;
  DeepLiftRules rules_;
  std::optional<RevealCancel> reveal_cancel_ = {};
};

}  // namespace saliency
