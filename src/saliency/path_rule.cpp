#include "saliency/path_rule.h"

#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "base/error.h"

namespace saliency {
namespace {

constexpr double kPi = 3.14159265358979323846;

// Roots of the Legendre polynomial of degree n by Newton's method, moved from [−1, 1] to [0, 1].
std::vector<PathNode> gauss_legendre(std::int64_t count) {
  std::vector<PathNode> nodes(static_cast<std::size_t>(count));
  const auto n = static_cast<double>(count);
  for (std::int64_t i = 0; i < count; ++i) {
    double x = std::cos(kPi * (static_cast<double>(i) + 0.75) / (n + 0.5));
    double slope = 1;
    for (int round = 0; round < 100; ++round) {
      double value = 1;     // P_k
      double previous = 0;  // P_{k−1}
      for (std::int64_t k = 0; k < count; ++k) {
        const auto degree = static_cast<double>(k);
        const double next = ((2 * degree + 1) * x * value - degree * previous) / (degree + 1);
        previous = value;
        value = next;
      }
      slope = n * (x * value - previous) / (x * x - 1);
      const double change = value / slope;
      x -= change;
      if (std::fabs(change) < 1e-15) break;
    }
    // From the largest root downwards; the path goes upwards.
    nodes[static_cast<std::size_t>(count - 1 - i)] = {(1 + x) / 2, 1 / ((1 - x * x) * slope * slope)};
  }
  return nodes;
}

}  // namespace

PathRule PathRule::read(OptionReader& reader) {
  static constexpr std::string_view kRules[] = {"midpoint", "left", "right", "trapezoid", "gauss-legendre"};
  static constexpr std::string_view kCompat[] = {"none", "pair", "captum"};
  const std::string rule = reader.choice("rule", "midpoint", kRules, "which points of the path, with which weights");
  const std::string compat = reader.choice(
      "compat", "none", kCompat,
      "'pair': both ends included, all weights 1/steps; 'captum': its trapezoid, whose weights do not sum to 1");
  if (compat == "pair") return {Kind::Pair};
  if (rule == "trapezoid") return {compat == "captum" ? Kind::CaptumTrapezoid : Kind::Trapezoid};
  if (rule == "left") return {Kind::Left};
  if (rule == "right") return {Kind::Right};
  if (rule == "gauss-legendre") return {Kind::GaussLegendre};
  return {Kind::Midpoint};
}

std::vector<PathNode> PathRule::nodes(std::int64_t steps) const {
  if (kind == Kind::GaussLegendre) return gauss_legendre(steps);
  const bool with_ends = kind == Kind::Trapezoid || kind == Kind::CaptumTrapezoid || kind == Kind::Pair;
  if (with_ends && steps < 2 && kind != Kind::Pair) {
    throw Error(ErrorCode::InvalidOption, "rule 'trapezoid' needs at least 2 steps, got " + std::to_string(steps),
                {.expected = "steps of at least 2", .actual = std::to_string(steps), .remedy = "use rule 'midpoint'"});
  }
  const auto n = static_cast<double>(steps);
  const double offset = kind == Kind::Right ? 1 : kind == Kind::Midpoint ? 0.5 : 0;
  std::vector<PathNode> nodes;
  for (std::int64_t k = 0; k < steps; ++k) {
    const double position =
        with_ends ? (steps == 1 ? 0 : static_cast<double>(k) / (n - 1)) : (static_cast<double>(k) + offset) / n;
    double weight = kind == Kind::Trapezoid ? 1 / (n - 1) : 1 / n;
    if (with_ends && kind != Kind::Pair && (k == 0 || k == steps - 1)) weight /= 2;
    nodes.push_back({position, weight});
  }
  return nodes;
}

std::vector<std::size_t> spread_order(std::size_t count) {
  std::size_t size = 1;
  while (size < count) size *= 2;
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < size; ++i) {
    std::size_t reversed = 0;  // bits of i, mirrored
    for (std::size_t bit = 1, rest = i; bit < size; bit *= 2, rest /= 2) reversed = reversed * 2 + rest % 2;
    if (reversed < count) order.push_back(reversed);
  }
  return order;
}

}  // namespace saliency
