// Operators that read only how large x is; the graph computes them at load.
//   Shape    https://onnx.ai/onnx/operators/onnx__Shape.html     y = x's sizes, from axis `start` to before `end`
//   Size     https://onnx.ai/onnx/operators/onnx__Size.html      y = x's number of elements
//   EyeLike  https://onnx.ai/onnx/operators/onnx__EyeLike.html   y = 1 on diagonal k, 0 elsewhere
#include <algorithm>

#include "base/error.h"
#include "ops/element_type.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class ShapeReader : public Operator {
 public:
  bool reads_only_shapes() const override { return true; }
};

class ShapeOperator final : public ShapeReader {
 public:
  ShapeOperator(std::size_t begin, std::size_t end) : begin_(begin), end_(std::max(begin, end)) {}

  std::vector<ValueType> infer(std::span<const ValueType>) const override {
    return {{.shape = {static_cast<std::int64_t>(end_ - begin_)}, .dtype = DType::Int}};
  }

  void forward(const Forward& context) const override {
    const auto sizes = context.inputs[0].shape.subspan(begin_, end_ - begin_);
    std::copy(sizes.begin(), sizes.end(), context.outputs[0].data);
  }

 private:
  std::size_t begin_, end_;
};

class SizeOperator final : public ShapeReader {
 public:
  std::vector<ValueType> infer(std::span<const ValueType>) const override { return {{.dtype = DType::Int}}; }
  void forward(const Forward& context) const override {
    context.outputs[0].data[0] = static_cast<Scalar>(context.inputs[0].size());
  }
};

class EyeLikeOperator final : public ShapeReader {
 public:
  EyeLikeOperator(std::int64_t diagonal, DType dtype) : diagonal_(diagonal), dtype_(dtype) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    if (inputs[0].shape.size() != 2) {
      throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(inputs[0].shape) + ", not a matrix's");
    }
    return {{.shape = inputs[0].shape, .dtype = dtype_}};
  }

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    std::fill_n(y.data, y.size(), Scalar{0});
    for (std::int64_t row = 0; row < y.shape[0]; ++row) {
      const std::int64_t column = row + diagonal_;
      if (column >= 0 && column < y.shape[1]) y.data[row * y.shape[1] + column] = 1;
    }
  }

 private:
  std::int64_t diagonal_;
  DType dtype_;
};

}  // namespace

std::unique_ptr<Operator> make_shape(const NodeInfo& info) {
  const auto rank = static_cast<std::int64_t>(info.inputs[0].shape.size());
  const auto position = [&](const char* name, std::int64_t fallback) {
    const std::int64_t given = info.attributes.integer(name, fallback);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(given < 0 ? given + rank : given, 0, rank));
  };
  return std::make_unique<ShapeOperator>(position("start", 0), position("end", rank));
}

std::unique_ptr<Operator> make_size(const NodeInfo& /*info*/) {
  return std::make_unique<SizeOperator>();
}

std::unique_ptr<Operator> make_eye_like(const NodeInfo& info) {
  constexpr std::int64_t kFar = std::int64_t{1} << 40;  // beyond any matrix
  const DType dtype =
      info.attributes.has("dtype") ? element_type(info.attributes.integer("dtype")).dtype : info.inputs[0].dtype;
  return std::make_unique<EyeLikeOperator>(std::clamp<std::int64_t>(info.attributes.integer("k", 0), -kFar, kFar),
                                           dtype);
}

}  // namespace saliency::ops
