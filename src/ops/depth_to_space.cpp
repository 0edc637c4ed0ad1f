// Blocks of b×b pixels out of channels, and back. Images are n×h×w×c here (registry: ChannelsLast).
//   DepthToSpace  https://onnx.ai/onnx/operators/onnx__DepthToSpace.html
//     DCR  y[n, h·b + i, w·b + j, c] = x[n, h, w, (i·b + j)·C + c]      C channels of y
//     CRD  y[n, h·b + i, w·b + j, c] = x[n, h, w, (c·b + i)·b + j]
//   SpaceToDepth  https://onnx.ai/onnx/operators/onnx__SpaceToDepth.html   the inverse of DCR
//   backward      each is the other's adjoint
#include "base/error.h"
#include "ops/operator.h"
#include "ops/registry.h"
#include "ops/strided.h"

namespace saliency::ops {
namespace {

enum class Order { DepthColumnRow, ColumnRowDepth };
enum class Target { Space, Depth };

class BlockOperator final : public Operator {
 public:
  BlockOperator(Target target, Order order, std::int64_t block) : target_(target), order_(order), block_(block) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    const std::int64_t area = block_ * block_;
    const bool fits =
        shape.size() == 4 &&
        (target_ == Target::Space ? shape[3] % area == 0 : shape[1] % block_ == 0 && shape[2] % block_ == 0);
    if (!fits) {
      throw Error(ErrorCode::ShapeMismatch, "an image of shape " + to_string(shape) +
                                                " (n×h×w×c) can't be regrouped by " + std::to_string(block_) + "×" +
                                                std::to_string(block_));
    }
    if (target_ == Target::Space) {
      shape = {shape[0], shape[1] * block_, shape[2] * block_, shape[3] / area};
    } else {
      shape = {shape[0], shape[1] / block_, shape[2] / block_, shape[3] * area};
    }
    return {{.shape = std::move(shape), .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const View& y = context.outputs[0];
    target_ == Target::Space ? to_space(x.shape, x.data, y.data) : to_depth(y.shape, x.data, y.data);
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const View& dx = context.input_grads[0];
    target_ == Target::Space ? to_depth(dx.shape, dy.data, dx.data) : to_space(dy.shape, dy.data, dx.data);
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return input_axes[0] > 0 ? std::nullopt : std::optional<int>(input_axes[0]);
  }

 private:
  // The walk n, h, i, w, j, c through the deep image and the wide one.
  struct Walk {
    Shape shape, deep, wide;
  };

  Walk walk_of(std::span<const std::int64_t> deep) const {
    const std::int64_t b = block_, n = deep[0], h = deep[1], w = deep[2], all = deep[3], c = all / (b * b);
    Walk walk{.shape = {n, h, b, w, b, c}, .deep = {}, .wide = strides_of(Shape{n, h, b, w, b, c})};
    if (order_ == Order::DepthColumnRow) {
      walk.deep = {h * w * all, w * all, b * c, all, c, 1};
    } else {
      walk.deep = {h * w * all, w * all, b, all, 1, b * b};
    }
    return walk;
  }

  void to_space(std::span<const std::int64_t> deep, const Scalar* x, Scalar* y) const {
    const Walk walk = walk_of(deep);
    copy_strided(walk.shape, x, walk.deep, y, walk.wide);
  }

  void to_depth(std::span<const std::int64_t> deep, const Scalar* x, Scalar* y) const {
    const Walk walk = walk_of(deep);
    copy_strided(walk.shape, x, walk.wide, y, walk.deep);
  }

  Target target_;
  Order order_;
  std::int64_t block_;
};

std::int64_t block_of(const NodeInfo& info) {
  const std::int64_t block = info.attributes.integer("blocksize");
  if (block < 1 || block > 4096) throw Error(ErrorCode::ModelInvalid, "'blocksize' is " + std::to_string(block));
  return block;
}

}  // namespace

std::unique_ptr<Operator> make_depth_to_space(const NodeInfo& info) {
  const std::string mode = info.attributes.text("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") {
    throw Error(ErrorCode::ModelInvalid, "'mode' is '" + mode + "'", {.expected = "DCR or CRD", .actual = mode});
  }
  const Order order = mode == "DCR" ? Order::DepthColumnRow : Order::ColumnRowDepth;
  return std::make_unique<BlockOperator>(Target::Space, order, block_of(info));
}

std::unique_ptr<Operator> make_space_to_depth(const NodeInfo& info) {
  return std::make_unique<BlockOperator>(Target::Depth, Order::DepthColumnRow, block_of(info));
}

}  // namespace saliency::ops
