// CumSum: y[k] = Σ x[0…k] along an axis. https://onnx.ai/onnx/operators/onnx__CumSum.html
//   exclusive  without x[k] itself    reverse  Σ x[k…]
//   backward   the same sum in the other direction
#include "base/error.h"
#include "ops/index.h"
#include "ops/lines.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

enum class Direction { Forwards, Backwards };

class CumSumOperator final : public Operator {
 public:
  CumSumOperator(std::size_t axis, Direction direction, bool exclusive)
      : axis_(axis), direction_(direction), exclusive_(exclusive) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    sum(Lines(x.shape, axis_), direction_, x.data, context.outputs[0].data);
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const Direction opposite = direction_ == Direction::Forwards ? Direction::Backwards : Direction::Forwards;
    sum(Lines(dy.shape, axis_), opposite, dy.data, context.input_grads[0].data);
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    if (input_axes[0] == static_cast<int>(axis_)) return std::nullopt;
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    axis_ = static_cast<std::size_t>(permutation[axis_]);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  void sum(const Lines& lines, Direction direction, const Scalar* x, Scalar* y) const {
    for (std::int64_t line = 0; line < lines.count(); ++line) {
      const std::int64_t first = lines.begin(line);
      double total = 0;
      for (std::int64_t i = 0; i < lines.size; ++i) {
        const std::int64_t k = direction == Direction::Forwards ? i : lines.size - 1 - i;
        const std::int64_t at = first + k * lines.inner;
        const double with_own = total + static_cast<double>(x[at]);
        y[at] = static_cast<Scalar>(exclusive_ ? total : with_own);
        total = with_own;
      }
    }
  }

  std::size_t axis_;
  Direction direction_;
  bool exclusive_;
};

}  // namespace

std::unique_ptr<Operator> make_cum_sum(const NodeInfo& info) {
  const auto axis = bounded_integer(info.constant_input(1, "axis").data.at(0));
  return std::make_unique<CumSumOperator>(
      static_cast<std::size_t>(normalized_axis(axis, info.inputs[0].shape.size())),
      info.attributes.integer("reverse", 0) != 0 ? Direction::Backwards : Direction::Forwards,
      info.attributes.integer("exclusive", 0) != 0);
}

}  // namespace saliency::ops
