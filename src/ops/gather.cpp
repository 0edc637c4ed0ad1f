// Operators that read x at given positions.
//   Gather          https://onnx.ai/onnx/operators/onnx__Gather.html          y[…, i…, …] = x[…, indices[i…], …]
//   Compress        https://onnx.ai/onnx/operators/onnx__Compress.html        the positions at which condition is true
//   GatherElements  https://onnx.ai/onnx/operators/onnx__GatherElements.html  y[i] = x[i with i[axis] = indices[i]]
//   GatherND        https://onnx.ai/onnx/operators/onnx__GatherND.html        y[b, i, …] = x[b, indices[b, i], …]
//   backward        dx[j] = Σ dy[i] over all i that read x[j]
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "ops/index.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

std::vector<std::int64_t> checked_indices(const ConstView& indices, std::int64_t size) {
  std::vector<std::int64_t> result;
  const std::int64_t count = indices.size();
  result.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) result.push_back(checked_index(indices.data[i], size));
  return result;
}

void add_to(std::int64_t count, const Scalar* from, Scalar* to) {
  kernels::accumulate(count, from, to);
}
void copy_to(std::int64_t count, const Scalar* from, Scalar* to) {
  std::copy_n(from, count, to);
}

// x is outer × size × inner, y is outer × indices × inner.
class GatherOperator final : public Operator {
 public:
  GatherOperator(std::size_t axis, std::size_t index_rank) : axis_(axis), index_rank_(index_rank) {}

