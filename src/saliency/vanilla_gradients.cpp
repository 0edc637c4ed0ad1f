// Vanilla gradients (Simonyan et al., 2013): d score / d image, signed. What a small change of each value does to the
// score; noisy, since the network's response is rough at small scales.
#include <memory>
#include <string_view>

#include "saliency/gradient_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class VanillaGradients final : public GradientMethod {
 public:
  VanillaGradients() : GradientMethod(BackwardRule::Exact) {}
  std::string_view name() const override { return "VanillaGradients"; }
};

}  // namespace

std::unique_ptr<Method> make_vanilla_gradients(OptionReader& /*reader*/) {
  return std::make_unique<VanillaGradients>();
}

}  // namespace saliency
