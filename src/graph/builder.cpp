#include "graph/builder.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "ops/registry.h"

namespace saliency::graph {
namespace {

using ops::Operator;
using ops::ValueType;

bool is_identity(std::span<const int> permutation) {
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    if (permutation[i] != static_cast<int>(i)) return false;
  }
  return true;
}

Permutation permuted_by(const Permutation& first, const Permutation& second) {
  Permutation result;
  for (const int axis : second) result.push_back(first[static_cast<std::size_t>(axis)]);
  return result;
}

// A few bytes of a file must not make gigabytes of constants.
void check_constant(const Shape& shape) {
  constexpr std::int64_t kLargest = std::int64_t{1} << 28;
  if (element_count(shape) <= kLargest) return;
  throw Error(ErrorCode::OutOfMemory, "a constant of shape " + to_string(shape) + " is too large to compute",
              {.expected = "at most 2^28 elements", .actual = to_string(shape)});
}

}  // namespace

Permutation to_channels_last(std::size_t rank) {
  Permutation permutation(rank, 0);
  for (std::size_t i = 1; i + 1 < rank; ++i) permutation[i] = static_cast<int>(i + 1);
  if (rank > 1) permutation[rank - 1] = 1;
  return permutation;
}

ValueId GraphBuilder::add_value(std::string name, const ValueType& type) {
  Value added;
  added.name = std::move(name);
  added.shape = type.shape;
  added.dtype = type.dtype;
  element_count(added.shape);
  graph_.values.push_back(std::move(added));
  return static_cast<ValueId>(graph_.values.size()) - 1;
}

ValueId GraphBuilder::add_constant(const std::string& name, Tensor tensor) {
  const ValueId id = add_value(name, {.shape = tensor.shape, .dtype = tensor.dtype});
  value(id).is_constant = true;
  value(id).constant = std::make_unique<Tensor>(std::move(tensor));
  return id;
}

std::vector<ValueType> GraphBuilder::types(std::span<const ValueId> ids) {
  std::vector<ValueType> result;
  for (const ValueId id : ids) {
    if (id == kNoValue) {
      result.push_back({.present = false});
    } else {
      result.push_back({.shape = value(id).shape, .dtype = value(id).dtype, .constant = value(id).constant.get()});
    }
  }
  return result;
}

const ops::TransposeOperator* GraphBuilder::transpose_behind(ValueId id) {
  if (id == kNoValue || value(id).producer < 0) return nullptr;
  return dynamic_cast<const ops::TransposeOperator*>(
      graph_.nodes[static_cast<std::size_t>(value(id).producer)].op.get());
}

ValueId GraphBuilder::source_of_transpose(ValueId id) {
  return graph_.nodes[static_cast<std::size_t>(value(id).producer)].inputs[0];
}

ValueId GraphBuilder::transposed(ValueId x, Permutation permutation) {
  if (const auto* before = transpose_behind(x)) {
    Permutation composed = permuted_by(before->permutation(), permutation);
    return transposed(source_of_transpose(x), std::move(composed));
  }
  if (is_identity(permutation)) return x;
  const auto key = std::make_pair(x, permutation);
  if (const auto it = transposes_.find(key); it != transposes_.end()) return it->second;
  NetworkNode node;
  node.type = "Transpose";
  node.name = value(x).name + "/transposed";
  const ValueId inputs[] = {x};
  const ValueId y = add_node(node, std::make_unique<ops::TransposeOperator>(permutation), inputs).at(0);
  transposes_[key] = y;
  return y;
}

Permutation GraphBuilder::pull(Operator& op, std::vector<ValueId>& inputs) {
  const ops::TransposeOperator* found = nullptr;
  for (std::size_t i = 0; i < inputs.size() && found == nullptr; ++i) {
    if (i > 0 && !op.pulls_all_inputs()) break;
    found = transpose_behind(inputs[i]);
  }
  if (found == nullptr) return {};
  const Permutation permutation = found->permutation();
  std::vector<ValueId> changed = inputs;
  if (op.pulls_all_inputs()) {
    if (!can_untranspose(inputs, permutation)) return {};
  }
  const auto behind = op.pull_transpose(permutation);
  if (!behind) return {};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (i == 0 || op.pulls_all_inputs()) changed[i] = untransposed(inputs[i], permutation);
  }
  inputs = std::move(changed);
  return *behind;
}

// Whether moving the transpose costs less than it saves: the other inputs are transposed alike, constant, or small.
bool GraphBuilder::can_untranspose(std::span<const ValueId> inputs, const Permutation& permutation) {
  std::int64_t largest = 0;
  for (const ValueId id : inputs) {
    if (id != kNoValue) largest = std::max(largest, element_count(value(id).shape));
  }
  for (const ValueId id : inputs) {
    if (id == kNoValue || value(id).is_constant) continue;
    const auto* transpose = transpose_behind(id);
    if (transpose != nullptr && transpose->permutation() == permutation) continue;
    if (value(id).shape.size() != permutation.size() && !value(id).shape.empty()) return false;
    if (element_count(value(id).shape) * 4 > largest) return false;
  }
  for (const ValueId id : inputs) {
    if (id != kNoValue && value(id).shape.size() > permutation.size()) return false;
  }
  return true;
}

