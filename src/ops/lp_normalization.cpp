// LpNormalization: unit p-norm along an axis. https://onnx.ai/onnx/operators/onnx__LpNormalization.html
//   x, y: outer×axis×inner, N = (Σ |x|^p)^(1/p) over the axis, p = 1 or 2
//   forward   y  = x / N                       0 where N = 0
//   backward  dx = (dy − s · Σ dy·y) / N       with s = y for p = 2, sign(x) for p = 1; 0 where N = 0
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class LpNormalization final : public Operator {
 public:
  explicit LpNormalization(const NodeInfo& info)
      : axis_(normalized_axis(info.attributes.integer("axis", -1), info.inputs[0].shape.size())),
        p_(info.attributes.integer("p", 2)) {
    if (p_ != 1 && p_ != 2) {
      throw Error(ErrorCode::ModelInvalid, "'p' is " + std::to_string(p_), {.expected = "1 or 2"});
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    for_each_line(x.shape, [&](std::int64_t start, std::int64_t count, std::int64_t step) {
      const Scalar inverse = inverse_norm(x.data + start, count, step);
      for (std::int64_t i = 0; i < count; ++i) {
        context.outputs[0].data[start + i * step] = x.data[start + i * step] * inverse;
      }
    });
  }

  void backward(const Backward& context) const override {
    const ConstView& x = context.inputs[0];
    for_each_line(x.shape, [&](std::int64_t start, std::int64_t count, std::int64_t step) {
      const Scalar *in = x.data + start, *dy = context.output_grads[0].data + start;
      Scalar* dx = context.input_grads[0].data + start;
      const Scalar inverse = inverse_norm(in, count, step);
      double product = 0;
      for (std::int64_t i = 0; i < count; ++i) product += static_cast<double>(dy[i * step] * in[i * step]);
      const Scalar along = static_cast<Scalar>(product) * inverse;
      for (std::int64_t i = 0; i < count; ++i) {
        const Scalar value = in[i * step];
        const Scalar sign = static_cast<Scalar>((value > 0) - (value < 0));
        dx[i * step] = (dy[i * step] - along * (p_ == 2 ? value * inverse : sign)) * inverse;
      }
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 1}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (input_axes[0] == axis_) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    axis_ = permutation[static_cast<std::size_t>(axis_)];
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  // body(first element, count, step) for each line along the axis.
  template <class Body>
  void for_each_line(std::span<const std::int64_t> shape, const Body& body) const {
    const auto axis = static_cast<std::size_t>(axis_);
    const std::int64_t count = shape[axis], step = element_count(shape.subspan(axis + 1));
    const std::int64_t lines = count == 0 ? 0 : element_count(shape) / count;
    constexpr std::int64_t kGrain = 64;
    kernels::parallel_for(lines, kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t line = begin; line < end; ++line) {
        body(line / step * count * step + line % step, count, step);
      }
    });
  }

  Scalar inverse_norm(const Scalar* x, std::int64_t count, std::int64_t step) const {
    double sum = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const double value = static_cast<double>(x[i * step]);
      sum += p_ == 2 ? value * value : std::abs(value);
    }
    const double norm = p_ == 2 ? std::sqrt(sum) : sum;
    return norm == 0 ? Scalar(0) : static_cast<Scalar>(1 / norm);
  }

  int axis_;
  std::int64_t p_;
};

}  // namespace

std::unique_ptr<Operator> make_lp_normalization(const NodeInfo& info) {
  return std::make_unique<LpNormalization>(info);
}

}  // namespace saliency::ops
