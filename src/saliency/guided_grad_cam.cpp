// Guided Grad-CAM (Selvaraju et al., 2017): guided backpropagation's fine detail, kept where Grad-CAM sees the class.
// Inherits guided backpropagation's weakness within the kept region.
//   map = guided backpropagation · Grad-CAM, resized to the image (positive part, not normalised)
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"

namespace saliency {

std::unique_ptr<Method> make_grad_cam(OptionReader& reader);
std::unique_ptr<Method> make_guided_backprop(OptionReader& reader);

namespace {

class GuidedGradCam final : public Method {
 public:
  explicit GuidedGradCam(OptionReader& reader) : cam_(make_grad_cam(reader)), guided_(make_guided_backprop(reader)) {
    if (reader.text("resize", "bilinear", "").compare("none") == 0) {
      reader.fail("resize", "'bilinear' or 'nearest', since the two maps are multiplied", "'none'");
    }
  }
  std::string_view name() const override { return "GuidedGradCam"; }
  bool announce(Model& model) const override { return cam_->announce(model) && guided_->announce(model); }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* /*partial*/) const override {
    const PixelGrid grid = pixel_grid(model, "GuidedGradCam");
    const auto total = 2 * static_cast<std::int64_t>(images.size());
    Job<std::vector<Mask>> cam_job = cam_->masks(model, images, target);
    while (cam_job.step()) {
      const Progress progress{cam_job.progress().done, total};
      co_yield progress;
    }
    const std::vector<Mask> cams = cam_job.result();
    Job<std::vector<Mask>> guided_job = guided_->masks(model, std::move(images), target);
    while (guided_job.step()) {
      const Progress progress{total / 2 + guided_job.progress().done, total};
      co_yield progress;
    }
    std::vector<Mask> masks = guided_job.result();
    for (std::size_t i = 0; i < masks.size(); ++i) {
      for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
        for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
          masks[i].data[static_cast<std::size_t>(grid.index(channel, pixel))] *=
              cams[i].data[static_cast<std::size_t>(pixel)];
        }
      }
      masks[i].method = "GuidedGradCam";
      masks[i].evaluations += cams[i].evaluations;
      masks[i].clipped = cams[i].clipped;
      for (const std::string& warning : cams[i].warnings) warn(masks[i], warning);
      seal(masks[i]);
    }
    co_return masks;
  }

 private:
  std::unique_ptr<Method> cam_;
  std::unique_ptr<Method> guided_;
};

}  // namespace

std::unique_ptr<Method> make_guided_grad_cam(OptionReader& reader) {
  return std::make_unique<GuidedGradCam>(reader);
}

}  // namespace saliency
