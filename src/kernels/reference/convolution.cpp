// Convolution and its adjoint by their definitions; sums are taken in double precision.
//   y[n,oh,ow,oc] = clamp(bias[oc] + Σ weight[oc,ky,kx,i] · x[n, oh·stride − pad + ky·dilation, …, group·icg + i])
//   icg ocg: channels of one group
#include <algorithm>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/reference/window_loops.h"

namespace saliency::kernels::reference {
namespace {

class NaiveConvolution final : public Convolution {
 public:
  NaiveConvolution(const ConvGeometry& geometry, const Scalar* weight, const Scalar* bias)
      : geometry_(geometry),
        icg_(geometry.in_channels / geometry.groups),
        ocg_(geometry.out_channels / geometry.groups),
        taps_(geometry.window.kernel_height * geometry.window.kernel_width),
        weight_(weight, weight + geometry.out_channels * taps_ * icg_),
        bias_(static_cast<std::size_t>(geometry.out_channels), Scalar{0}) {
    if (bias != nullptr) std::copy_n(bias, geometry.out_channels, bias_.begin());
  }

  void forward(const ImageSizes& sizes, const Scalar* x, Clamp limits, Scalar* y) const override {
    const std::int64_t ic = geometry_.in_channels, oc = geometry_.out_channels;
    std::vector<double> sum(static_cast<std::size_t>(oc));
    for_each_output(sizes, [&](std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t out) {
      std::copy(bias_.begin(), bias_.end(), sum.begin());
      for_each_tap(geometry_.window, sizes, n, oy, ox, [&](std::int64_t tap, std::int64_t in) {
        for (std::int64_t o = 0; o < oc; ++o) {
          const Scalar* pixel = x + in * ic + o / ocg_ * icg_;
          for (std::int64_t i = 0; i < icg_; ++i) sum[o] += double{weight(o, tap)[i]} * double{pixel[i]};
        }
      });
      for (std::int64_t o = 0; o < oc; ++o) y[out * oc + o] = static_cast<Scalar>(sum[o]);
      reference::clamp(oc, y + out * oc, limits, y + out * oc, nullptr);
    });
  }

  void input_gradient(const ImageSizes& sizes, const Scalar* dy, Gate rule, Scalar* dx) const override {
    const std::int64_t ic = geometry_.in_channels, oc = geometry_.out_channels;
    const std::int64_t outputs = sizes.batch * sizes.out_height * sizes.out_width;
    const std::int64_t inputs = sizes.batch * sizes.height * sizes.width;
    std::vector<Scalar> gated(static_cast<std::size_t>(outputs * oc));
    reference::gate(outputs * oc, dy, rule, gated.data());
    std::vector<double> sum(static_cast<std::size_t>(inputs * ic), 0.0);
    for_each_output(sizes, [&](std::int64_t n, std::int64_t oy, std::int64_t ox, std::int64_t out) {
      for_each_tap(geometry_.window, sizes, n, oy, ox, [&](std::int64_t tap, std::int64_t in) {
        for (std::int64_t o = 0; o < oc; ++o) {
          double* pixel = sum.data() + in * ic + o / ocg_ * icg_;
          const double d = gated[out * oc + o];
          for (std::int64_t i = 0; i < icg_; ++i) pixel[i] += double{weight(o, tap)[i]} * d;
        }
      });
    });
    std::transform(sum.begin(), sum.end(), dx, [](double v) { return static_cast<Scalar>(v); });
  }

 private:
  const Scalar* weight(std::int64_t o, std::int64_t tap) const { return weight_.data() + (o * taps_ + tap) * icg_; }

  ConvGeometry geometry_;
  std::int64_t icg_, ocg_, taps_;
  std::vector<Scalar> weight_, bias_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const Scalar* weight, const Scalar* bias) {
  return std::make_unique<NaiveConvolution>(geometry, weight, bias);
}

}  // namespace saliency::kernels::reference
