// DeconvNet (Zeiler & Fergus, 2013): the backward signal is rectified itself, whatever the image switched on:
// dx = max(dy, 0). Shares guided backpropagation's weakness, and ignores the forward gates on top.
#include <memory>
#include <string_view>

#include "saliency/gradient_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class DeconvNet final : public GradientMethod {
 public:
  DeconvNet() : GradientMethod(BackwardRule::DeconvNet) {}
  std::string_view name() const override { return "DeconvNet"; }
};

}  // namespace

std::unique_ptr<Method> make_deconvnet(OptionReader& /*reader*/) {
  return std::make_unique<DeconvNet>();
}

}  // namespace saliency
