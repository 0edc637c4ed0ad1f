// Grad-CAM (Selvaraju et al., 2017): channels of a layer, weighted by the mean of their gradient. Coarse, and where the
// gradient varies over the layer it may point at places that the network did not use (see HiResCam).
//   weight_c = mean of G_c    map = max(Σ_c weight_c A_c, 0)
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class GradCam final : public CamMethod {
 public:
  using CamMethod::CamMethod;
  std::string_view name() const override { return "GradCam"; }

 protected:
  std::vector<double> combined(const Activations& a) const override {
    std::vector<double> weights(static_cast<std::size_t>(a.channels));
    for (std::int64_t c = 0; c < a.channels; ++c) {
      double sum = 0;
      for (std::int64_t i = 0; i < a.positions(); ++i) sum += a.gradient(c, i);
      weights[static_cast<std::size_t>(c)] = sum / static_cast<double>(a.positions());
    }
    return a.weighted(weights);
  }
};

}  // namespace

std::unique_ptr<Method> make_grad_cam(OptionReader& reader) {
  return std::make_unique<GradCam>(CamOptions::read(reader));
}

}  // namespace saliency
