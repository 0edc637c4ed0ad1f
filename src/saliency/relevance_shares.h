// The numbers of one step of relevance propagation: how a node's relevance is shared among its inputs.
#pragma once

#include <span>

#include "graph/graph.h"
#include "saliency/relevance.h"

namespace saliency {

// The ε-rule with the node's exact gradient J: R_in = share · a ⊙ Jᵀ(R / (z + ε·sign z)). `shares`: one for each input
// of the node; empty: all 1.
void share_linearly(const graph::Node& node, const RelevanceRules& rules, std::span<const double> shares,
                    const ops::Backward& context);

// By a rule for layers with weights. `normalised`: of the batch normalisation that was folded into the layer and counts
// as a layer of its own here; null: none.
void share_by_rule(const graph::Graph& graph, const graph::Node& node, const LayerRule& rule,
                   const RelevanceRules& rules, const graph::NamedTensor* normalised, const ops::Backward& context);

}  // namespace saliency