// The value u with transpose(u, permutation) = x; a constant of lower rank is first given leading axes of size 1.
ValueId GraphBuilder::untransposed(ValueId x, const Permutation& permutation) {
  if (x == kNoValue || value(x).shape.empty()) return x;
  if (value(x).is_constant && value(x).shape.size() < permutation.size()) {
    Tensor tensor = *value(x).constant;
    tensor.shape.insert(tensor.shape.begin(), permutation.size() - tensor.shape.size(), 1);
    x = add_constant(value(x).name, std::move(tensor));
  }
  return transposed(x, ops::inverse(permutation));
}

std::vector<ValueId> GraphBuilder::add_node(const NetworkNode& node, std::unique_ptr<Operator> op,
                                            std::span<const ValueId> inputs) {
  const std::vector<ValueType> input_types = types(inputs);
  const std::vector<ValueType> output_types = op->infer(input_types);
  const bool constant = op->reads_only_shapes() || std::all_of(inputs.begin(), inputs.end(), [&](ValueId id) {
                          return id == kNoValue || value(id).is_constant;
                        });
  if (constant) return fold(node, *op, inputs, output_types);
  const int index = static_cast<int>(graph_.nodes.size());
  std::vector<ValueId> outputs;
  for (std::size_t i = 0; i < output_types.size(); ++i) {
    const std::string name = i < node.outputs.size() ? node.outputs[i] : node.name;
    outputs.push_back(add_value(name, output_types[i]));
    value(outputs.back()).producer = index;
  }
  graph_.nodes.push_back({.name = node.name,
                          .type = node.type,
                          .op = std::move(op),
                          .inputs = std::vector<ValueId>(inputs.begin(), inputs.end()),
                          .outputs = outputs});
  return outputs;
}

std::vector<ValueId> GraphBuilder::fold(const NetworkNode& node, Operator& op, std::span<const ValueId> inputs,
                                        std::span<const ValueType> output_types) {
  std::vector<ConstView> constants;
  for (const ValueId id : inputs) {
    if (id == kNoValue) {
      constants.emplace_back();
    } else if (value(id).constant) {
      constants.emplace_back(*value(id).constant);
    } else {
      constants.emplace_back(value(id).shape, nullptr);
    }
  }
  op.prepare(constants);
  std::vector<Tensor> results;
  for (const ValueType& type : output_types) {
    check_constant(type.shape);
    results.emplace_back(type.shape, Scalar{0}, type.dtype);
  }
  std::vector<View> views(results.begin(), results.end());
  op.forward({.inputs = constants, .outputs = views});
  std::vector<ValueId> outputs;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string name = i < node.outputs.size() ? node.outputs[i] : node.name;
    outputs.push_back(add_constant(name, std::move(results[i])));
  }
  return outputs;
}

NamedTensor GraphBuilder::named(ValueId id) {
  if (const auto* transpose = transpose_behind(id)) {
    return {.value = source_of_transpose(id), .permutation = transpose->permutation()};
  }
  return {.value = id};
}

void GraphBuilder::link_parts(ValueId fused, ValueId parts, std::span<const ValueId> inner) {
  const NamedTensor seen = named(fused);
  const int producer = value(seen.value).producer;
  if (producer < 0) return;
  const ValueId source = seen.permutation.empty() ? parts : transposed(parts, ops::inverse(seen.permutation));
  Node& node = graph_.nodes[static_cast<std::size_t>(producer)];
  for (const ValueId id : inner) {
    const ValueId seen_inner = named(id).value;
    if (value(seen_inner).is_constant || contains(node.inputs, seen_inner)) continue;
    node.inner.push_back(seen_inner);
    const int maker = value(seen_inner).producer;
    node.hides_rectifier |=
        maker >= 0 && graph_.nodes[static_cast<std::size_t>(maker)].op->nonlinearity() == ops::Nonlinearity::Rectifier;
  }
  const int last = value(named(parts).value).producer;
  node.hides_rectifier |=
      last >= 0 && graph_.nodes[static_cast<std::size_t>(last)].op->nonlinearity() == ops::Nonlinearity::Rectifier;
  value(seen.value).parts = static_cast<int>(graph_.nodes.size());
  const ops::Attributes none;
  const std::vector<ValueType> types = this->types(std::array{source});
  auto identity = ops::find_registration("Identity")->make({.type = "Identity", .attributes = none, .inputs = types});
  graph_.nodes.push_back({.name = node.name + "/parts",
                          .type = "Identity",
                          .op = std::move(identity),
                          .inputs = {source},
                          .outputs = {seen.value}});
}

}  // namespace saliency::graph
