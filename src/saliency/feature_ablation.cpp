// Feature ablation: how much the score falls when one region is hidden, region by region. Simple and honest; says
// nothing about regions that stand in for each other.
//   map[p] = score(image) − score(image without the region of p), summed where regions overlap
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/superpixels.h"

namespace saliency {
namespace {

class FeatureAblation final : public Method {
 public:
  explicit FeatureAblation(SuperpixelOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "FeatureAblation"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const PixelGrid grid = pixel_grid(model, "FeatureAblation");
    const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    std::vector<Superpixels> regions;
    std::int64_t total = 0;
    for (const std::vector<Scalar>& image : images) {
      regions.emplace_back(model, image, options_, grid);
      total += 1 + static_cast<std::int64_t>(regions.back().count());
    }
    std::int64_t done = 0;
    std::vector<Mask> masks;
    for (std::size_t i = 0; i < images.size(); ++i) {
      const double score = model.scores(images[i], target).front();
      done += 1;
      std::vector<double> falls;
      const std::size_t count = regions[i].count();
      for (std::size_t begin = 0; begin < count; begin += batch_size) {
        const std::size_t end = std::min(count, begin + batch_size);
        std::vector<Scalar> batch;
        for (std::size_t r = begin; r < end; ++r) {
          std::vector<bool> shown(count, true);
          shown[r] = false;
          regions[i].append(shown, batch);
        }
        for (const Scalar hidden : model.scores(batch, target)) falls.push_back(score - hidden);
        done += static_cast<std::int64_t>(end - begin);
        if (partial != nullptr && i == 0) *partial = finished(model, target, regions[i], falls, score);
        const Progress progress{done, total};
        co_yield progress;
      }
      masks.push_back(finished(model, target, regions[i], falls, score));
    }
    co_return masks;
  }

 private:
  // Regions that were not hidden yet have no fall.
  Mask finished(const Model& model, const Target& target, const Superpixels& regions, std::vector<double> falls,
                double score) const {
    Mask mask = blank_mask(model, name(), target);
    mask.steps = static_cast<std::int64_t>(falls.size());
    mask.evaluations = 1 + mask.steps;
    falls.resize(regions.count());
    regions.paint(falls, mask);
    mask.score = score;
    mask.extras.emplace("segments", regions.labels());
    seal(mask);
    return mask;
  }

  SuperpixelOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_feature_ablation(OptionReader& reader) {
  return std::make_unique<FeatureAblation>(SuperpixelOptions::read(reader));
}

}  // namespace saliency