  // Compress: the indices are known, input 1 is not read; `flat`: x as one long axis.
  GatherOperator(std::size_t axis, Tensor indices, bool flat)
      : axis_(axis), index_rank_(1), fixed_(std::move(indices)), flat_(flat) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape x = flat_ ? Shape{element_count(inputs[0].shape)} : inputs[0].shape;
    const Shape& indices = fixed_ ? fixed_->shape : inputs[1].shape;
    const Tensor* known = fixed_ ? &*fixed_ : inputs[1].constant;
    if (known != nullptr) checked_indices(*known, x[axis_]);
    Shape y(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(axis_));
    y.insert(y.end(), indices.begin(), indices.end());
    y.insert(y.end(), x.begin() + static_cast<std::ptrdiff_t>(axis_) + 1, x.end());
    return {{.shape = std::move(y), .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    for_each_run(context.inputs[0].shape, indices_of(context.inputs), [&](auto x_at, auto y_at, std::int64_t count) {
      copy_to(count, context.inputs[0].data + x_at, y.data + y_at);
    });
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    std::fill_n(dx.data, dx.size(), Scalar{0});
    for_each_run(dx.shape, indices_of(context.inputs), [&](auto x_at, auto y_at, std::int64_t count) {
      add_to(count, context.output_grads[0].data + y_at, dx.data + x_at);
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = fixed_ ? 0U : 2U}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    const int axis = static_cast<int>(axis_), x = input_axes[0];
    const int indices = fixed_ ? -1 : input_axes[1];
    if (x >= 0 && (indices >= 0 || x == axis || flat_)) return std::nullopt;
    if (indices >= 0) return axis + indices;
    return x > axis ? x + static_cast<int>(index_rank_) - 1 : x;
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    if (flat_) return std::nullopt;
    // Where each axis of x lies in the output of g, whose axis `from` is replaced by the axes of the indices.
    const int from = permutation[axis_], added = static_cast<int>(index_rank_);
    std::vector<int> behind;
    for (std::size_t a = 0; a < permutation.size(); ++a) {
      if (a == axis_) {
        for (int i = 0; i < added; ++i) behind.push_back(from + i);
      } else {
        behind.push_back(permutation[a] < from ? permutation[a] : permutation[a] + added - 1);
      }
    }
    axis_ = static_cast<std::size_t>(from);
    return behind;
  }

 private:
  ConstView indices_of(std::span<const ConstView> inputs) const { return fixed_ ? ConstView(*fixed_) : inputs[1]; }

  // run(offset in x, offset in y, count)
  template <class RunBody>
  void for_each_run(std::span<const std::int64_t> x, const ConstView& indices, const RunBody& run) const {
    const std::int64_t size = flat_ ? element_count(x) : x[axis_];
    const std::int64_t outer = flat_ ? 1 : element_count(x.first(axis_));
    const std::int64_t inner = flat_ ? 1 : element_count(x.subspan(axis_ + 1));
    const std::vector<std::int64_t> positions = checked_indices(indices, size);
    std::int64_t y_at = 0;
    for (std::int64_t o = 0; o < outer; ++o) {
      for (const std::int64_t position : positions) {
        run((o * size + position) * inner, y_at, inner);
        y_at += inner;
      }
    }
  }

  std::size_t axis_, index_rank_;
  std::optional<Tensor> fixed_;
  bool flat_ = false;
};

class GatherElementsOperator final : public Operator {
 public:
  explicit GatherElementsOperator(std::size_t axis) : axis_(axis) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    const Shape& indices = inputs[1].shape;
    bool fits = x.size() == indices.size();
    for (std::size_t a = 0; fits && a < x.size(); ++a) fits = a == axis_ || indices[a] <= x[a];
    if (!fits) {
      throw Error(ErrorCode::ShapeMismatch,
                  "indices of shape " + to_string(indices) + " do not lie within " + to_string(x));
    }
    return {{.shape = indices, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    Scalar* y = context.outputs[0].data;
    for_each_element(x.shape, context.inputs[1], [&](std::int64_t x_at, std::int64_t i) { y[i] = x.data[x_at]; });
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    const Scalar* dy = context.output_grads[0].data;
    std::fill_n(dx.data, dx.size(), Scalar{0});
    for_each_element(dx.shape, context.inputs[1], [&](std::int64_t x_at, std::int64_t i) { dx.data[x_at] += dy[i]; });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 2}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    const int axis = input_axes[0];
    if (axis != input_axes[1] || axis == static_cast<int>(axis_)) return std::nullopt;
    if (axis < 0) return -1;
    const auto a = static_cast<std::size_t>(axis);
    if (inputs[0].shape[a] != inputs[1].shape[a]) return std::nullopt;
    return axis;
  }

 private:
  // body(offset in x, element of the indices)
  template <class Body>
  void for_each_element(std::span<const std::int64_t> x, const ConstView& indices, const Body& body) const {
    const Shape strides = strides_of(x);
    Shape index(x.size(), 0);
    const std::int64_t count = indices.size();
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t offset = checked_index(indices.data[i], x[axis_]) * strides[axis_];
      for (std::size_t a = 0; a < x.size(); ++a) offset += a == axis_ ? 0 : index[a] * strides[a];
      body(offset, i);
      for (std::size_t a = x.size(); a-- > 0;) {
        if (++index[a] < indices.shape[a]) break;
        index[a] = 0;
      }
    }
  }

  std::size_t axis_;
};

// x: batch × (indexed axes) × inner; indices: batch × rows × k.
class GatherNdOperator final : public Operator {
 public:
  explicit GatherNdOperator(std::size_t batch_dims) : batch_dims_(batch_dims) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    const Shape& indices = inputs[1].shape;
    const auto k = static_cast<std::size_t>(indices.empty() ? 0 : indices.back());
    bool fits = !indices.empty() && batch_dims_ < indices.size() && batch_dims_ + k <= x.size();
    for (std::size_t a = 0; fits && a < batch_dims_; ++a) fits = x[a] == indices[a];
    if (!fits) {
      throw Error(ErrorCode::ShapeMismatch, "indices of shape " + to_string(indices) + " do not index " + to_string(x) +
                                                " with " + std::to_string(batch_dims_) + " batch axes");
    }
    Shape y(indices.begin(), indices.end() - 1);
    y.insert(y.end(), x.begin() + static_cast<std::ptrdiff_t>(batch_dims_ + k), x.end());
    return {{.shape = std::move(y), .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    Scalar* y = context.outputs[0].data;
    for_each_run(x.shape, context.inputs[1], [&](std::int64_t x_at, std::int64_t y_at, std::int64_t count) {
      copy_to(count, x.data + x_at, y + y_at);
    });
  }

  void backward(const Backward& context) const override {
    const View& dx = context.input_grads[0];
    const Scalar* dy = context.output_grads[0].data;
    std::fill_n(dx.data, dx.size(), Scalar{0});
    for_each_run(dx.shape, context.inputs[1], [&](std::int64_t x_at, std::int64_t y_at, std::int64_t count) {
      add_to(count, dy + y_at, dx.data + x_at);
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 2}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    const int x = input_axes[0], indices = input_axes[1];
    if (x < 0 && indices < 0) return -1;
    const int batch_dims = static_cast<int>(batch_dims_);
    if (x == indices && x < batch_dims) return x;
    const int last = static_cast<int>(inputs[1].shape.size()) - 1;
    const int indexed = batch_dims + static_cast<int>(inputs[1].shape.back());
    if (indices < 0 && x >= indexed) return x - indexed + last;
    if (x < 0 && indices >= batch_dims && indices < last) return indices;
    return std::nullopt;
  }

 private:
  template <class RunBody>
  void for_each_run(std::span<const std::int64_t> x, const ConstView& indices, const RunBody& run) const {
    const auto k = static_cast<std::size_t>(indices.shape.back());
    const std::int64_t batches = element_count(x.first(batch_dims_));
    const std::int64_t inner = element_count(x.subspan(batch_dims_ + k));
    const std::int64_t sample = element_count(x.subspan(batch_dims_));
    const std::int64_t rows = batches == 0 ? 0 : element_count(indices.shape.first(indices.rank() - 1)) / batches;
    const Shape strides = strides_of(x);
    const Scalar* tuple = indices.data;
    std::int64_t y_at = 0;
    for (std::int64_t b = 0; b < batches; ++b) {
      for (std::int64_t r = 0; r < rows; ++r, y_at += inner) {
        std::int64_t x_at = b * sample;
        for (std::size_t i = 0; i < k; ++i)
          x_at += checked_index(*tuple++, x[batch_dims_ + i]) * strides[batch_dims_ + i];
        run(x_at, y_at, inner);
      }
    }
  }

  std::size_t batch_dims_;
};

}  // namespace

std::unique_ptr<Operator> make_gather(const NodeInfo& info) {
  const auto axis = normalized_axis(info.attributes.integer("axis", 0), info.inputs[0].shape.size());
  return std::make_unique<GatherOperator>(static_cast<std::size_t>(axis), info.inputs[1].shape.size());
}

std::unique_ptr<Operator> make_compress(const NodeInfo& info) {
  const Tensor& condition = info.constant_input(1, "condition");
  Tensor indices({0}, std::vector<Scalar>(), DType::Int);
  for (std::size_t i = 0; i < condition.data.size(); ++i) {
    if (condition.data[i] != 0) indices.data.push_back(static_cast<Scalar>(i));
  }
  indices.shape = {indices.size()};
  const bool flat = !info.attributes.has("axis");
  const int axis = flat ? 0 : normalized_axis(info.attributes.integer("axis"), info.inputs[0].shape.size());
  return std::make_unique<GatherOperator>(static_cast<std::size_t>(axis), std::move(indices), flat);
}

std::unique_ptr<Operator> make_gather_elements(const NodeInfo& info) {
  const auto axis = normalized_axis(info.attributes.integer("axis", 0), info.inputs[0].shape.size());
  return std::make_unique<GatherElementsOperator>(static_cast<std::size_t>(axis));
}

std::unique_ptr<Operator> make_gather_nd(const NodeInfo& info) {
  const std::int64_t batch_dims = info.attributes.integer("batch_dims", 0);
  if (batch_dims < 0) throw Error(ErrorCode::ModelInvalid, "'batch_dims' is " + std::to_string(batch_dims));
  return std::make_unique<GatherNdOperator>(static_cast<std::size_t>(batch_dims));
}

}  // namespace saliency::ops
