// Activations that exporters write as several nodes:
//   HardSigmoid   min(max(αx + β, 0), h) / h             as Clip, Min and Max, or Relu and Min
//   HardSwish     x · HardSigmoid(x) with α = 1/6, β = ½
//   Swish         x · σ(αx)                              SiLU is α = 1
//   Mish          x · tanh(log(1 + eˣ))
//   Gelu          ½x · (1 + erf(x/√2)), ½x · (1 + tanh(√(2/π)(x + 0.044715x³)))
// Factors may stand in any order and be multiplied in any order.
#include <algorithm>
#include <limits>
#include <numbers>

#include "graph/fusion/fuse.h"

namespace saliency::graph {
namespace {

using Product = Matcher::Product;

void append(Parts& parts, const Parts& more) {
  parts.insert(parts.end(), more.begin(), more.end());
}

// min(max(x, low), high)
struct Clipped {
  std::string x;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  Parts parts;
};

// The limits of one Clip, Relu, or Min or Max with a number; nothing for other nodes.
std::optional<Clipped> clip_of(const Matcher& matcher, const NetworkNode& node) {
  Clipped clip;
  if (node.type == "Relu") return Clipped{.x = node.inputs.at(0), .low = 0, .parts = {&node}};
  if (node.type == "Clip") {
    clip = {.x = node.inputs.at(0), .parts = {&node}};
    clip.low = node.attributes.real("min", clip.low);
    clip.high = node.attributes.real("max", clip.high);
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i].empty()) continue;
      const auto limit = matcher.scalar(node.inputs[i]);
      if (!limit) return std::nullopt;
      (i == 1 ? clip.low : clip.high) = *limit;
    }
    return clip;
  }
  if ((node.type != "Min" && node.type != "Max") || node.inputs.size() != 2) return std::nullopt;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto limit = matcher.scalar(node.inputs[i]);
    if (!limit) continue;
    clip = {.x = node.inputs[1 - i], .parts = {&node}};
    (node.type == "Min" ? clip.high : clip.low) = *limit;
    return clip;
  }
  return std::nullopt;
}

Clipped clipped(const Matcher& matcher, const std::string& name) {
  Clipped result{.x = name};
  while (const NetworkNode* node = matcher.maker(result.x)) {
    const auto next = clip_of(matcher, *node);
    if (!next) break;
    result.x = next->x;
    result.low = std::max(result.low, next->low);
    result.high = std::min(result.high, next->high);
    append(result.parts, next->parts);
  }
  return result;
}

// factor · x, or nothing if `name` is something else. The parts are appended.
std::optional<double> multiple_of(const Matcher& matcher, const std::string& name, const std::string& x, Parts& parts) {
  if (name == x) return 1;
  const Product product = matcher.product(name);
  if (product.factors != std::vector<std::string>{x}) return std::nullopt;
  append(parts, product.parts);
  return product.scale;
}

// factor · xⁿ, with n as an exponent or as that many factors
std::optional<double> multiple_of_power(const Matcher& matcher, const std::string& name, const std::string& x, int n,
                                        Parts& parts) {
  const Product product = matcher.product(name);
  append(parts, product.parts);
  if (product.factors == std::vector<std::string>(static_cast<std::size_t>(n), x)) return product.scale;
  if (product.factors.size() != 1) return std::nullopt;
  const NetworkNode* power = matcher.maker(product.factors[0], "Pow");
  if (power == nullptr || power->inputs[0] != x || matcher.scalar(power->inputs[1]) != n) return std::nullopt;
  parts.push_back(power);
  return product.scale;
}

// α and β of scale · min(max(a·x + b, 0), h) with scale · h = 1; x may be any tensor if it is not given.
struct HardGate {
  std::string x;
  double alpha = 0, beta = 0;
  Parts parts;
};
std::optional<HardGate> hard_gate(const Matcher& matcher, const std::string& name, double scale, const std::string* x) {
  const Clipped clip = clipped(matcher, name);
  if (clip.parts.empty() || clip.low != 0 || !is_about(clip.high * scale, 1)) return std::nullopt;
  const Matcher::Shifted sum = matcher.shifted(clip.x);
  if (sum.parts.empty()) return std::nullopt;
  HardGate gate{.x = sum.x, .alpha = scale, .beta = sum.shift * scale, .parts = clip.parts};
  append(gate.parts, sum.parts);
  if (x != nullptr && sum.x != *x) {
    const auto factor = multiple_of(matcher, sum.x, *x, gate.parts);
    if (!factor) return std::nullopt;
    gate.alpha *= *factor;
  } else if (x == nullptr) {
    const Product product = matcher.product(sum.x);
    if (product.factors.size() == 1 && matcher.readers(sum.x) == 1) {
      gate.x = product.factors[0];
      gate.alpha *= product.scale;
      append(gate.parts, product.parts);
    }
  }
  return gate;
}

