// Slice: y[i] = x[start + i·step] along each axis. https://onnx.ai/onnx/operators/onnx__Slice.html
//   backward  dx[start + i·step] = dy[i], 0 elsewhere
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "ops/operator.h"
#include "ops/registry.h"
#include "ops/strided.h"

namespace saliency::ops {
namespace {

// Along one axis. A whole axis has any size, e.g. a batch of any number of samples.
struct Range {
  bool whole = true;
  std::int64_t start = 0, step = 1, count = 0;
};

class SliceOperator final : public Operator {
 public:
  explicit SliceOperator(std::vector<Range> ranges) : ranges_(std::move(ranges)) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    ValueType output{.shape = inputs[0].shape, .dtype = inputs[0].dtype};
    for (std::size_t a = 0; a < ranges_.size(); ++a) {
      if (!ranges_[a].whole) output.shape[a] = ranges_[a].count;
    }
    return {output};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    const Shape strides = strides_of(x.shape);
    copy_strided(y.shape, x.data + offset(strides), stepped(strides), y.data, strides_of(y.shape));
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    const Shape strides = strides_of(dx.shape);
    std::fill_n(dx.data, dx.size(), Scalar{0});
    copy_strided(dy.shape, dy.data, strides_of(dy.shape), dx.data + offset(strides), stepped(strides));
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    const int axis = input_axes[0];
    if (axis >= 0 && !ranges_[static_cast<std::size_t>(axis)].whole) return std::nullopt;
    return axis;
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    std::vector<Range> ranges(ranges_.size());
    for (std::size_t a = 0; a < ranges_.size(); ++a) ranges[static_cast<std::size_t>(permutation[a])] = ranges_[a];
    ranges_ = std::move(ranges);
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  std::int64_t offset(const Shape& strides) const {
    std::int64_t sum = 0;
    for (std::size_t a = 0; a < ranges_.size(); ++a) sum += ranges_[a].start * strides[a];
    return sum;
  }

  Shape stepped(Shape strides) const {
    for (std::size_t a = 0; a < ranges_.size(); ++a) strides[a] *= ranges_[a].step;
    return strides;
  }

  std::vector<Range> ranges_;
};

// Python's rules: negative positions count from the end, positions outside are cut.
Range range_of(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  if (step == 0) throw Error(ErrorCode::ModelInvalid, "'steps' contains 0");
  const std::int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? size : size - 1;
  const auto position = [&](std::int64_t p) { return std::clamp(p < 0 ? p + size : p, lowest, highest); };
  Range range{.whole = false, .start = position(start), .step = step};
  const std::int64_t span = step > 0 ? position(end) - range.start : range.start - position(end);
  const std::int64_t stride = step > 0 ? step : step == INT64_MIN ? INT64_MAX : -step;
  range.count = span <= 0 ? 0 : (span - 1) / stride + 1;
  if (range.count <= 1) range.step = 1;
  if (range.count == 0) range.start = 0;
  range.whole = range.start == 0 && range.step == 1 && range.count == size;
  return range;
}

}  // namespace

std::unique_ptr<Operator> make_slice(const NodeInfo& info) {
  const Shape& input = info.inputs[0].shape;
  const auto starts = info.integers("starts", 1);
  const auto ends = info.integers("ends", 2);
  if (!starts || !ends) throw Error(ErrorCode::ModelInvalid, "'starts' or 'ends' is missing");
  std::vector<std::int64_t> all(starts->size());
  std::iota(all.begin(), all.end(), 0);
  const std::vector<std::int64_t> axes = info.integers("axes", 3).value_or(all);
  const std::vector<std::int64_t> steps = info.integers("steps", 4).value_or(std::vector<std::int64_t>(all.size(), 1));
  if (ends->size() != all.size() || axes.size() != all.size() || steps.size() != all.size()) {
    throw Error(ErrorCode::ModelInvalid, "'starts', 'ends', 'axes' and 'steps' differ in length");
  }
  std::vector<Range> ranges(input.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(normalized_axis(axes[i], input.size()));
    ranges[axis] = range_of((*starts)[i], (*ends)[i], steps[i], input[axis]);
  }
  return std::make_unique<SliceOperator>(std::move(ranges));
}

}  // namespace saliency::ops
