// A linear map from images to images with constant weights, packed for one direction: what a convolution and its
// adjoint both are. The adjoint reads dy and writes dx, so "in" and "out" are the pass's own.
#pragma once

#include <cstdint>
#include <memory>

#include "kernels/kernels.h"

namespace saliency::kernels::simd {

struct PassSizes {
  std::int64_t batch;
  std::int64_t in_height, in_width;
  std::int64_t out_height, out_width;
  std::int64_t cut_top = 0, cut_left = 0;  // of the leading padding, forwards only
};

class Pass {
 public:
  Pass() = default;
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;
  virtual ~Pass() = default;

  // out = clamp(bias + W · gate(in)); every element of out is written.
  virtual void run(const PassSizes& sizes, const float* in, Gate gate, Clamp clamp, float* out) const = 0;
};

// weight: oc×kh×kw×(ic/groups), as kernels::make_convolution's; bias: oc or null.
// Any geometry.
std::unique_ptr<Pass> make_phased_forward(const ConvGeometry& geometry, const float* weight, const float* bias);
std::unique_ptr<Pass> make_phased_adjoint(const ConvGeometry& geometry, const float* weight);

// One filter a channel, 3, 5 or 7 wide, stride 1 or 2.
bool depthwise_fits(const ConvGeometry& geometry);
std::unique_ptr<Pass> make_depthwise_forward(const ConvGeometry& geometry, const float* weight, const float* bias);
std::unique_ptr<Pass> make_depthwise_adjoint(const ConvGeometry& geometry, const float* weight);

// At most 4 input channels, as in a network's first layer; null for a geometry that they do not fit.
std::unique_ptr<Pass> make_few_channels_forward(const ConvGeometry& geometry, const float* weight, const float* bias);
std::unique_ptr<Pass> make_few_channels_adjoint(const ConvGeometry& geometry, const float* weight);

// Winograd's algorithm for 3×3 taps at stride 1, where it is expected to be faster for images of `sizes`; else null.
std::unique_ptr<Pass> make_winograd_forward(const ConvGeometry& geometry, const PassSizes& sizes, const float* weight,
                                            const float* bias);
// The adjoint of a pass that make_winograd_forward made, which must outlive it; null for another pass.
std::unique_ptr<Pass> make_winograd_adjoint(const ConvGeometry& geometry, const Pass& forward, const float* weight);

}  // namespace saliency::kernels::simd
