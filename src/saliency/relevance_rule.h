// Relevance propagation as a way back through a graph: what travels are relevances instead of gradients.
//   layers with weights      the rule that RelevanceRules choose for them
//   element-wise functions   pass relevance unchanged (so do LayerNormalization and its kin, and a batch normalisation
//                            without a layer in front, unless it counts as a layer of its own)
//   max pools, selections    the exact gradient: the winner takes all
//   reshapes, Concat, …      the exact gradient, which only moves
//   products of two computed values   the signal takes all, the gate counts as constant; without a gate, halves
//   all others (sums, average pools, …)  the ε-rule with the exact gradient, a ⊙ Jᵀ(R / (z + ε·sign z))
#pragma once

#include <map>
#include <vector>

#include "graph/graph.h"
#include "graph/rule.h"
#include "saliency/relevance.h"

namespace saliency {

class RelevanceRule final : public graph::BackwardRule {
 public:
  // For the way back from y. Graph and rules must outlive this. Throws InvalidOption for a rule of a node that does not
  // exist or has no weights, and for rules that need weights that are gone.
  RelevanceRule(const graph::Graph& graph, const RelevanceRules& rules, graph::ValueId y);

  bool replaces(const graph::Node& node) const override;
  void replace(const graph::Node& node, const ops::Backward& context) const override;

 private:
  enum class Kind { Exact, Unchanged, Layer, Linear };

  struct Step {
    Kind kind = Kind::Exact;
    const LayerRule* rule = nullptr;                 // of a layer
    const graph::NamedTensor* normalised = nullptr;  // batch norm folded into the layer, to be taken apart again
    std::vector<double> shares = {};                 // by input: factor of its relevance; empty: all 1
  };

  void choose_layer_rules(graph::ValueId y);
  Kind kind_of(const graph::Node& node) const;
  std::vector<double> shares_of(const graph::Node& node) const;
  bool is_gate(graph::ValueId id, int depth) const;
  bool is_constant(graph::ValueId id) const;
  const LayerRule& rule_of(const graph::Node& node, bool first, bool last) const;

  const graph::Graph& graph_;
  const RelevanceRules& rules_;
  std::map<const graph::Node*, Step> steps_;
};

}  // namespace saliency
