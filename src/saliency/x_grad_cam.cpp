// XGrad-CAM (Fu et al., 2020): as Grad-CAM, with the gradient averaged where the channel is active, so that the map
// sums to Σ G A. Unstable for channels whose activations sum to almost nothing.
//   weight_c = Σ G_c A_c / Σ A_c, 0 where the divisor is 0
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class XGradCam final : public CamMethod {
 public:
  using CamMethod::CamMethod;
  std::string_view name() const override { return "XGradCam"; }

 protected:
  std::vector<double> combined(const Activations& a) const override {
    std::vector<double> weights(static_cast<std::size_t>(a.channels));
    for (std::int64_t c = 0; c < a.channels; ++c) {
      double activation = 0;
      double product = 0;
      for (std::int64_t i = 0; i < a.positions(); ++i) {
        activation += a.value(c, i);
        product += a.gradient(c, i) * a.value(c, i);
      }
      weights[static_cast<std::size_t>(c)] = activation == 0 ? 0 : product / activation;
    }
    return a.weighted(weights);
  }
};

}  // namespace

std::unique_ptr<Method> make_x_grad_cam(OptionReader& reader) {
  return std::make_unique<XGradCam>(CamOptions::read(reader));
}

}  // namespace saliency
