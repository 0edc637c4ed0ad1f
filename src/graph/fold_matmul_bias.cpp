#include "graph/fold_matmul_bias.h"

#include <algorithm>
#include <set>

#include "graph/fusion/matcher.h"

namespace saliency::graph {
namespace {

// The columns of a constant matrix, given as it is or as the transpose of an initializer; 0: it is none.
std::int64_t columns_of(const Matcher& matcher, const std::string& name) {
  const NetworkNode* transpose = matcher.maker(name, "Transpose");
  const Tensor* matrix = matcher.initializer(transpose != nullptr ? transpose->inputs.at(0) : name);
  if (matrix == nullptr || matrix->shape.size() != 2) return 0;
  if (transpose == nullptr) return matrix->shape[1];
  const bool swaps = transpose->attributes.integers("perm", {1, 0}) == std::vector<std::int64_t>{1, 0};
  return matrix->shape[swaps ? 0 : 1];
}

}  // namespace

void fold_matmul_bias(Network& network) {
  const Matcher matcher(network);
  std::set<std::string> gone;  // outputs of the products that have moved to their sums
  for (NetworkNode& sum : network.nodes) {
    if (sum.type != "Add" || sum.outputs.size() != 1 || matcher.maker(sum.outputs[0]) != &sum) continue;
    const auto operands = matcher.with_constant(sum);
    const NetworkNode* product = operands ? matcher.maker(operands->x, "MatMul") : nullptr;
    if (product == nullptr || product->inputs.size() != 2 || matcher.readers(operands->x) != 1) continue;
    const std::int64_t columns = columns_of(matcher, product->inputs[1]);
    const Tensor* bias = matcher.initializer(operands->constant);
    if (columns == 0 || bias->shape != Shape{columns} || matcher.is_constant(product->inputs[0])) continue;
    network.folded[operands->x] = {.kept = sum.outputs[0],
                                   .scale = std::vector<Scalar>(bias->data.size(), Scalar{1}),
                                   .shift = bias->data,
                                   .axis = FoldedTensor::Axis::Last};
    gone.insert(operands->x);
    sum.type = "MatMul";
    sum.name = product->name;
    sum.inputs = {product->inputs[0], product->inputs[1], operands->constant};
  }
  network.nodes.erase(std::remove_if(network.nodes.begin(), network.nodes.end(),
                                     [&](const NetworkNode& node) {
                                       return node.outputs.size() == 1 && gone.count(node.outputs[0]) != 0;
                                     }),
                      network.nodes.end());
}

}  // namespace saliency::graph
