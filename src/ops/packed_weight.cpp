#include "ops/packed_weight.h"

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kernels/owned_weights.h"

namespace saliency::ops {

PackedWeight::PackedWeight(const NodeInfo& info, const kernels::ConvGeometry& geometry) : geometry_(geometry) {
  constant_ = info.inputs[1].constant != nullptr && (!info.has_input(2) || info.inputs[2].constant != nullptr);
}

PackedWeight::PackedWeight(const kernels::ConvGeometry& geometry)
    : geometry_(geometry), constant_(true), with_bias_(false) {}

PackedWeight& PackedWeight::without_bias() {
  with_bias_ = false;
  return *this;
}

std::uint32_t PackedWeight::pack(std::span<const ConstView> constants) {
  if (!constant_) return 0;
  convolution_ = packed(constants);
  return with_bias_ ? 0b110u : 0b010u;
}

std::unique_ptr<kernels::Convolution> PackedWeight::packed(std::span<const ConstView> inputs) const {
  const ConstView& weight = inputs[1];
  const std::int64_t taps = geometry_.window.kernel_height * geometry_.window.kernel_width;
  const std::int64_t shape[] = {weight.shape[0], weight.shape[1], taps};
  constexpr int kChannelsLast[] = {0, 2, 1};
  std::vector<Scalar> turned(static_cast<std::size_t>(weight.size()));
  kernels::transpose(3, shape, kChannelsLast, weight.data, turned.data());
  const Scalar* bias = with_bias_ && inputs.size() > 2 ? inputs[2].data : nullptr;
  return kernels::make_convolution(geometry_, std::move(turned), bias);
}

void check_weight(const NodeInfo& info) {
  const Shape& x = info.inputs[0].shape;
  const Shape& weight = info.inputs[1].shape;
  if (x.size() != weight.size()) {
    throw Error(ErrorCode::ShapeMismatch,
                "input has " + std::to_string(x.size()) + " axes, weight has " + std::to_string(weight.size()),
                {.expected = std::to_string(weight.size()) + " axes", .actual = std::to_string(x.size()) + " axes"});
  }
  const Shape kernel(weight.begin() + 2, weight.end());
  const Shape stated = info.attributes.integers("kernel_shape", {});
  if (!stated.empty() && stated != kernel) {
    throw Error(ErrorCode::ModelInvalid,
                "'kernel_shape' is " + to_string(stated) + ", the weight has " + to_string(kernel),
                {.expected = to_string(kernel), .actual = to_string(stated)});
  }
  for (const std::int64_t size : weight) {
    if (size < 1) throw Error(ErrorCode::ModelInvalid, "weight has shape " + to_string(weight));
  }
}

void check_bias(const NodeInfo& info, std::int64_t channels) {
  if (!info.has_input(2)) return;
  const std::int64_t size = element_count(info.inputs[2].shape);
  if (size != channels) {
    throw Error(
        ErrorCode::ShapeMismatch,
        "bias has " + std::to_string(size) + " values, weight has " + std::to_string(channels) + " output channels",
        {.expected = std::to_string(channels), .actual = std::to_string(size)});
  }
}

}  // namespace saliency::ops
