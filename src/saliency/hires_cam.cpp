// HiResCAM (Draelos & Carin, 2020): activation times gradient, place by place; shows what the layer contributes to the
// score, which for a network that ends in pooling and one linear layer is exact.
//   map = max(Σ_c G_c A_c, 0)
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class HiResCam final : public CamMethod {
 public:
  using CamMethod::CamMethod;
  std::string_view name() const override { return "HiResCam"; }

 protected:
  std::vector<double> combined(const Activations& a) const override {
    std::vector<double> map(static_cast<std::size_t>(a.positions()));
    for (std::int64_t c = 0; c < a.channels; ++c) {
      for (std::int64_t i = 0; i < a.positions(); ++i) {
        map[static_cast<std::size_t>(i)] += a.gradient(c, i) * a.value(c, i);
      }
    }
    return map;
  }
};

}  // namespace

std::unique_ptr<Method> make_hires_cam(OptionReader& reader) {
  return std::make_unique<HiResCam>(CamOptions::read(reader));
}

}  // namespace saliency
