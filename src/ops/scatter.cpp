// Operators that write updates over (or onto) a copy of x, at given positions.
//   ScatterND        https://onnx.ai/onnx/operators/onnx__ScatterND.html
//   ScatterElements  https://onnx.ai/onnx/operators/onnx__ScatterElements.html  (Scatter before opset 11)
//     none  y[p(i)] = u[i]     add  y[p(i)] += u[i]     mul, max, min likewise
//   backward  none  dx = dy, 0 at all p(i)    du[i] = dy[p(i)], 0 for an update that a later one overwrites
//             add   dx = dy                   du[i] = dy[p(i)]
//             mul, max, min have none
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "ops/index.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

enum class Reduction { None, Add, Mul, Max, Min };

Reduction reduction_named(const std::string& name) {
  if (name == "none") return Reduction::None;
  if (name == "add") return Reduction::Add;
  if (name == "mul") return Reduction::Mul;
  if (name == "max") return Reduction::Max;
  if (name == "min") return Reduction::Min;
  throw Error(ErrorCode::ModelInvalid, "'reduction' is '" + name + "'",
              {.expected = "none, add, mul, max or min", .actual = name});
}

class ScatterOperator : public Operator {
 public:
  explicit ScatterOperator(Reduction reduction) : reduction_(reduction) {}

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    const Scalar* updates = context.inputs[2].data;
    std::copy_n(x.data, x.size(), y.data);
    const std::int64_t run = run_length(x.shape, context.inputs[1].shape);
    const std::vector<std::int64_t> targets = offsets(x.shape, context.inputs[1]);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const Scalar* from = updates + static_cast<std::int64_t>(i) * run;
      Scalar* to = y.data + targets[i];
      for (std::int64_t j = 0; j < run; ++j) to[j] = reduced(to[j], from[j]);
    }
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    const View du = context.input_grads.size() > 2 ? context.input_grads[2] : View();
    const std::int64_t run = run_length(dy.shape, context.inputs[1].shape);
    const std::vector<std::int64_t> targets = offsets(dy.shape, context.inputs[1]);
    if (dx) {
      std::copy_n(dy.data, dy.size(), dx.data);
      if (reduction_ == Reduction::None) {
        for (const std::int64_t target : targets) std::fill_n(dx.data + target, run, Scalar{0});
      }
    }
    if (!du) return;
    std::vector<char> taken(reduction_ == Reduction::None ? static_cast<std::size_t>(dy.size()) : 0, 0);
    for (std::size_t i = targets.size(); i-- > 0;) {
      Scalar* to = du.data + static_cast<std::int64_t>(i) * run;
      bool overwritten = false;
      if (reduction_ == Reduction::None && run > 0) {
        overwritten = std::exchange(taken[static_cast<std::size_t>(targets[i])], char{1}) != 0;
      }
      if (overwritten) {
        std::fill_n(to, run, Scalar{0});
      } else {
        std::copy_n(dy.data + targets[i], run, to);
      }
    }
  }

  bool has_gradient(std::size_t input) const override {
    return (input == 0 || input == 2) && (reduction_ == Reduction::None || reduction_ == Reduction::Add);
  }
  BackwardNeeds needs() const override { return {.inputs = 2}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    const bool shared = std::all_of(input_axes.begin(), input_axes.end(), [](int axis) { return axis < 0; });
    return shared ? std::optional<int>(-1) : std::nullopt;
  }

 protected:
  // How many neighbouring elements one update writes, and where in x each update begins.
  virtual std::int64_t run_length(std::span<const std::int64_t> x, std::span<const std::int64_t> indices) const = 0;
  virtual std::vector<std::int64_t> offsets(std::span<const std::int64_t> x, const ConstView& indices) const = 0;

 private:
  Scalar reduced(Scalar y, Scalar update) const {
    switch (reduction_) {
      case Reduction::Add: return y + update;
      case Reduction::Mul: return y * update;
      case Reduction::Max: return std::max(y, update);
      case Reduction::Min: return std::min(y, update);
      default: return update;
    }
  }

  Reduction reduction_;
};

