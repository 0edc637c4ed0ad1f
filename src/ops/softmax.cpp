// Softmax and its relatives over a set of axes: one axis since opset 13, before that all from `axis` on.
//   Softmax     https://onnx.ai/onnx/operators/onnx__Softmax.html     y = eˣ / Σ eˣ      dx = y · (dy − Σ y·dy)
//   LogSoftmax  https://onnx.ai/onnx/operators/onnx__LogSoftmax.html  y = x − log Σ eˣ   dx = dy − eʸ · Σ dy
//   Hardmax     https://onnx.ai/onnx/operators/onnx__Hardmax.html     y = 1 at the first maximum, else 0; no gradient
#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/parallel.h"
#include "ops/axes_last.h"
#include "ops/registry.h"
#include "ops/scalar_math.h"

namespace saliency::ops {
namespace {

namespace sm = scalar_math;

// Rows of numbers that lie together.
struct RowFunctions {
  void (*value)(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y);
  void (*gradient)(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx);  // or null
};

template <class F>
void for_each_row(std::int64_t rows, std::int64_t columns, const F& f) {
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, columns));
  kernels::parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) f(row * columns);
  });
}

void log_softmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y) {
  for_each_row(rows, columns, [=](std::int64_t row) {
    const Scalar highest = *std::max_element(x + row, x + row + columns);
    double sum = 0;
    for (std::int64_t i = row; i < row + columns; ++i) sum += sm::exp(x[i] - highest);
    const auto log_sum = static_cast<Scalar>(std::log(sum));
    for (std::int64_t i = row; i < row + columns; ++i) y[i] = (x[i] - highest) - log_sum;
  });
}

void log_softmax_gradient(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx) {
  for_each_row(rows, columns, [=](std::int64_t row) {
    double total = 0;
    for (std::int64_t i = row; i < row + columns; ++i) total += dy[i];
    const auto sum = static_cast<Scalar>(total);
    for (std::int64_t i = row; i < row + columns; ++i) dx[i] = dy[i] - sm::exp(y[i]) * sum;
  });
}

void hardmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y) {
  for_each_row(rows, columns, [=](std::int64_t row) {
    std::fill_n(y + row, columns, Scalar{0});
    y[std::max_element(x + row, x + row + columns) - x] = 1;
  });
}

class SoftmaxOperator final : public Operator {
 public:
  // axes: ascending
  SoftmaxOperator(RowFunctions functions, std::vector<int> axes) : functions_(functions), axes_(std::move(axes)) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    if (x.size() == 0) return;
    const AxesLast layout(x.shape, axes_);
    std::vector<Scalar> buffer;
    const Scalar* x_rows = layout.gathered(x.data, buffer);
    layout.scatter(context.outputs[0].data,
                   [&](Scalar* y_rows) { functions_.value(layout.rows(), layout.columns(), x_rows, y_rows); });
  }

  void backward(const Backward& context) const override {
    const ConstView& y = context.outputs[0];
    if (y.size() == 0) return;
    const AxesLast layout(y.shape, axes_);
    std::vector<Scalar> y_buffer, grad_buffer;
    const Scalar* y_rows = layout.gathered(y.data, y_buffer);
    const Scalar* dy_rows = layout.gathered(context.output_grads[0].data, grad_buffer);
    layout.scatter(context.input_grads[0].data, [&](Scalar* dx_rows) {
      functions_.gradient(layout.rows(), layout.columns(), y_rows, dy_rows, dx_rows);
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0 && functions_.gradient != nullptr; }
  BackwardNeeds needs() const override { return {.outputs = functions_.gradient != nullptr ? 1u : 0u}; }
  Nonlinearity nonlinearity() const override { return Nonlinearity::Smooth; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (contains(input_axes[0])) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    for (int& axis : axes_) axis = permutation[static_cast<std::size_t>(axis)];
    std::sort(axes_.begin(), axes_.end());
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  bool contains(int axis) const { return std::find(axes_.begin(), axes_.end(), axis) != axes_.end(); }

  RowFunctions functions_;
  std::vector<int> axes_;
};

std::unique_ptr<Operator> make(const NodeInfo& info, RowFunctions functions) {
  const std::size_t rank = info.inputs[0].shape.size();
  const bool flattens = info.opset < 13;
  std::vector<int> axes;
  const std::int64_t given = info.attributes.integer("axis", flattens ? 1 : -1);
  // A flattened matrix may consist of rows only: axis = rank.
  if (flattens && given == static_cast<std::int64_t>(rank)) return std::make_unique<SoftmaxOperator>(functions, axes);
  axes.push_back(normalized_axis(given, rank));
  while (flattens && axes.back() + 1 < static_cast<int>(rank)) axes.push_back(axes.back() + 1);
  return std::make_unique<SoftmaxOperator>(functions, std::move(axes));
}

}  // namespace

std::unique_ptr<Operator> make_softmax(const NodeInfo& info) {
  return make(info, {kernels::softmax, kernels::softmax_gradient});
}

std::unique_ptr<Operator> make_log_softmax(const NodeInfo& info) {
  return make(info, {log_softmax, log_softmax_gradient});
}

std::unique_ptr<Operator> make_hardmax(const NodeInfo& info) {
  return make(info, {hardmax, nullptr});
}

}  // namespace saliency::ops
