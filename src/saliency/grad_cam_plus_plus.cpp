// Grad-CAM++ (Chattopadhay et al., 2018): as Grad-CAM, with weights meant to count several objects of a class alike.
// Ignores negative gradients, hence differs little from class to class.
//   α = G² / (2 G² + S_c G³), S_c = Σ A_c, 0 where the divisor is 0    weight_c = Σ α max(G, 0)
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class GradCamPlusPlus final : public CamMethod {
 public:
  GradCamPlusPlus(CamOptions options, double epsilon) : CamMethod(std::move(options)), epsilon_(epsilon) {}
  std::string_view name() const override { return "GradCamPlusPlus"; }

 protected:
  std::vector<double> combined(const Activations& a) const override {
    std::vector<double> weights(static_cast<std::size_t>(a.channels));
    for (std::int64_t c = 0; c < a.channels; ++c) {
      double activation = 0;
      for (std::int64_t i = 0; i < a.positions(); ++i) activation += a.value(c, i);
      double sum = 0;
      for (std::int64_t i = 0; i < a.positions(); ++i) {
        const double g = a.gradient(c, i);
        const double divisor = 2 * g * g + activation * g * g * g + epsilon_;
        if (g > 0 && divisor != 0) sum += g * g / divisor * g;
      }
      weights[static_cast<std::size_t>(c)] = sum;
    }
    return a.weighted(weights);
  }

 private:
  double epsilon_;
};

}  // namespace

std::unique_ptr<Method> make_grad_cam_plus_plus(OptionReader& reader) {
  CamOptions options = CamOptions::read(reader);
  const double epsilon = reader.number("epsilon", 0, {0, 1}, "added to the divisor of α, as other libraries do");
  return std::make_unique<GradCamPlusPlus>(std::move(options), epsilon);
}

}  // namespace saliency
