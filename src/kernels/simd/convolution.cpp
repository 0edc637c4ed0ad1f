// Chooses the passes of a convolution. The weights as given are kept until the adjoint is packed, then freed: a
// convolution never holds more than two copies.
#include <mutex>
#include <vector>

#include "kernels/simd/pass.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

std::unique_ptr<Pass> make_forward(const ConvGeometry& geometry, const float* weight, const float* bias) {
  if (depthwise_fits(geometry)) return make_depthwise_forward(geometry, weight, bias);
  return make_phased_forward(geometry, weight, bias);
}

std::unique_ptr<Pass> make_adjoint(const ConvGeometry& geometry, const float* weight) {
  if (depthwise_fits(geometry)) return make_depthwise_adjoint(geometry, weight);
  return make_phased_adjoint(geometry, weight);
}

class PackedConvolution final : public Convolution {
 public:
  PackedConvolution(const ConvGeometry& geometry, const float* weight, const float* bias)
      : geometry_(geometry),
        forward_(make_forward(geometry, weight, bias)),
        weight_(weight, weight + geometry.out_channels * geometry.window.kernel_height * geometry.window.kernel_width *
                                     (geometry.in_channels / geometry.groups)) {}

  void forward(const ImageSizes& sizes, const float* x, Clamp clamp, float* y) const override {
    forward_->run({sizes.batch, sizes.height, sizes.width, sizes.out_height, sizes.out_width}, x, {}, clamp, y);
  }

  void input_gradient(const ImageSizes& sizes, const float* dy, Gate gate, float* dx) const override {
    std::call_once(adjoint_packed_, [this] {
      adjoint_ = make_adjoint(geometry_, weight_.data());
      std::vector<float>().swap(weight_);
    });
    adjoint_->run({sizes.batch, sizes.out_height, sizes.out_width, sizes.height, sizes.width}, dy, gate, {}, dx);
  }

 private:
  ConvGeometry geometry_;
  std::unique_ptr<Pass> forward_;
  mutable std::once_flag adjoint_packed_;
  mutable std::unique_ptr<Pass> adjoint_;  // and weight_: written once, under adjoint_packed_
  mutable std::vector<float> weight_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias) {
  return std::make_unique<PackedConvolution>(geometry, weight, bias);
}

}  // namespace saliency::kernels::simd
