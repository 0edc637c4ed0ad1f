// LayerNormalization over the axes from `axis` on. https://onnx.ai/onnx/operators/onnx__LayerNormalization.html
//   x, y: rows×columns   scale, bias: broadcast to columns   Mean, InvStdDev: rows (without a gradient)
//   forward   x̂  = (x − mean) · r with r = 1/√(variance + ε)      y = x̂ · scale + bias
//   backward  dx = r · (d − mean(d) − x̂ · mean(d·x̂)) with d = dy · scale
// Saves the mean and r of each row.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/broadcast.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kGrainValues = 4096;

// Σ f(i), i < count, in double precision; four sums at a time, so that it vectorises.
template <class F>
double sum(std::int64_t count, const F& f) {
  double parts[4] = {};
  std::int64_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (std::int64_t k = 0; k < 4; ++k) parts[k] += static_cast<double>(f(i + k));
  }
  for (; i < count; ++i) parts[0] += static_cast<double>(f(i));
  return (parts[0] + parts[1]) + (parts[2] + parts[3]);
}

class LayerNormalization final : public Operator {
 public:
  explicit LayerNormalization(const NodeInfo& info)
      : axis_(static_cast<std::size_t>(
            normalized_axis(info.attributes.integer("axis", -1), info.inputs[0].shape.size()))),
        epsilon_(info.attributes.real("epsilon", 1e-5)),
        outputs_(info.output_count) {
    const std::span<const std::int64_t> columns = std::span(info.inputs[0].shape).subspan(axis_);
    for (std::size_t i = 1; i < 3; ++i) {
      if (!info.has_input(i)) continue;
      const Shape& shape = info.inputs[i].shape;
      if (broadcast(columns, shape) != Shape(columns.begin(), columns.end())) {
        throw Error(ErrorCode::ShapeMismatch,
                    std::string(i == 1 ? "scale" : "bias") + " has shape " + to_string(shape) +
                        ", the normalized axes have " + to_string(columns),
                    {.expected = to_string(columns), .actual = to_string(shape)});
      }
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape rows = inputs[0].shape;
    std::fill(rows.begin() + static_cast<std::ptrdiff_t>(axis_), rows.end(), 1);
    std::vector<ValueType> types = {{.shape = inputs[0].shape}};
    while (types.size() < outputs_) types.push_back({.shape = rows});
    return types;
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const std::int64_t columns = column_count(x), rows = x.size() / columns;
    const std::vector<Scalar> scale = parameter(context.inputs, 1, x, 1), bias = parameter(context.inputs, 2, x, 0);
    auto* saved = static_cast<Scalar*>(context.saved);
    const auto output = [&](std::size_t i) { return i < context.outputs.size() ? context.outputs[i].data : nullptr; };
    Scalar *y = output(0), *means = output(1), *roots = output(2);
    for_each_row(rows, columns, [&](std::int64_t row) {
      const Scalar* in = x.data + row * columns;
      const double n = static_cast<double>(columns);
      const double mean = sum(columns, [in](std::int64_t i) { return in[i]; }) / n;
      const Scalar centre = static_cast<Scalar>(mean);
      const double variance =
          sum(columns, [in, centre](std::int64_t i) { return (in[i] - centre) * (in[i] - centre); }) / n;
      const Scalar r = static_cast<Scalar>(1 / std::sqrt(variance + epsilon_));
      if (saved != nullptr) {
        saved[2 * row] = centre;
        saved[2 * row + 1] = r;
      }
      if (means != nullptr) means[row] = centre;
      if (roots != nullptr) roots[row] = r;
      if (y == nullptr) return;
      Scalar* out = y + row * columns;
      const Scalar *a = scale.data(), *b = bias.data();
      for (std::int64_t i = 0; i < columns; ++i) out[i] = (in[i] - centre) * r * a[i] + b[i];
    });
  }

  void backward(const Backward& context) const override {
    for (std::size_t i = 1; i < context.output_grads.size(); ++i) {
      if (context.output_grads[i])
        throw Error(ErrorCode::NoGradient, "the outputs Mean and InvStdDev have no gradient");
    }
    const ConstView &x = context.inputs[0], &dy = context.output_grads[0];
    const std::int64_t columns = column_count(x), rows = x.size() / columns;
    const std::vector<Scalar> scale = parameter(context.inputs, 1, x, 1);
    const auto* saved = static_cast<const Scalar*>(context.saved);
    for_each_row(rows, columns, [&](std::int64_t row) {
      const Scalar *in = x.data + row * columns, *grad = dy.data + row * columns, *a = scale.data();
      const Scalar mean = saved[2 * row], r = saved[2 * row + 1];
      const double n = static_cast<double>(columns);
      const auto mean_d = static_cast<Scalar>(sum(columns, [=](std::int64_t i) { return grad[i] * a[i]; }) / n);
      const auto mean_product =
          static_cast<Scalar>(sum(columns, [=](std::int64_t i) { return grad[i] * a[i] * (in[i] - mean) * r; }) / n);
      Scalar* dx = context.input_grads[0].data + row * columns;
      for (std::int64_t i = 0; i < columns; ++i) {
        dx[i] = r * (grad[i] * a[i] - mean_d - (in[i] - mean) * r * mean_product);
      }
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 0b011u}; }

  std::size_t saved_bytes(std::span<const ConstView> inputs, std::span<const View> /*outputs*/) const override {
    return static_cast<std::size_t>(2 * inputs[0].size() / column_count(inputs[0])) * sizeof(Scalar);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    for (std::size_t i = 1; i < input_axes.size(); ++i) {
      if (input_axes[i] >= 0) return std::nullopt;
    }
    if (input_axes[0] >= static_cast<int>(axis_)) return std::nullopt;
    return input_axes[0];
  }

  // Only the order of the rows may change.
  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    for (std::size_t a = axis_; a < permutation.size(); ++a) {
      if (permutation[a] != static_cast<int>(a)) return std::nullopt;
    }
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  std::int64_t column_count(const ConstView& x) const { return element_count(x.shape.subspan(axis_)); }

  // scale or bias for each column.
  std::vector<Scalar> parameter(std::span<const ConstView> inputs, std::size_t i, const ConstView& x,
                                Scalar missing) const {
    std::vector<Scalar> values(static_cast<std::size_t>(column_count(x)), missing);
    if (i < inputs.size() && inputs[i]) {
      const auto copy = [](const Run& run, Scalar* result) {
        for (std::int64_t k = 0; k < run.count; ++k) result[k] = run.operands[0][k * run.steps[0]];
      };
      broadcast_map(x.shape.subspan(axis_), {inputs[i]}, copy, values.data());
    }
    return values;
  }

  template <class Body>
  static void for_each_row(std::int64_t rows, std::int64_t columns, const Body& body) {
    const std::int64_t grain = std::max<std::int64_t>(1, kGrainValues / columns);
    kernels::parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) body(row);
    });
  }

  std::size_t axis_;
  double epsilon_;
  std::size_t outputs_;
};

}  // namespace

std::unique_ptr<Operator> make_layer_normalization(const NodeInfo& info) {
  return std::make_unique<LayerNormalization>(info);
}

}  // namespace saliency::ops
