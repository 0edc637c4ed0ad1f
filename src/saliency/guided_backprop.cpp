// Guided backpropagation (Springenberg et al., 2014): the gradient, with what would lower an activation dropped at each
// rectifier: dx = max(dy, 0) · [x > 0]. Sharp, but it shows edges of the image more than reasons for the class: it
// changes little when the network's upper weights are made random (Adebayo et al., 2018).
#include <memory>
#include <string_view>

#include "saliency/gradient_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class GuidedBackprop final : public GradientMethod {
 public:
  GuidedBackprop() : GradientMethod(BackwardRule::Guided) {}
  std::string_view name() const override { return "GuidedBackprop"; }
};

}  // namespace

std::unique_ptr<Method> make_guided_backprop(OptionReader& /*reader*/) {
  return std::make_unique<GuidedBackprop>();
}

}  // namespace saliency
