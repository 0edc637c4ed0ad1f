#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "base/error.h"
#include "ops/axis_broadcast.h"
#include "support/operator_check.h"
#include "support/operator_check_parts.h"

namespace saliency::testing {
namespace {

constexpr Scalar kPoison = std::numeric_limits<Scalar>::quiet_NaN();

}  // namespace

std::vector<int> to_last(std::size_t rank) {
  std::vector<int> permutation = {0};
  for (std::size_t a = 2; a < rank; ++a) permutation.push_back(static_cast<int>(a));
  if (rank > 1) permutation.push_back(1);
  return permutation;
}

std::vector<int> inverted(std::span<const int> permutation) {
  std::vector<int> result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    result[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
  }
  return result;
}

std::vector<Tensor> random_gradients(const std::vector<Tensor>& outputs, std::uint64_t seed) {
  std::vector<Tensor> grads;
  for (const Tensor& output : outputs) {
    grads.push_back(output.dtype == DType::Float ? random_tensor(output.shape, -1, 1, ++seed) : Tensor());
  }
  return grads;
}

CaseInput constant(Tensor tensor) {
  CaseInput input(std::move(tensor));
  input.constant = true;
  return input;
}

CaseInput absent() {
  CaseInput input;
  input.present = false;
  return input;
}

std::string describe(const OperatorCase& check) {
  std::string text = check.type + " (opset " + std::to_string(check.opset) + ") of";
  for (const CaseInput& input : check.inputs) text += input.present ? " " + to_string(input.tensor.shape) : " –";
  return text;
}

Tensor random_tensor(Shape shape, Scalar low, Scalar high, std::uint64_t seed) {
  Tensor tensor(std::move(shape));
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 0x1234567u;
  for (Scalar& value : tensor.data) {  // SplitMix64
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t bits = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    bits ^= bits >> 31;
    value = low + (high - low) * static_cast<Scalar>(static_cast<double>(bits >> 40) * 0x1p-24);
  }
  return tensor;
}

Tensor integers(Shape shape, std::vector<Scalar> values) {
  return Tensor(std::move(shape), std::move(values), DType::Int);
}

Tensor transposed(const Tensor& x, std::span<const int> permutation) {
  Tensor y(permuted(x.shape, permutation), 0, x.dtype);
  const Shape from = strides_of(x.shape);
  Shape index(y.shape.size(), 0);
  for (Scalar& value : y.data) {
    std::int64_t offset = 0;
    for (std::size_t a = 0; a < index.size(); ++a) offset += index[a] * from[static_cast<std::size_t>(permutation[a])];
    value = x.data[static_cast<std::size_t>(offset)];
    for (std::size_t a = index.size(); a-- > 0;) {
      if (++index[a] < y.shape[a]) break;
      index[a] = 0;
    }
  }
  return y;
}

Tensor to_channels_last(const Tensor& nchw) {
  return transposed(nchw, to_last(nchw.shape.size()));
}
Tensor to_channels_first(const Tensor& nhwc) {
  return transposed(nhwc, inverted(to_last(nhwc.shape.size())));
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  ASSERT_EQ(to_string(actual.shape), to_string(expected.shape));
  ASSERT_EQ(actual.data.size(), expected.data.size());
  int failures = 0;
  for (std::size_t i = 0; i < actual.data.size() && failures < 5; ++i) {
    const double a = static_cast<double>(actual.data[i]), e = static_cast<double>(expected.data[i]);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    const bool close = std::abs(a - e) <= tolerance * (1 + std::abs(e));
    EXPECT_TRUE(close) << "element " << i << " of " << to_string(actual.shape) << ": " << a << ", expected " << e;
    failures += close ? 0 : 1;
  }
}

struct OperatorRun::Memory {
  static constexpr std::size_t kAlignment = 64, kGuard = 64;
  static constexpr unsigned char kMark = 0xA5;
  std::vector<unsigned char> bytes;
  unsigned char* saved = nullptr;
  std::size_t size = 0;

  void allocate(std::size_t count) {
    size = count;
    bytes.assign(count + kAlignment + kGuard, 0xFF);  // 0xFFFFFFFF is a NaN
    auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
    saved = bytes.data() + (kAlignment - address % kAlignment) % kAlignment;
    std::fill_n(saved + size, kGuard, kMark);
  }
  bool intact() const {
    return std::all_of(saved + size, saved + size + kGuard, [](unsigned char byte) { return byte == kMark; });
  }
};

void OperatorRun::make(const OperatorCase& check) {
  const ops::Registration* registration = ops::find_registration(check.type);
  if (registration == nullptr) throw Error(ErrorCode::UnsupportedOperator, "'" + check.type + "' is not registered");
  channels_last_ = registration->layout == ops::Layout::ChannelsLast;
  inputs_ = check.inputs;
  if (channels_last_ && !inputs_.empty()) inputs_[0].tensor = to_channels_last(inputs_[0].tensor);
  for (const CaseInput& input : inputs_) {
    input_types_.push_back({.shape = input.tensor.shape,
                            .dtype = input.tensor.dtype,
                            .constant = input.constant ? &input.tensor : nullptr,
                            .present = input.present});
  }
  op_ = ops::make_operator(*registration, {.type = check.type,
                                           .opset = check.opset,
                                           .attributes = check.attributes,
                                           .inputs = input_types_,
                                           .output_count = check.outputs});
}

void OperatorRun::prepare() {
  output_types_ = op_->infer(input_types_);
  std::vector<ConstView> constants;
  for (const CaseInput& input : inputs_) {
    constants.push_back(input.constant ? ConstView(input.tensor) : ConstView(input.tensor.shape, nullptr));
  }
  released_ = op_->prepare(constants);
}

OperatorRun::OperatorRun(const OperatorCase& check) {
  make(check);
  prepare();
  EXPECT_GE(output_types_.size(), check.outputs) << describe(check);
}

OperatorRun::OperatorRun(const OperatorCase& check, std::span<const int> pulled,
                         std::optional<std::vector<int>>* pushed) {
  make(check);
  channels_last_ = false;
  *pushed = op_->pull_transpose(pulled);
  if (!*pushed) return;
  const std::vector<int> back = inverted(pulled);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].present || (i > 0 && !op_->pulls_all_inputs())) continue;
    Tensor& tensor = inputs_[i].tensor;
    while (tensor.shape.size() < pulled.size()) tensor.shape.insert(tensor.shape.begin(), 1);
    tensor = transposed(tensor, back);
    input_types_[i].shape = tensor.shape;
  }
  prepare();
}

