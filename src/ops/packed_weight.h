// The weight of a Conv or ConvTranspose node, as the kernels want it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/kernels.h"
#include "ops/operator.h"

namespace saliency::ops {

// Inputs of the node: 0 x, 1 weight a×b×kh×kw (or a×b×kw), 2 bias (may be absent).
class PackedWeight {
 public:
  // `geometry`: of the convolution whose weight is a×kh×kw×b, thus with out_channels = a.
  PackedWeight(const NodeInfo& info, const kernels::ConvGeometry& geometry);
  // The same for a constant weight without a bias, to be packed next.
  explicit PackedWeight(const kernels::ConvGeometry& geometry);
  // Whether the packed convolution adds the bias itself (Conv), or the operator does (ConvTranspose).
  PackedWeight& without_bias();

  // For Operator::prepare(): packs constants, returns the inputs that may be freed.
  std::uint32_t pack(std::span<const ConstView> constants);
  bool is_constant() const { return constant_; }
  // Inputs that with() reads in each call.
  std::uint32_t inputs_read() const { return constant_ ? 0u : with_bias_ ? 0b110u : 0b010u; }

  template <class Body>
  void with(std::span<const ConstView> inputs, const Body& body) const {
    if (convolution_) {
      body(*convolution_);
    } else {
      body(*packed(inputs));
    }
  }

 private:
  std::unique_ptr<kernels::Convolution> packed(std::span<const ConstView> inputs) const;

  kernels::ConvGeometry geometry_;
  bool constant_ = false;
  bool with_bias_ = true;
  std::unique_ptr<kernels::Convolution> convolution_;
};

// Each number of `weight` as change(number, channel_of(its index)).
template <class ChannelOf>
std::vector<Scalar> changed_weight(const ConstView& weight, const WeightChange& change, ChannelOf channel_of) {
  std::vector<Scalar> result(static_cast<std::size_t>(weight.size()));
  for (std::int64_t i = 0; i < weight.size(); ++i) {
    result[static_cast<std::size_t>(i)] = change(weight.data[i], channel_of(i));
  }
  return result;
}

// Throw ShapeMismatch or ModelInvalid: weight and input of equal rank, `kernel_shape` that of the weight; a bias of
// `channels` values.
void check_weight(const NodeInfo& info);
void check_bias(const NodeInfo& info, std::int64_t channels);

}  // namespace saliency::ops
