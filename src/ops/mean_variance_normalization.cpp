// MeanVarianceNormalization: y = (x − μ) / (σ + ε) over the axes, ε = 1e-9.
// https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html
//   backward  dx = (dy − mean(dy)) / (σ + ε) − y · mean(dy · y) / σ
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/parallel.h"
#include "ops/axes_last.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

constexpr double kEpsilon = 1e-9;

struct Moments {
  double mean = 0, deviation = 0;
};

Moments moments(const Scalar* x, std::int64_t count) {
  Moments result;
  for (std::int64_t i = 0; i < count; ++i) result.mean += x[i];
  result.mean /= static_cast<double>(count);
  double squares = 0;
  for (std::int64_t i = 0; i < count; ++i) squares += (x[i] - result.mean) * (x[i] - result.mean);
  result.deviation = std::sqrt(squares / static_cast<double>(count));
  return result;
}

class MeanVarianceNormalization final : public Operator {
 public:
  explicit MeanVarianceNormalization(std::vector<int> axes) : axes_(std::move(axes)) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes_);
    std::vector<Scalar> buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, buffer);
    const std::int64_t columns = layout.columns();
    layout.scatter(context.outputs[0].data, [&](Scalar* y) {
      kernels::parallel_for(layout.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          const Moments m = moments(x + row * columns, columns);
          const double scale = 1 / (m.deviation + kEpsilon);
          for (std::int64_t i = row * columns; i < (row + 1) * columns; ++i) {
            y[i] = static_cast<Scalar>((x[i] - m.mean) * scale);
          }
        }
      });
    });
  }

  void backward(const Backward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes_);
    std::vector<Scalar> x_buffer, grad_buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, x_buffer);
    const Scalar* dy = layout.gathered(context.output_grads[0].data, grad_buffer);
    const std::int64_t columns = layout.columns();
    layout.scatter(context.input_grads[0].data, [&](Scalar* dx) {
      kernels::parallel_for(layout.rows(), 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
          const std::int64_t at = row * columns;
          row_gradient(columns, x + at, dy + at, dx + at);
        }
      });
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 1}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (std::binary_search(axes_.begin(), axes_.end(), input_axes[0])) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    for (int& axis : axes_) axis = permutation[static_cast<std::size_t>(axis)];
    std::sort(axes_.begin(), axes_.end());
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  static void row_gradient(std::int64_t count, const Scalar* x, const Scalar* dy, Scalar* dx) {
    const Moments m = moments(x, count);
    const double scale = 1 / (m.deviation + kEpsilon), share = 1 / static_cast<double>(count);
    double mean_grad = 0, along = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      mean_grad += dy[i] * share;
      along += dy[i] * (x[i] - m.mean) * scale * share;
    }
    const double curvature = m.deviation > 0 ? along * scale / m.deviation : 0;
    for (std::int64_t i = 0; i < count; ++i) {
      dx[i] = static_cast<Scalar>((dy[i] - mean_grad) * scale - (x[i] - m.mean) * curvature);
    }
  }

  std::vector<int> axes_;  // ascending
};

}  // namespace

std::unique_ptr<Operator> make_mean_variance_normalization(const NodeInfo& info) {
  std::vector<int> axes;
  for (const std::int64_t axis : info.attributes.integers("axes", {0, 2, 3})) {
    axes.push_back(normalized_axis(axis, info.inputs[0].shape.size()));
  }
  std::sort(axes.begin(), axes.end());
  return std::make_unique<MeanVarianceNormalization>(std::move(axes));
}

}  // namespace saliency::ops