std::vector<Tensor> OperatorRun::run_forward(kernels::Clamp clamp, Memory& memory, bool keep_for_backward) const {
  std::vector<ConstView> inputs;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const bool readable = inputs_[i].present && !(released_ >> i & 1u);
    inputs.push_back(readable ? ConstView(inputs_[i].tensor) : ConstView(inputs_[i].tensor.shape, nullptr));
  }
  std::vector<Tensor> outputs;
  for (const ops::ValueType& type : output_types_) outputs.emplace_back(type.shape, kPoison, type.dtype);
  std::vector<View> output_views(outputs.begin(), outputs.end());

  if (keep_for_backward) memory.allocate(op_->saved_bytes(inputs, output_views));
  op_->forward({.inputs = inputs, .outputs = output_views, .saved = memory.saved, .clamp = clamp});
  if (keep_for_backward) {
    EXPECT_TRUE(memory.intact()) << "forward() wrote beyond saved_bytes()";
  }
  return outputs;
}

std::vector<Tensor> OperatorRun::in_onnx_layout(std::vector<Tensor> outputs) const {
  if (channels_last_ && !outputs.empty()) outputs[0] = to_channels_first(outputs[0]);
  return outputs;
}

std::vector<Tensor> OperatorRun::forward(kernels::Clamp clamp) const {
  Memory none;
  return in_onnx_layout(run_forward(clamp, none, false));
}

std::vector<Tensor> OperatorRun::backward(const std::vector<Tensor>& output_grads, const std::vector<bool>& wanted,
                                          kernels::Gate gate) const {
  Memory memory;
  const std::vector<Tensor> outputs = run_forward({}, memory, true);
  const std::vector<unsigned char> saved_before(memory.saved, memory.saved + memory.size);
  const ops::BackwardNeeds needs = op_->needs();

  std::vector<ConstView> inputs, output_views, grad_views;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const bool readable = inputs_[i].present && (needs.inputs >> i & 1u) && !(released_ >> i & 1u);
    inputs.emplace_back(inputs_[i].tensor.shape, readable ? inputs_[i].tensor.data.data() : nullptr);
  }
  std::vector<Tensor> grads = output_grads;
  if (channels_last_ && !grads[0].data.empty()) grads[0] = to_channels_last(grads[0]);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    output_views.emplace_back(outputs[i].shape, needs.outputs >> i & 1u ? outputs[i].data.data() : nullptr);
    grad_views.emplace_back(outputs[i].shape,
                            i < grads.size() && !grads[i].data.empty() ? grads[i].data.data() : nullptr);
  }
  std::vector<Tensor> input_grads(inputs_.size());
  std::vector<View> input_grad_views;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (wanted[i]) input_grads[i] = Tensor(inputs_[i].tensor.shape, kPoison);
    input_grad_views.emplace_back(inputs_[i].tensor.shape, wanted[i] ? input_grads[i].data.data() : nullptr);
  }

  op_->backward({.inputs = inputs,
                 .outputs = output_views,
                 .output_grads = grad_views,
                 .input_grads = input_grad_views,
                 .saved = memory.saved,
                 .gate = gate});

  EXPECT_TRUE(std::equal(saved_before.begin(), saved_before.end(), memory.saved)) << "backward() changed what is saved";
  for (std::size_t i = 0; i < input_grads.size(); ++i) {
    const auto& data = input_grads[i].data;
    EXPECT_TRUE(std::none_of(data.begin(), data.end(), [](Scalar value) { return std::isnan(value); }))
        << "the gradient of input " << i << " has NaN: an element that was not written, or a read that needs() lacks";
  }
  if (channels_last_ && wanted[0]) input_grads[0] = to_channels_first(input_grads[0]);
  return input_grads;
}

void OperatorRun::set_input(std::size_t i, const Tensor& tensor) {
  inputs_[i].tensor = channels_last_ && i == 0 ? to_channels_last(tensor) : tensor;
  input_types_[i].shape = inputs_[i].tensor.shape;
}

void OperatorRun::set_output_shape(std::size_t i, Shape shape) {
  output_types_[i].shape = std::move(shape);
}

std::vector<bool> OperatorRun::differentiable_inputs() const {
  std::vector<bool> result;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    result.push_back(inputs_[i].present && !inputs_[i].constant && inputs_[i].tensor.dtype == DType::Float &&
                     op_->has_gradient(i));
  }
  return result;
}

std::vector<Tensor> run_operator(const OperatorCase& check) {
  return OperatorRun(check).forward();
}
Tensor output_of(const OperatorCase& check) {
  return run_operator(check).at(0);
}

}  // namespace saliency::testing
