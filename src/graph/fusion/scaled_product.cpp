// The scaled product of attention, scale · a·b: a number that multiplies the product, or its factors before, becomes
// alpha of a FusedMatMul. Products with constants keep their packed weights.
#include "graph/fusion/fuse.h"

namespace saliency::graph {
namespace {

// x · scale; x itself if `name` is no product with a number that only this reads.
struct Scaled {
  std::string x;
  double scale = 1;
  Parts parts;
};

Scaled scaled(const Matcher& matcher, const std::string& name) {
  const NetworkNode* node = matcher.maker(name);
  const bool own = node != nullptr && (node->type == "Mul" || node->type == "Div") && matcher.readers(name) == 1;
  if (!own) return {.x = name};
  const Matcher::Product product = matcher.product(name);
  if (product.factors.size() != 1) return {.x = name};
  return {product.factors[0], product.scale, product.parts};
}

}  // namespace

std::optional<Match> match_scaled_product(const Matcher& matcher, const NetworkNode& last) {
  const Matcher::Product product = matcher.product(last.outputs[0]);
  if (product.factors.size() != 1) return std::nullopt;
  const NetworkNode* matmul = matcher.maker(product.factors[0], "MatMul");
  if (matmul == nullptr || matmul->inputs.size() != 2) return std::nullopt;
  Parts parts = product.parts;
  if (parts.empty() && matmul != &last) return std::nullopt;
  parts.push_back(matmul);
  double alpha = product.scale;
  std::vector<std::string> inputs;
  for (const std::string& input : matmul->inputs) {
    Scaled factor = scaled(matcher, input);
    if (matcher.is_constant(factor.x)) return std::nullopt;
    inputs.push_back(factor.x);
    alpha *= factor.scale;
    parts.insert(parts.end(), factor.parts.begin(), factor.parts.end());
  }
  if (parts.size() == 1) return std::nullopt;
  NetworkNode node{.type = "FusedMatMul", .attributes = {{"alpha", alpha}}, .inputs = std::move(inputs)};
  return Match{{std::move(node)}, std::move(parts)};
}

}  // namespace saliency::graph
