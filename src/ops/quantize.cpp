// Quantized tensors in QDQ form. Integers are held as Scalars, so that x̂ = dequantize(quantize(x)) costs rounding only.
//   QuantizeLinear    https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html    q = saturate(round(x / scale) + zero)
//   DequantizeLinear  https://onnx.ai/onnx/operators/onnx__DequantizeLinear.html  y = (q − zero) · scale
//   Rounding is to the nearest even integer; scale and zero are scalars or one a position of `axis`.
//   backward          straight through: dx = dq / scale where q is not saturated, 0 where it is; dq = dy · scale.
//                     Rounding has slope 0 almost everywhere; the pair's gradient is the one without it.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/element_type.h"
#include "ops/lines.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kGrain = 1 << 14;

// What both have in common: input 1 is the scale, input 2, if any, the zero point.
class QuantizationOperator : public Operator {
 public:
  explicit QuantizationOperator(std::size_t axis) : axis_(axis) {}

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    const int axis = input_axes[0];
    for (std::size_t i = 1; i < input_axes.size(); ++i) {
      if (input_axes[i] >= 0) return std::nullopt;
    }
    if (axis == static_cast<int>(axis_) && element_count(inputs[1].shape) != 1) return std::nullopt;
    return axis;
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    if (axis_ < permutation.size()) axis_ = static_cast<std::size_t>(permutation[axis_]);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 protected:
  void check_scale(std::span<const ValueType> inputs) const {
    const std::int64_t count = element_count(inputs[1].shape);
    const bool fits = count == 1 || (axis_ < inputs[0].shape.size() && inputs[1].shape.size() == 1 &&
                                     count == inputs[0].shape[axis_]);
    if (!fits) {
      throw Error(ErrorCode::ShapeMismatch, "scale has shape " + to_string(inputs[1].shape) + ", the input " +
                                                to_string(inputs[0].shape) + " has axis " + std::to_string(axis_));
    }
  }

  // body(begin, end, position): elements begin … end−1 share the scale at `position`.
  template <class Body>
  void for_each_run(std::span<const std::int64_t> shape, std::int64_t scales, const Body& body) const {
    if (scales == 1) {
      kernels::parallel_for(element_count(shape), kGrain,
                            [&](std::int64_t begin, std::int64_t end) { body(begin, end, std::int64_t{0}); });
      return;
    }
    const Lines lines(shape, axis_);
    kernels::parallel_for(lines.outer * lines.size,
                          std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, lines.inner)),
                          [&](std::int64_t begin, std::int64_t end) {
                            for (std::int64_t row = begin; row < end; ++row) {
                              body(row * lines.inner, (row + 1) * lines.inner, row % lines.size);
                            }
                          });
  }

  static Scalar zero_point(std::span<const ConstView> inputs, std::int64_t position) {
    return inputs.size() > 2 && inputs[2] ? inputs[2].data[position] : Scalar{0};
  }

 private:
  std::size_t axis_;
};

class QuantizeOperator final : public QuantizationOperator {
 public:
  QuantizeOperator(std::size_t axis, ElementRange range) : QuantizationOperator(axis), range_(range) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    check_scale(inputs);
    return {{.shape = inputs[0].shape, .dtype = DType::Int}};
  }

  // saved: one byte a value, 1 where it is not saturated.
  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    Scalar* q = context.outputs[0].data;
    auto* saved = static_cast<std::uint8_t*>(context.saved);
    const auto low = static_cast<Scalar>(range_.low), high = static_cast<Scalar>(range_.high);
    for_each_run(x.shape, context.inputs[1].size(), [&](std::int64_t begin, std::int64_t end, std::int64_t position) {
      const Scalar scale = context.inputs[1].data[position], zero = zero_point(context.inputs, position);
      for (std::int64_t i = begin; i < end; ++i) {
        const Scalar exact = std::nearbyint(x.data[i] / scale) + zero;
        q[i] = std::min(std::max(exact, low), high);
        if (saved != nullptr) saved[i] = exact >= low && exact <= high ? 1 : 0;
      }
    });
  }

  void backward(const Backward& context) const override {
    const ConstView& dq = context.output_grads[0];
    Scalar* dx = context.input_grads[0].data;
    const auto* saved = static_cast<const std::uint8_t*>(context.saved);
    if (!dq) {
      std::fill_n(dx, context.input_grads[0].size(), Scalar{0});
      return;
    }
    for_each_run(dq.shape, context.inputs[1].size(), [&](std::int64_t begin, std::int64_t end, std::int64_t position) {
      const Scalar scale = context.inputs[1].data[position];
      for (std::int64_t i = begin; i < end; ++i) dx[i] = saved[i] != 0 ? dq.data[i] / scale : Scalar{0};
    });
  }

  BackwardNeeds needs() const override { return {.inputs = 2}; }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>(outputs[0].size());
  }

 private:
  ElementRange range_;
};

class DequantizeOperator final : public QuantizationOperator {
 public:
  using QuantizationOperator::QuantizationOperator;

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    check_scale(inputs);
    return {{.shape = inputs[0].shape, .dtype = DType::Float}};
  }

  void forward(const Forward& context) const override {
    const ConstView& q = context.inputs[0];
    Scalar* y = context.outputs[0].data;
    for_each_run(q.shape, context.inputs[1].size(), [&](std::int64_t begin, std::int64_t end, std::int64_t position) {
      const Scalar scale = context.inputs[1].data[position], zero = zero_point(context.inputs, position);
      for (std::int64_t i = begin; i < end; ++i) y[i] = (q.data[i] - zero) * scale;
    });
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    Scalar* dq = context.input_grads[0].data;
    for_each_run(dy.shape, context.inputs[1].size(), [&](std::int64_t begin, std::int64_t end, std::int64_t position) {
      const Scalar scale = context.inputs[1].data[position];
      for (std::int64_t i = begin; i < end; ++i) dq[i] = dy.data[i] * scale;
    });
  }

  BackwardNeeds needs() const override { return {.inputs = 2}; }
};

std::size_t axis_of(const NodeInfo& info) {
  if (info.attributes.integer("block_size", 0) != 0) {
    throw Error(ErrorCode::UnsupportedOperator, "blocked quantization ('block_size') is not supported");
  }
  const std::size_t rank = info.inputs[0].shape.size();
  if (element_count(info.inputs[1].shape) == 1) return 0;
  return static_cast<std::size_t>(normalized_axis(info.attributes.integer("axis", 1), rank));
}

}  // namespace

// The reader notes the zero point's type in output_dtype, which ONNX itself has since opset 21.
std::unique_ptr<Operator> make_quantize_linear(const NodeInfo& info) {
  constexpr std::int64_t kUint8 = 2;
  const std::int64_t code = info.attributes.integer("output_dtype", kUint8);
  const ElementRange range = element_type(code == 0 ? kUint8 : code);
  if (!range.is_narrow) {
    throw Error(ErrorCode::UnsupportedOperator,
                "quantizing to element type " + std::to_string(code) + " is not supported",
                {.expected = "int8, uint8, int16 or uint16", .actual = std::to_string(code)});
  }
  return std::make_unique<QuantizeOperator>(axis_of(info), range);
}

std::unique_ptr<Operator> make_dequantize_linear(const NodeInfo& info) {
  return std::make_unique<DequantizeOperator>(axis_of(info));
}

}  // namespace saliency::ops
