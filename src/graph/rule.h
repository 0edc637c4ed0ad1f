// How to go back through the nodes of a graph. The default is the exact gradient; guided backpropagation and DeconvNet
// change what happens at rectifiers, relevance methods replace the step of whole nodes.
#pragma once

#include "graph/graph.h"

namespace saliency::graph {

class BackwardRule {
 public:
  BackwardRule() = default;
  BackwardRule(const BackwardRule&) = delete;
  BackwardRule& operator=(const BackwardRule&) = delete;
  virtual ~BackwardRule() = default;

  // At a rectifier y = clamp(x), alone or fused: what happens to dy. bits: where low < x < high.
  virtual kernels::Gate gate(const std::uint8_t* bits) const { return {.bits = bits}; }

  // Whether replace() goes back through this node. Such a node is never fused, and all its inputs and outputs are kept.
  virtual bool replaces(const Node& /*node*/) const { return false; }

  // Writes context.input_grads. All inputs and outputs are there.
  virtual void replace(const Node& node, const ops::Backward& context) const { node.op->backward(context); }

  // At rectifiers that are no clamps (LeakyRelu, PRelu, …), where both rules below use the positive part of dy: whether
  // the slope is applied, too.
  virtual bool positive_only() const { return false; }
  virtual bool uses_slope() const { return true; }
};

// dx = dy · f'(x)
const BackwardRule& exact_rule();
// dx = max(dy, 0) · f'(x) at rectifiers (Springenberg et al., 2014)
const BackwardRule& guided_rule();
// dx = max(dy, 0) at rectifiers (Zeiler & Fergus, 2013)
const BackwardRule& deconvnet_rule();

}  // namespace saliency::graph
