// Reductions that look at all of their numbers at once. https://onnx.ai/onnx/operators/onnx__ReduceMax.html
//                       y                       dx
//   ReduceMax           max x                   dy at the first maximum in memory order, else 0
//   ReduceMin           min x                   dy at the first minimum in memory order, else 0
//   ReduceProd          Π x                     dy · the product of all others
//   ReduceLogSumExp     log(Σ eˣ)               dy · e^(x − y)
// Max and Min save the winner's position; a NaN wins.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "kernels/parallel.h"
#include "ops/axes_last.h"
#include "ops/reduction.h"
#include "ops/registry.h"
#include "ops/scalar_math.h"

namespace saliency::ops {
namespace {

namespace sm = scalar_math;

template <class F>
void for_each_row(const AxesLast& layout, const F& f) {
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, layout.columns()));
  kernels::parallel_for(layout.rows(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) f(row);
  });
}

enum class Extreme { Maximum, Minimum };

class ExtremeReduction final : public Reduction {
 public:
  ExtremeReduction(const NodeInfo& info, Extreme extreme) : Reduction(info), extreme_(extreme) {}

  void forward(const Forward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes());
    std::vector<Scalar> buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, buffer);
    Scalar* y = context.outputs[0].data;
    auto* winners = static_cast<std::int64_t*>(context.saved);
    const std::int64_t columns = layout.columns();
    // What ONNX says of no numbers at all.
    constexpr Scalar kInfinity = std::numeric_limits<Scalar>::infinity();
    if (columns == 0) std::fill_n(y, layout.rows(), extreme_ == Extreme::Maximum ? -kInfinity : kInfinity);
    if (columns == 0) return;
    for_each_row(layout, [&](std::int64_t row) {
      const std::int64_t winner = first_extreme(x + row * columns, columns);
      y[row] = x[row * columns + winner];
      if (winners != nullptr) winners[row] = winner;
    });
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    const Scalar* dy = context.output_grads[0].data;
    const auto* winners = static_cast<const std::int64_t*>(context.saved);
    const AxesLast layout(dx.shape, axes());
    layout.scatter(dx.data, [&](Scalar* rows) {
      for_each_row(layout, [&](std::int64_t row) {
        std::fill_n(rows + row * layout.columns(), layout.columns(), Scalar{0});
        if (layout.columns() > 0) rows[row * layout.columns() + winners[row]] = dy[row];
      });
    });
  }

  std::size_t saved_bytes(std::span<const ConstView> /*inputs*/, std::span<const View> outputs) const override {
    return static_cast<std::size_t>(outputs[0].size()) * sizeof(std::int64_t);
  }

 private:
  std::int64_t first_extreme(const Scalar* x, std::int64_t count) const {
    const Scalar sign = extreme_ == Extreme::Maximum ? 1 : -1;
    std::int64_t winner = 0;
    for (std::int64_t i = 1; i < count && !std::isnan(x[winner]); ++i) {
      if (sign * x[i] > sign * x[winner] || std::isnan(x[i])) winner = i;
    }
    return winner;
  }

  Extreme extreme_;
};

class ProductReduction final : public Reduction {
 public:
  using Reduction::Reduction;

  void forward(const Forward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes());
    std::vector<Scalar> buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, buffer);
    Scalar* y = context.outputs[0].data;
    for_each_row(layout, [&](std::int64_t row) {
      double product = 1;
      for (std::int64_t i = 0; i < layout.columns(); ++i) product *= x[row * layout.columns() + i];
      y[row] = static_cast<Scalar>(product);
    });
  }

  // The products of what lies in front of a number and of what lies behind it: right for zeros, too.
  void backward(const Backward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes());
    std::vector<Scalar> buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, buffer);
    const Scalar* dy = context.output_grads[0].data;
    const std::int64_t columns = layout.columns();
    layout.scatter(context.input_grads[0].data, [&](Scalar* dx) {
      for_each_row(layout, [&](std::int64_t row) {
        double before = dy[row], behind = 1;
        for (std::int64_t i = row * columns; i < (row + 1) * columns; ++i) {
          dx[i] = static_cast<Scalar>(before);
          before *= x[i];
        }
        for (std::int64_t i = (row + 1) * columns; i-- > row * columns;) {
          dx[i] = static_cast<Scalar>(dx[i] * behind);
          behind *= x[i];
        }
      });
    });
  }

  BackwardNeeds needs() const override { return {.inputs = 1}; }
};

class LogSumExpReduction final : public Reduction {
 public:
  using Reduction::Reduction;

  // The largest number goes before the exponential.
  void forward(const Forward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes());
    std::vector<Scalar> buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, buffer);
    Scalar* y = context.outputs[0].data;
    for_each_row(layout, [&](std::int64_t row) {
      const Scalar* begin = x + row * layout.columns();
      Scalar highest = -std::numeric_limits<Scalar>::infinity();
      for (std::int64_t i = 0; i < layout.columns(); ++i) highest = std::max(highest, begin[i]);
      const Scalar shift = std::isinf(highest) ? 0 : highest;
      double sum = 0;
      for (std::int64_t i = 0; i < layout.columns(); ++i) sum += sm::exp(begin[i] - shift);
      y[row] = static_cast<Scalar>(std::log(sum)) + shift;
    });
  }

  void backward(const Backward& context) const override {
    const AxesLast layout(context.inputs[0].shape, axes());
    std::vector<Scalar> buffer;
    const Scalar* x = layout.gathered(context.inputs[0].data, buffer);
    const Scalar* y = context.outputs[0].data;
    const Scalar* dy = context.output_grads[0].data;
    layout.scatter(context.input_grads[0].data, [&](Scalar* dx) {
      for_each_row(layout, [&](std::int64_t row) {
        for (std::int64_t i = row * layout.columns(); i < (row + 1) * layout.columns(); ++i) {
          dx[i] = dy[row] * sm::exp(x[i] - y[row]);
        }
      });
    });
  }

  BackwardNeeds needs() const override { return {.inputs = 1, .outputs = 1}; }
  Nonlinearity nonlinearity() const override { return Nonlinearity::Smooth; }
};

}  // namespace

std::unique_ptr<Operator> make_reduce_max(const NodeInfo& info) {
  return std::make_unique<ExtremeReduction>(info, Extreme::Maximum);
}
std::unique_ptr<Operator> make_reduce_min(const NodeInfo& info) {
  return std::make_unique<ExtremeReduction>(info, Extreme::Minimum);
}
std::unique_ptr<Operator> make_reduce_prod(const NodeInfo& info) {
  return std::make_unique<ProductReduction>(info);
}
std::unique_ptr<Operator> make_reduce_log_sum_exp(const NodeInfo& info) {
  return std::make_unique<LogSumExpReduction>(info);
}

}  // namespace saliency::ops
