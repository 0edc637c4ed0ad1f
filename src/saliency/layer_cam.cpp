// LayerCAM (Jiang et al., 2021): activation times the positive part of the gradient, place by place; works on early
// layers too. Ignores what speaks against the class.
//   map = max(Σ_c max(G_c, 0) A_c, 0)
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class LayerCam final : public CamMethod {
 public:
  using CamMethod::CamMethod;
  std::string_view name() const override { return "LayerCam"; }

 protected:
  std::vector<double> combined(const Activations& a) const override {
    std::vector<double> map(static_cast<std::size_t>(a.positions()));
    for (std::int64_t c = 0; c < a.channels; ++c) {
      for (std::int64_t i = 0; i < a.positions(); ++i) {
        map[static_cast<std::size_t>(i)] += std::max(a.gradient(c, i), 0.0) * a.value(c, i);
      }
    }
    return map;
  }
};

}  // namespace

std::unique_ptr<Method> make_layer_cam(OptionReader& reader) {
  return std::make_unique<LayerCam>(CamOptions::read(reader));
}

}  // namespace saliency
