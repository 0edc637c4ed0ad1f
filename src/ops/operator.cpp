#include "ops/operator.h"

#include "base/error.h"

namespace saliency::ops {

const Tensor& NodeInfo::constant_input(std::size_t i, const char* what) const {
  if (!has_input(i)) {
    throw Error(ErrorCode::ModelInvalid, "input " + std::to_string(i) + " ('" + what + "') is missing");
  }
  if (inputs[i].constant == nullptr) {
    throw Error(ErrorCode::UnsupportedOperator, std::string("'") + what + "' must be constant, but it is computed",
                {.expected = "a constant",
                 .actual = "a computed tensor",
                 .remedy = "export the model with fixed sizes, or simplify it before loading"});
  }
  return *inputs[i].constant;
}

std::optional<std::vector<std::int64_t>> NodeInfo::integers(const char* name, std::size_t i) const {
  if (attributes.has(name)) return attributes.integers(name, {});
  if (!has_input(i)) return std::nullopt;
  const Tensor& tensor = constant_input(i, name);
  std::vector<std::int64_t> values;
  values.reserve(tensor.data.size());
  // Exporters write the largest int64 for "to the end"; as Scalar it lies outside of int64.
  constexpr double kEnd = 4.6e18;
  for (const Scalar value : tensor.data) {
    const double clipped = value > kEnd ? kEnd : value < -kEnd ? -kEnd : static_cast<double>(value);
    values.push_back(clipped == clipped ? static_cast<std::int64_t>(clipped) : 0);
  }
  return values;
}

void Operator::backward(const Backward& /*context*/) const {
  throw Error(ErrorCode::NoGradient, "the operator has no gradient");
}

bool Operator::has_gradient(std::size_t /*input*/) const {
  return false;
}

std::size_t Operator::saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> /*outputs*/) const {
  return 0;
}

std::optional<Reach> Operator::reach(int /*height_axis*/, int /*width_axis*/) const {
  return std::nullopt;
}

void Operator::forward_part(const Forward& context, const Outside& /*outside*/) const {
  forward(context);
}

double Operator::flops(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const {
  double results = 0;
  for (const View& output : outputs) results += static_cast<double>(output.size());
  return results;
}

std::unique_ptr<Operator> Operator::with_weights(std::span<const ConstView> /*constants*/,
                                                 const WeightChange& /*change*/) const {
  throw Error(ErrorCode::UnsupportedOperator, "the operator has no constant weights");
}

std::uint32_t Operator::prepare(std::span<const ConstView> /*constants*/) {
  return 0;
}

std::optional<int> Operator::batch_axis(std::span<const int> /*input_axes*/, std::span<const ValueType> /*inputs*/,
                                        std::span<const ValueType> /*outputs*/) const {
  return std::nullopt;
}

std::optional<std::vector<int>> Operator::pull_transpose(std::span<const int> /*permutation*/) {
  return std::nullopt;
}

}  // namespace saliency::ops