bool is_mish_gate(const Matcher& matcher, const NetworkNode& gate, const std::string& x, Parts& parts) {
  if (gate.type != "Tanh") return false;
  parts.push_back(&gate);
  if (const NetworkNode* softplus = matcher.maker(gate.inputs[0], "Softplus")) {
    parts.push_back(softplus);
    return softplus->inputs[0] == x;
  }
  const NetworkNode* log = matcher.maker(gate.inputs[0], "Log");
  if (log == nullptr) return false;
  const Matcher::Shifted sum = matcher.shifted(log->inputs[0]);
  const NetworkNode* exp = matcher.maker(sum.x, "Exp");
  if (exp == nullptr || sum.shift != 1) return false;
  parts.push_back(log);
  append(parts, sum.parts);
  parts.push_back(exp);
  return exp->inputs[0] == x;
}

// √(2/π)(x + 0.044715x³), also as √(2/π)x(1 + 0.044715x²)
bool is_gelu_cubic(const Matcher& matcher, const std::string& name, const std::string& x, Parts& parts) {
  constexpr double kScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi, kCubic = 0.044715;
  const Product product = matcher.product(name);
  append(parts, product.parts);
  if (!is_about(product.scale, kScale)) return false;
  std::vector<std::string> factors = product.factors;
  const auto own = std::find(factors.begin(), factors.end(), x);
  if (factors.size() == 2 && own != factors.end()) {
    factors.erase(own);
    const Matcher::Shifted sum = matcher.shifted(factors[0]);
    append(parts, sum.parts);
    const auto factor = multiple_of_power(matcher, sum.x, x, 2, parts);
    return sum.shift == 1 && factor && is_about(*factor, kCubic);
  }
  const NetworkNode* sum = factors.size() == 1 ? matcher.maker(factors[0], "Add") : nullptr;
  if (sum == nullptr) return false;
  parts.push_back(sum);
  const std::size_t other = sum->inputs[0] == x ? 1 : 0;
  if (sum->inputs[1 - other] != x) return false;
  const auto factor = multiple_of_power(matcher, sum->inputs[other], x, 3, parts);
  return factor && is_about(*factor, kCubic);
}

NetworkNode activation(const char* type, const std::string& x, ops::Attributes attributes = {}) {
  return {.type = type, .attributes = std::move(attributes), .inputs = {x}};
}

// scale · x · gate
std::optional<Match> match_gated(const Matcher& matcher, const Product& product, const std::string& x,
                                 const std::string& gate_name) {
  Parts parts = product.parts;
  if (const auto gate = hard_gate(matcher, gate_name, product.scale, &x)) {
    if (!is_about(gate->alpha, 1.0 / 6) || !is_about(gate->beta, 0.5)) return std::nullopt;
    append(parts, gate->parts);
    return Match{{activation("HardSwish", x)}, std::move(parts)};
  }
  const Matcher::Shifted sum = matcher.shifted(gate_name);
  if (is_about(product.scale, 0.5) && !sum.parts.empty() && sum.shift == 1) {
    append(parts, sum.parts);
    const NetworkNode* gate = matcher.maker(sum.x);
    if (gate == nullptr || (gate->type != "Erf" && gate->type != "Tanh")) return std::nullopt;
    parts.push_back(gate);
    if (gate->type == "Tanh") {
      if (!is_gelu_cubic(matcher, gate->inputs[0], x, parts)) return std::nullopt;
      return Match{{activation("Gelu", x, {{"approximate", std::string("tanh")}})}, std::move(parts)};
    }
    const auto factor = multiple_of(matcher, gate->inputs[0], x, parts);
    if (!factor || !is_about(*factor, 1 / std::numbers::sqrt2)) return std::nullopt;
    return Match{{activation("Gelu", x)}, std::move(parts)};
  }
  const NetworkNode* gate = matcher.maker(gate_name);
  if (gate == nullptr || !is_about(product.scale, 1)) return std::nullopt;
  if (gate->type == "Sigmoid") {
    parts.push_back(gate);
    const auto factor = multiple_of(matcher, gate->inputs[0], x, parts);
    if (!factor) return std::nullopt;
    return Match{{activation("Swish", x, {{"alpha", *factor}})}, std::move(parts)};
  }
  if (gate->type == "HardSigmoid") {
    const double alpha = gate->attributes.real("alpha", 0.2), beta = gate->attributes.real("beta", 0.5);
    if (gate->inputs[0] != x || !is_about(alpha, 1.0 / 6) || !is_about(beta, 0.5)) return std::nullopt;
    parts.push_back(gate);
    return Match{{activation("HardSwish", x)}, std::move(parts)};
  }
  if (is_mish_gate(matcher, *gate, x, parts)) return Match{{activation("Mish", x)}, std::move(parts)};
  return std::nullopt;
}

}  // namespace

std::optional<Match> match_activation(const Matcher& matcher, const NetworkNode& last) {
  const std::string& name = last.outputs[0];
  const Product product = matcher.product(name);
  if (product.factors.size() == 2) {
    for (std::size_t i = 0; i < 2; ++i) {
      auto match = match_gated(matcher, product, product.factors[i], product.factors[1 - i]);
      if (match) return match;
    }
    return std::nullopt;
  }
  if (product.factors.size() != 1) return std::nullopt;
  const auto gate = hard_gate(matcher, product.factors[0], product.scale, nullptr);
  if (!gate) return std::nullopt;
  Parts parts = product.parts;
  append(parts, gate->parts);
  return Match{{activation("HardSigmoid", gate->x, {{"alpha", gate->alpha}, {"beta", gate->beta}})}, std::move(parts)};
}

}  // namespace saliency::graph
