// MaxPool, AveragePool and LpPool of three spatial axes, as two pools.
//   x: n×d×h×w×c  → over planes, of (n·d)×h×w×c →  m: n×d×oh×ow×c  → along d, of n×d×(oh·ow)×c →  y: n×od×oh×ow×c
// Saves what the two save, and m where one of them reads it again.
#include <cstddef>
#include <string>
#include <vector>

#include "base/error.h"
#include "ops/registry.h"
#include "ops/volume.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

class VolumePool final : public Operator {
 public:
  VolumePool(const NodeInfo& info, Factory make) {
    if (info.output_count > 1) {
      throw Error(
          ErrorCode::UnsupportedOperator, "the indices of winners in three spatial axes",
          {.expected = "a pool whose indices nobody reads", .remedy = "export the model without return_indices"});
    }
    if (!info.attributes.has("kernel_shape")) {
      throw Error(ErrorCode::ModelInvalid, "attribute 'kernel_shape' is missing");
    }
    const Shape& x = info.inputs[0].shape;
    const Attributes within = window_attributes(info, 1, 2);
    const ValueType planes[] = {{.shape = {x[0] * x[1], x[2], x[3], x[4]}, .dtype = info.inputs[0].dtype}};
    planes_ = make({.type = info.type, .opset = info.opset, .attributes = within, .inputs = planes});
    const Shape pooled = planes_->infer(planes)[0].shape;

    const Attributes along = as_rows(window_attributes(info, 0, 1));
    const ValueType columns[] = {{.shape = {x[0], x[1], pooled[1] * pooled[2], x[4]}, .dtype = info.inputs[0].dtype}};
    columns_ = make({.type = info.type, .opset = info.opset, .attributes = along, .inputs = columns});
    pooled_ = {.depth = columns_->infer(columns)[0].shape[1], .height = pooled[1], .width = pooled[2]};
    keeps_middle_ = planes_->needs().outputs != 0 || columns_->needs().inputs != 0;
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& x = inputs[0].shape;
    return {{.shape = {x[0], pooled_.depth, pooled_.height, pooled_.width, x[4]}, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    const Parts parts(*this, context.inputs[0].shape);
    const Saved saved(*this, parts, context.saved);
    std::vector<Scalar> own;
    Scalar* middle = saved.middle;
    if (middle == nullptr) {
      own.resize(static_cast<std::size_t>(element_count(parts.m)));
      middle = own.data();
    }
    const ConstView x[] = {ConstView(parts.x, context.inputs[0].data)}, m[] = {ConstView(parts.columns, middle)};
    const View pooled[] = {View(parts.m, middle)}, y[] = {View(parts.y, context.outputs[0].data)};
    planes_->forward({.inputs = x, .outputs = pooled, .saved = saved.planes});
    columns_->forward({.inputs = m, .outputs = y, .saved = saved.columns});
  }

  void backward(const Backward& context) const override {
    const Parts parts(*this, context.input_grads[0].shape);
    const Saved saved(*this, parts, const_cast<void*>(context.saved));
    std::vector<Scalar> gradient(static_cast<std::size_t>(element_count(parts.m)));
    const ConstView x[] = {ConstView(parts.x, context.inputs[0].data)};
    const ConstView y[] = {ConstView(parts.y, context.outputs[0].data)};
    const ConstView m[] = {ConstView(parts.m, saved.middle)}, columns[] = {ConstView(parts.columns, saved.middle)};
    const ConstView dy[] = {ConstView(parts.y, context.output_grads[0].data)};
    const ConstView dm[] = {ConstView(parts.m, gradient.data())};
    const View to_columns[] = {View(parts.columns, gradient.data())};
    const View dx[] = {View(parts.x, context.input_grads[0].data)};
    columns_->backward(
        {.inputs = columns, .outputs = y, .output_grads = dy, .input_grads = to_columns, .saved = saved.columns});
    planes_->backward({.inputs = x, .outputs = m, .output_grads = dm, .input_grads = dx, .saved = saved.planes});
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override {
    return {.inputs = planes_->needs().inputs, .outputs = columns_->needs().outputs};
  }

  std::size_t saved_bytes(std::span<const ConstView> inputs, std::span<const View> /*outputs*/) const override {
    return Saved(*this, Parts(*this, inputs[0].shape), nullptr).bytes;
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  // The shapes of a call: x and m as planes, m as columns, y as columns.
  struct Parts {
    Shape x, m, columns, y;

    Parts(const VolumePool& pool, std::span<const std::int64_t> volume) {
      const std::int64_t n = volume[0], d = volume[1], channels = volume[4];
      const auto& [depth, height, width] = pool.pooled_;
      x = {n * d, volume[2], volume[3], channels};
      m = {n * d, height, width, channels};
      columns = {n, d, height * width, channels};
      y = {n, depth, height * width, channels};
    }
  };

  // The parts of `saved`; null when there is none.
  struct Saved {
    void* planes = nullptr;
    void* columns = nullptr;
    Scalar* middle = nullptr;
    std::size_t bytes = 0;

    Saved(const VolumePool& pool, const Parts& parts, void* start) {
      const auto take = [&](std::size_t size) {
        void* address = start == nullptr ? nullptr : static_cast<std::byte*>(start) + bytes;
        bytes += aligned(size);
        return address;
      };
      const auto of = [&](const Operator& op, const Shape& in, const Shape& out) {
        const ConstView inputs[] = {ConstView(in, nullptr)};
        const View outputs[] = {View(out, nullptr)};
        return take(op.saved_bytes(inputs, outputs));
      };
      planes = of(*pool.planes_, parts.x, parts.m);
      columns = of(*pool.columns_, parts.columns, parts.y);
      const auto values = static_cast<std::size_t>(element_count(parts.m));
      middle = static_cast<Scalar*>(take(pool.keeps_middle_ ? values * sizeof(Scalar) : 0));
      if (!pool.keeps_middle_) middle = nullptr;
    }
  };

  struct Pooled {
    std::int64_t depth, height, width;
  };

  // A window along the first of two axes.
  static Attributes as_rows(Attributes attributes) {
    for (const char* name : {"kernel_shape", "strides", "dilations"}) {
      const std::vector<std::int64_t> values = attributes.integers(name, {});
      if (!values.empty()) attributes.set(name, std::vector<std::int64_t>{values[0], 1});
    }
    const std::vector<std::int64_t> pads = attributes.integers("pads", {});
    if (!pads.empty()) attributes.set("pads", std::vector<std::int64_t>{pads[0], 0, pads[1], 0});
    return attributes;
  }

  std::unique_ptr<Operator> planes_, columns_;
  Pooled pooled_ = {};
  bool keeps_middle_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_volume_pool(const NodeInfo& info, Factory make) {
  return std::make_unique<VolumePool>(info, make);
}

}  // namespace saliency::ops
