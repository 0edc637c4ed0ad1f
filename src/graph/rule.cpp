#include "graph/rule.h"

namespace saliency::graph {
namespace {

class GuidedRule final : public BackwardRule {
 public:
  kernels::Gate gate(const std::uint8_t* bits) const override { return {.bits = bits, .positive_only = true}; }
  bool positive_only() const override { return true; }
};

class DeconvNetRule final : public BackwardRule {
 public:
  kernels::Gate gate(const std::uint8_t* /*bits*/) const override { return {.positive_only = true}; }
  bool positive_only() const override { return true; }
  bool uses_slope() const override { return false; }
};

}  // namespace

const BackwardRule& exact_rule() {
  static const BackwardRule rule;
  return rule;
}

const BackwardRule& guided_rule() {
  static const GuidedRule rule;
  return rule;
}

const BackwardRule& deconvnet_rule() {
  static const DeconvNetRule rule;
  return rule;
}

}  // namespace saliency::graph
