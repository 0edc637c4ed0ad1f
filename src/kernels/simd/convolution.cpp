// Chooses the passes of a convolution, when the first call tells the size of its images. The weights as given are kept
// until both directions are packed, then freed: a convolution never holds more than two copies of them.
#include <mutex>
#include <vector>

#include "kernels/simd/pass.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

std::unique_ptr<Pass> make_forward(const ConvGeometry& geometry, const PassSizes& sizes, const float* weight,
                                   const float* bias) {
  if (depthwise_fits(geometry)) return make_depthwise_forward(geometry, weight, bias);
  if (auto winograd = make_winograd_forward(geometry, sizes, weight, bias)) return winograd;
  return make_phased_forward(geometry, weight, bias);
}

std::unique_ptr<Pass> make_adjoint(const ConvGeometry& geometry, const PassSizes& sizes, const float* weight) {
  if (depthwise_fits(geometry)) return make_depthwise_adjoint(geometry, weight);
  if (auto winograd = make_winograd_adjoint(geometry, sizes, weight)) return winograd;
  return make_phased_adjoint(geometry, weight);
}

class PackedConvolution final : public Convolution {
 public:
  PackedConvolution(const ConvGeometry& geometry, const float* weight, const float* bias)
      : geometry_(geometry),
        weight_(weight, weight + geometry.out_channels * geometry.window.kernel_height * geometry.window.kernel_width *
                                     (geometry.in_channels / geometry.groups)) {
    if (bias != nullptr) bias_.assign(bias, bias + geometry.out_channels);
  }

  void forward(const ImageSizes& sizes, const float* x, Clamp clamp, float* y) const override {
    const PassSizes pass{sizes.batch, sizes.height, sizes.width, sizes.out_height, sizes.out_width};
    std::call_once(forward_packed_, [&] {
      forward_ = make_forward(geometry_, pass, weight_.data(), bias_.empty() ? nullptr : bias_.data());
      release_weights();
    });
    forward_->run(pass, x, {}, clamp, y);
  }

  void input_gradient(const ImageSizes& sizes, const float* dy, Gate gate, float* dx) const override {
    const PassSizes pass{sizes.batch, sizes.out_height, sizes.out_width, sizes.height, sizes.width};
    std::call_once(adjoint_packed_, [&] {
      adjoint_ = make_adjoint(geometry_, pass, weight_.data());
      release_weights();
    });
    adjoint_->run(pass, dy, gate, {}, dx);
  }

 private:
  void release_weights() const {
    std::lock_guard lock(mutex_);
    if (++packed_directions_ == 2) std::vector<float>().swap(weight_);
  }

  ConvGeometry geometry_;
  std::vector<float> bias_;  // empty: none
  mutable std::once_flag forward_packed_, adjoint_packed_;
  mutable std::mutex mutex_;
  mutable int packed_directions_ = 0;
  mutable std::vector<float> weight_;  // until both directions are packed
  mutable std::unique_ptr<Pass> forward_, adjoint_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias) {
  return std::make_unique<PackedConvolution>(geometry, weight, bias);
}

}  // namespace saliency::kernels::simd
