// Chooses the passes of a convolution, when the first call tells the size of its images. The weights as given are kept
// until the adjoint is packed, then freed: a convolution never holds more than two copies of them.
#include <mutex>
#include <utility>
#include <vector>

#include "kernels/simd/pass.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::simd {
namespace {

std::unique_ptr<Pass> make_forward(const ConvGeometry& geometry, const PassSizes& sizes, const float* weight,
                                   const float* bias) {
  if (depthwise_fits(geometry)) return make_depthwise_forward(geometry, weight, bias);
  if (auto few = make_few_channels_forward(geometry, weight, bias)) return few;
  if (auto winograd = make_winograd_forward(geometry, sizes, weight, bias)) return winograd;
  return make_phased_forward(geometry, weight, bias);
}

std::unique_ptr<Pass> make_adjoint(const ConvGeometry& geometry, const Pass& forward, const float* weight) {
  if (depthwise_fits(geometry)) return make_depthwise_adjoint(geometry, weight);
  if (auto few = make_few_channels_adjoint(geometry, weight)) return few;
  if (auto winograd = make_winograd_adjoint(geometry, forward, weight)) return winograd;
  return make_phased_adjoint(geometry, weight);
}

class PackedConvolution final : public Convolution {
 public:
  PackedConvolution(const ConvGeometry& geometry, std::vector<float> weight, const float* bias)
      : geometry_(geometry), weight_(std::move(weight)) {
    if (bias != nullptr) bias_.assign(bias, bias + geometry.out_channels);
  }

  void forward(const ImageSizes& sizes, const float* x, Clamp clamp, float* y) const override {
    forward_pass(sizes).run(forward_sizes(sizes), x, {}, clamp, y);
  }

  void input_gradient(const ImageSizes& sizes, const float* dy, Gate gate, float* dx) const override {
    std::call_once(adjoint_packed_, [&] {
      adjoint_ = make_adjoint(geometry_, forward_pass(sizes), weight_.data());
      std::vector<float>().swap(weight_);
    });
    adjoint_->run({sizes.batch, sizes.out_height, sizes.out_width, sizes.height, sizes.width}, dy, gate, {}, dx);
  }

 private:
  static PassSizes forward_sizes(const ImageSizes& sizes) {
    return {sizes.batch, sizes.height, sizes.width, sizes.out_height, sizes.out_width, sizes.cut_top, sizes.cut_left};
  }

  const Pass& forward_pass(const ImageSizes& sizes) const {
    std::call_once(forward_packed_, [&] {
      forward_ = make_forward(geometry_, forward_sizes(sizes), weight_.data(), bias_.empty() ? nullptr : bias_.data());
    });
    return *forward_;
  }

  ConvGeometry geometry_;
  std::vector<float> bias_;  // empty: none
  mutable std::once_flag forward_packed_, adjoint_packed_;
  mutable std::vector<float> weight_;  // until the adjoint is packed, after the forward
  mutable std::unique_ptr<Pass> forward_, adjoint_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias) {
  const std::int64_t count = geometry.out_channels * geometry.window.kernel_height * geometry.window.kernel_width *
                             (geometry.in_channels / geometry.groups);
  return std::make_unique<PackedConvolution>(geometry, std::vector<float>(weight, weight + count), bias);
}

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, std::vector<float> weight,
                                              const float* bias) {
  return std::make_unique<PackedConvolution>(geometry, std::move(weight), bias);
}

}  // namespace saliency::kernels::simd