class ScatterNdOperator final : public ScatterOperator {
 public:
  using ScatterOperator::ScatterOperator;

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    const Shape& indices = inputs[1].shape;
    bool fits = !indices.empty() && indices.back() <= static_cast<std::int64_t>(x.size());
    Shape updates;
    if (fits) {
      updates.assign(indices.begin(), indices.end() - 1);
      updates.insert(updates.end(), x.begin() + static_cast<std::ptrdiff_t>(indices.back()), x.end());
      fits = inputs[2].shape == updates;
    }
    if (!fits) {
      throw Error(ErrorCode::ShapeMismatch,
                  "indices " + to_string(indices) + " and updates " + to_string(inputs[2].shape) + " do not fit " +
                      to_string(x),
                  {.expected = "updates of shape " + to_string(updates), .actual = to_string(inputs[2].shape)});
    }
    return {{.shape = x, .dtype = inputs[0].dtype}};
  }

 protected:
  std::int64_t run_length(std::span<const std::int64_t> x, std::span<const std::int64_t> indices) const override {
    return element_count(x.subspan(static_cast<std::size_t>(indices.back())));
  }

  std::vector<std::int64_t> offsets(std::span<const std::int64_t> x, const ConstView& indices) const override {
    const auto k = static_cast<std::size_t>(indices.shape.back());
    const Shape strides = strides_of(x);
    const std::int64_t rows = element_count(indices.shape.first(indices.rank() - 1));
    std::vector<std::int64_t> result(static_cast<std::size_t>(rows), 0);
    const Scalar* tuple = indices.data;
    for (std::int64_t& offset : result) {
      for (std::size_t i = 0; i < k; ++i) offset += checked_index(*tuple++, x[i]) * strides[i];
    }
    return result;
  }
};

class ScatterElementsOperator final : public ScatterOperator {
 public:
  ScatterElementsOperator(Reduction reduction, std::size_t axis) : ScatterOperator(reduction), axis_(axis) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    const Shape& indices = inputs[1].shape;
    bool fits = x.size() == indices.size() && inputs[2].shape == indices;
    for (std::size_t a = 0; fits && a < x.size(); ++a) fits = a == axis_ || indices[a] <= x[a];
    if (!fits) {
      throw Error(ErrorCode::ShapeMismatch, "indices " + to_string(indices) + " and updates " +
                                                to_string(inputs[2].shape) + " do not fit " + to_string(x));
    }
    return {{.shape = x, .dtype = inputs[0].dtype}};
  }

 protected:
  std::int64_t run_length(std::span<const std::int64_t>, std::span<const std::int64_t>) const override { return 1; }

  std::vector<std::int64_t> offsets(std::span<const std::int64_t> x, const ConstView& indices) const override {
    const Shape strides = strides_of(x);
    std::vector<std::int64_t> result(static_cast<std::size_t>(indices.size()), 0);
    Shape index(x.size(), 0);
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = checked_index(indices.data[i], x[axis_]) * strides[axis_];
      for (std::size_t a = 0; a < x.size(); ++a) result[i] += a == axis_ ? 0 : index[a] * strides[a];
      for (std::size_t a = x.size(); a-- > 0;) {
        if (++index[a] < indices.shape[a]) break;
        index[a] = 0;
      }
    }
    return result;
  }

 private:
  std::size_t axis_;
};

}  // namespace

std::unique_ptr<Operator> make_scatter_nd(const NodeInfo& info) {
  return std::make_unique<ScatterNdOperator>(reduction_named(info.attributes.text("reduction", "none")));
}

std::unique_ptr<Operator> make_scatter_elements(const NodeInfo& info) {
  const auto axis = normalized_axis(info.attributes.integer("axis", 0), info.inputs[0].shape.size());
  return std::make_unique<ScatterElementsOperator>(reduction_named(info.attributes.text("reduction", "none")),
                                                   static_cast<std::size_t>(axis));
}

}  // namespace saliency::ops
