// Conversions between types. https://onnx.ai/onnx/operators/onnx__Cast.html, …CastLike.html
//   to an integer  cuts towards zero; 8 and 16 bits wrap around
//   to bool        x ≠ 0
//   to a float     x (float16 and bfloat16 keep the precision that x has)
//   backward       dx = dy from float to float; none otherwise
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/element_type.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {

ElementRange element_type(std::int64_t code) {
  switch (code) {
    case 1:   // float
    case 10:  // float16
    case 11:  // double
    case 16:  // bfloat16
      return {.dtype = DType::Float};
    case 2: return {.dtype = DType::Int, .is_narrow = true, .low = 0, .high = 255};
    case 3: return {.dtype = DType::Int, .is_narrow = true, .low = -128, .high = 127};
    case 4: return {.dtype = DType::Int, .is_narrow = true, .low = 0, .high = 65535};
    case 5: return {.dtype = DType::Int, .is_narrow = true, .low = -32768, .high = 32767};
    case 6:   // int32
    case 7:   // int64
    case 12:  // uint32
    case 13:  // uint64
      return {.dtype = DType::Int};
    case 9: return {.dtype = DType::Bool};
    default:
      throw Error(ErrorCode::UnsupportedOperator, "element type " + std::to_string(code) + " is not supported",
                  {.expected = "a floating-point number of 16 bits or more, an integer or a boolean",
                   .actual = "type " + std::to_string(code) + " of TensorProto.DataType"});
  }
}

namespace {

class CastOperator final : public Elementwise {
 public:
  CastOperator(DType from, ElementRange to) : from_(from), to_(to) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = to_.dtype}};
  }

  void forward(const Forward& context) const override {
    const Scalar* x = context.inputs[0].data;
    Scalar* y = context.outputs[0].data;
    constexpr std::int64_t kGrain = 1 << 14;
    kernels::parallel_for(context.outputs[0].size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) y[i] = converted(x[i]);
    });
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    if (context.input_grads[0].data != dy.data) std::copy_n(dy.data, dy.size(), context.input_grads[0].data);
  }

  bool has_gradient(std::size_t input) const override {
    return input == 0 && from_ == DType::Float && to_.dtype == DType::Float;
  }
  bool is_view() const override {
    return to_.dtype == DType::Float || (to_.dtype == DType::Int && !to_.is_narrow && from_ != DType::Float) ||
           from_ == DType::Bool;
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return input_axes[0];
  }
  bool pulls_all_inputs() const override { return false; }  // CastLike's second input is another tensor

 private:
  Scalar converted(Scalar x) const {
    if (to_.dtype == DType::Float) return x;
    if (to_.dtype == DType::Bool) return x != 0 ? Scalar{1} : Scalar{0};
    const Scalar cut = std::trunc(x);
    if (!to_.is_narrow || !(std::abs(cut) < Scalar{1e9})) return cut;
    const std::int64_t period = to_.high - to_.low + 1;
    const std::int64_t above = (static_cast<std::int64_t>(cut) - to_.low) % period;
    return static_cast<Scalar>(to_.low + (above < 0 ? above + period : above));
  }

  DType from_;
  ElementRange to_;
};

}  // namespace

std::unique_ptr<Operator> make_cast(const NodeInfo& info) {
  return std::make_unique<CastOperator>(info.inputs[0].dtype, element_type(info.attributes.integer("to")));
}

std::unique_ptr<Operator> make_cast_like(const NodeInfo& info) {
  return std::make_unique<CastOperator>(info.inputs[0].dtype, ElementRange{.dtype = info.inputs[1].dtype});
}

}  // namespace saliency::ops
