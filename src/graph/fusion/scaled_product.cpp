// The scaled product of attention, scale · q·kᵀ: a number that multiplies the product, or its factors before, becomes
// alpha of a FusedMatMul, and a transpose of k's matrices its transB. Products with constants keep their packed
// weights.
#include <numeric>

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

// Swaps the last two of at least two axes and no others.
bool transposes_matrices(const NetworkNode& node) {
  std::vector<std::int64_t> permutation = node.attributes.integers("perm", {});
  if (permutation.size() < 2) return false;
  std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
  std::vector<std::int64_t> identity(permutation.size());
  std::iota(identity.begin(), identity.end(), 0);
  return permutation == identity;
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
  std::int64_t transposed = 0;
  const NetworkNode* transpose = matcher.maker(inputs[1], "Transpose");
  if (transpose != nullptr && matcher.readers(inputs[1]) == 1 && transposes_matrices(*transpose)) {
    transposed = 1;
    inputs[1] = transpose->inputs[0];
    parts.push_back(transpose);
  }
  if (parts.size() == 1) return std::nullopt;
  NetworkNode node{
      .type = "FusedMatMul", .attributes = {{"alpha", alpha}, {"transB", transposed}}, .inputs = std::move(inputs)};
  return Match{{std::move(node)}, std::move(parts)};
}

}  // namespace saliency::graph
