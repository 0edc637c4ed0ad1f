// Positions and values of the largest and smallest elements along an axis.
//   ArgMax, ArgMin  https://onnx.ai/onnx/operators/onnx__ArgMax.html   no gradient
//   TopK            https://onnx.ai/onnx/operators/onnx__TopK.html     values and their positions
//     backward      dx[position of value i] = dy[i], 0 elsewhere
// Of equal values the first counts (ArgMax: the last on request); NaN is larger than all numbers.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/index.h"
#include "ops/lines.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

bool is_less(Scalar a, Scalar b) {
  return std::isnan(b) ? !std::isnan(a) : a < b;
}

enum class Extreme { Largest, Smallest };
enum class Ties { First, Last };

bool is_better(Extreme extreme, Scalar a, Scalar b) {
  return extreme == Extreme::Largest ? is_less(b, a) : is_less(a, b);
}

std::optional<int> axis_without(int axis, std::size_t reduced, bool keeps_dimension) {
  if (axis == static_cast<int>(reduced)) return std::nullopt;
  return axis > static_cast<int>(reduced) && !keeps_dimension ? axis - 1 : axis;
}

class ArgOperator final : public Operator {
 public:
  ArgOperator(Extreme extreme, Ties ties, std::size_t axis, bool keeps_dimension)
      : extreme_(extreme), ties_(ties), axis_(axis), keeps_dimension_(keeps_dimension) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    if (shape[axis_] == 0) throw Error(ErrorCode::ShapeMismatch, "the axis " + std::to_string(axis_) + " is empty");
    if (keeps_dimension_) {
      shape[axis_] = 1;
    } else {
      shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis_));
    }
    return {{.shape = std::move(shape), .dtype = DType::Int}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const Lines lines(x.shape, axis_);
    for (std::int64_t line = 0; line < lines.count(); ++line) {
      const Scalar* first = x.data + lines.begin(line);
      std::int64_t best = 0;
      for (std::int64_t k = 1; k < lines.size; ++k) {
        const Scalar candidate = first[k * lines.inner], so_far = first[best * lines.inner];
        const bool wins =
            ties_ == Ties::First ? is_better(extreme_, candidate, so_far) : !is_better(extreme_, so_far, candidate);
        if (wins) best = k;
      }
      context.outputs[0].data[line] = static_cast<Scalar>(best);
    }
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return axis_without(input_axes[0], axis_, keeps_dimension_);
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    const int reduced = permutation[axis_];
    std::vector<int> behind;
    for (std::size_t a = 0; a < permutation.size(); ++a) {
      if (keeps_dimension_) {
        behind.push_back(permutation[a]);
      } else if (a != axis_) {
        behind.push_back(permutation[a] > reduced ? permutation[a] - 1 : permutation[a]);
      }
    }
    axis_ = static_cast<std::size_t>(reduced);
    return behind;
  }

 private:
  Extreme extreme_;
  Ties ties_;
  std::size_t axis_;
  bool keeps_dimension_;
};

class TopKOperator final : public Operator {
 public:
  TopKOperator(Extreme extreme, std::size_t axis, std::int64_t k) : extreme_(extreme), axis_(axis), k_(k) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    if (k_ < 0 || k_ > shape[axis_]) {
      throw Error(ErrorCode::ModelInvalid, "'k' is " + std::to_string(k_) + ", axis " + std::to_string(axis_) +
                                               " has " + std::to_string(shape[axis_]) + " elements");
    }
    shape[axis_] = k_;
    return {{.shape = shape, .dtype = inputs[0].dtype}, {.shape = shape, .dtype = DType::Int}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const Lines lines(x.shape, axis_);
    Scalar* values = context.outputs[0].data;
    Scalar* positions = context.outputs.size() > 1 ? context.outputs[1].data : nullptr;
    auto* saved = static_cast<std::int32_t*>(context.saved);
    std::vector<std::int32_t> order(static_cast<std::size_t>(lines.size));
    for (std::int64_t line = 0; line < lines.count(); ++line) {
      const Scalar* first = x.data + lines.begin(line);
      std::iota(order.begin(), order.end(), 0);
      std::partial_sort(order.begin(), order.begin() + k_, order.end(), [&](std::int32_t a, std::int32_t b) {
        const Scalar value_a = first[a * lines.inner], value_b = first[b * lines.inner];
        if (is_better(extreme_, value_a, value_b)) return true;
        return !is_better(extreme_, value_b, value_a) && a < b;
      });
      const std::int64_t out = output_begin(lines, line);
      for (std::int64_t i = 0; i < k_; ++i) {
        const std::int32_t position = order[static_cast<std::size_t>(i)];
        const std::int64_t at = out + i * lines.inner;
        if (values != nullptr) values[at] = first[position * lines.inner];
        if (positions != nullptr) positions[at] = static_cast<Scalar>(position);
        if (saved != nullptr) saved[at] = position;
      }
    }
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    const Scalar* dy = context.output_grads[0].data;
    const auto* saved = static_cast<const std::int32_t*>(context.saved);
    const Lines lines(dx.shape, axis_);
    std::fill_n(dx.data, dx.size(), Scalar{0});
    if (dy == nullptr) return;
    for (std::int64_t line = 0; line < lines.count(); ++line) {
      const std::int64_t out = output_begin(lines, line);
      for (std::int64_t i = 0; i < k_; ++i) {
        const std::int64_t at = out + i * lines.inner;
        dx.data[lines.begin(line) + saved[at] * lines.inner] = dy[at];
      }
    }
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::size_t saved_bytes(std::span<const ConstView> inputs, std::span<const View> /*outputs*/) const override {
    const Lines lines(inputs[0].shape, axis_);
    return static_cast<std::size_t>(lines.count() * k_) * sizeof(std::int32_t);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return axis_without(input_axes[0], axis_, true);
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    axis_ = static_cast<std::size_t>(permutation[axis_]);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  std::int64_t output_begin(const Lines& lines, std::int64_t line) const {
    return line / lines.inner * k_ * lines.inner + line % lines.inner;
  }

  Extreme extreme_;
  std::size_t axis_;
  std::int64_t k_;
};

std::unique_ptr<Operator> make_arg(const NodeInfo& info, Extreme extreme) {
  const int axis = normalized_axis(info.attributes.integer("axis", 0), info.inputs[0].shape.size());
  const Ties ties = info.attributes.integer("select_last_index", 0) != 0 ? Ties::Last : Ties::First;
  return std::make_unique<ArgOperator>(extreme, ties, static_cast<std::size_t>(axis),
                                       info.attributes.integer("keepdims", 1) != 0);
}

}  // namespace

std::unique_ptr<Operator> make_arg_max(const NodeInfo& info) {
  return make_arg(info, Extreme::Largest);
}
std::unique_ptr<Operator> make_arg_min(const NodeInfo& info) {
  return make_arg(info, Extreme::Smallest);
}

// k is an attribute before opset 10. The values always come sorted, which `sorted` = 0 allows.
std::unique_ptr<Operator> make_top_k(const NodeInfo& info) {
  const int axis = normalized_axis(info.attributes.integer("axis", -1), info.inputs[0].shape.size());
  const Extreme extreme = info.attributes.integer("largest", 1) != 0 ? Extreme::Largest : Extreme::Smallest;
  const std::int64_t k =
      info.attributes.has("k") ? info.attributes.integer("k") : bounded_integer(info.constant_input(1, "k").data.at(0));
  return std::make_unique<TopKOperator>(extreme, static_cast<std::size_t>(axis), k);
}

}  // namespace saliency::ops
