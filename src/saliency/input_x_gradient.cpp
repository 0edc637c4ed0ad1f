// Input × Gradient (Shrikumar et al., 2016): x · d score / dx, the first-order share of each value in the score of a
// network without biases. Where the input is 0 it says nothing, and 0 is whatever the preprocessing made of it.
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "saliency/gradient_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class InputXGradient final : public GradientMethod {
 public:
  InputXGradient() : GradientMethod(BackwardRule::Exact) {}
  std::string_view name() const override { return "InputXGradient"; }

 protected:
  void transform(std::span<Scalar> gradient, std::span<const Scalar> image) const override {
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] *= image[i];
  }
};

}  // namespace

std::unique_ptr<Method> make_input_x_gradient(OptionReader& /*reader*/) {
  return std::make_unique<InputXGradient>();
}

}  // namespace saliency
