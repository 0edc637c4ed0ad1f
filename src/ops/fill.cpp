// Operators that make tensors out of constants.
//   ConstantOfShape  https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html   y = value, of the given shape
//   Range            https://onnx.ai/onnx/operators/onnx__Range.html             y = start, start + delta, … < limit
//   NonZero          https://onnx.ai/onnx/operators/onnx__NonZero.html           y[:, i] = where x is not 0
//   OneHot           https://onnx.ai/onnx/operators/onnx__OneHot.html            y = on at index, off elsewhere
// The shapes of the first three depend on numbers, which must therefore be constants; OneHot's indices may be computed.
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "ops/index.h"
#include "ops/lines.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

// y is known when the node is read.
class KnownOperator final : public Operator {
 public:
  explicit KnownOperator(Tensor value) : value_(std::move(value)) {}

  std::vector<ValueType> infer(std::span<const ValueType>) const override {
    return {{.shape = value_.shape, .dtype = value_.dtype}};
  }
  void forward(const Forward& context) const override {
    std::copy(value_.data.begin(), value_.data.end(), context.outputs[0].data);
  }
  std::optional<int> batch_axis(std::span<const int>, std::span<const ValueType>,
                                std::span<const ValueType>) const override {
    return -1;
  }

 private:
  Tensor value_;
};

class OneHotOperator final : public Operator {
 public:
  OneHotOperator(std::size_t axis, std::int64_t depth, Scalar off, Scalar on, DType dtype)
      : axis_(axis), depth_(depth), off_(off), on_(on), dtype_(dtype) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis_), depth_);
    return {{.shape = std::move(shape), .dtype = dtype_}};
  }

  // An index outside of −depth … depth−1 makes a line of `off` values, as ONNX has it.
  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    const Lines lines(y.shape, axis_);
    std::fill_n(y.data, y.size(), off_);
    for (std::int64_t line = 0; line < lines.count(); ++line) {
      const Scalar given = std::trunc(context.inputs[0].data[line]);
      const auto depth = static_cast<Scalar>(depth_);
      if (!(given >= -depth && given < depth)) continue;
      const auto index = static_cast<std::int64_t>(given);
      y.data[lines.begin(line) + (index < 0 ? index + depth_ : index) * lines.inner] = on_;
    }
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return input_axes[0] >= static_cast<int>(axis_) ? input_axes[0] + 1 : input_axes[0];
  }

 private:
  std::size_t axis_;
  std::int64_t depth_;
  Scalar off_, on_;
  DType dtype_;
};

// What a file of a few bytes may ask for.
constexpr std::int64_t kLargestFill = std::int64_t{1} << 28;

void check_size(std::int64_t count) {
  if (count > kLargestFill) {
    throw Error(ErrorCode::OutOfMemory, "it makes " + std::to_string(count) + " elements",
                {.expected = "at most 2^28", .actual = std::to_string(count)});
  }
}

}  // namespace

std::unique_ptr<Operator> make_constant_of_shape(const NodeInfo& info) {
  const Tensor* value = info.attributes.tensor("value");
  const Shape shape = info.integers("shape", 0).value_or(Shape());
  check_size(element_count(shape));
  if (value != nullptr && value->data.size() != 1) {
    throw Error(ErrorCode::ModelInvalid, "'value' has " + std::to_string(value->data.size()) + " elements, not one");
  }
  if (value == nullptr) return std::make_unique<KnownOperator>(Tensor(shape));
  return std::make_unique<KnownOperator>(Tensor(shape, value->data[0], value->dtype));
}

std::unique_ptr<Operator> make_range(const NodeInfo& info) {
  const Tensor& start = info.constant_input(0, "start");
  const double first = static_cast<double>(start.data.at(0));
  const double limit = static_cast<double>(info.constant_input(1, "limit").data.at(0));
  const double delta = static_cast<double>(info.constant_input(2, "delta").data.at(0));
  const double steps = std::ceil((limit - first) / delta);
  if (delta == 0 || std::isnan(steps)) throw Error(ErrorCode::ModelInvalid, "'delta' is 0 or a limit is no number");
  if (steps > static_cast<double>(kLargestFill)) check_size(kLargestFill + 1);
  const auto count = static_cast<std::int64_t>(std::max(steps, 0.0));
  Tensor values({count}, Scalar{0}, start.dtype);
  for (std::int64_t i = 0; i < count; ++i) {
    values.data[static_cast<std::size_t>(i)] = static_cast<Scalar>(first + static_cast<double>(i) * delta);
  }
  return std::make_unique<KnownOperator>(std::move(values));
}

std::unique_ptr<Operator> make_non_zero(const NodeInfo& info) {
  const Tensor& x = info.constant_input(0, "X");
  const std::size_t rank = std::max<std::size_t>(x.shape.size(), 1);
  const Shape strides = x.shape.empty() ? Shape{1} : strides_of(x.shape);
  std::vector<std::int64_t> found;
  for (std::size_t i = 0; i < x.data.size(); ++i) {
    if (x.data[i] != 0) found.push_back(static_cast<std::int64_t>(i));
  }
  Tensor positions({static_cast<std::int64_t>(rank), static_cast<std::int64_t>(found.size())}, Scalar{0}, DType::Int);
  for (std::size_t a = 0; a < rank; ++a) {
    const std::int64_t size = x.shape.empty() ? 1 : x.shape[a];
    for (std::size_t i = 0; i < found.size(); ++i) {
      positions.data[a * found.size() + i] = static_cast<Scalar>(found[i] / strides[a] % size);
    }
  }
  return std::make_unique<KnownOperator>(std::move(positions));
}

std::unique_ptr<Operator> make_one_hot(const NodeInfo& info) {
  const auto depth = bounded_integer(info.constant_input(1, "depth").data.at(0));
  const Tensor& values = info.constant_input(2, "values");
  const std::size_t rank = info.inputs[0].shape.size() + 1;
  const int axis = normalized_axis(info.attributes.integer("axis", -1), rank);
  if (depth < 1 || values.data.size() != 2) {
    throw Error(
        ErrorCode::ModelInvalid,
        "'depth' is " + std::to_string(depth) + ", 'values' has " + std::to_string(values.data.size()) + " elements",
        {.expected = "a positive depth and two values", .actual = "others"});
  }
  return std::make_unique<OneHotOperator>(static_cast<std::size_t>(axis), depth, values.data[0], values.data[1],
                                          values.dtype);
}

}  // namespace saliency::ops
