#include "saliency/coalitions.h"

#include <algorithm>
#include <cstddef>

#include "saliency/gradient_method.h"

namespace saliency {

Job<std::vector<Mask>> CoalitionMethod::masks(Model& model, Images images, Target target, Mask* partial) const {
  const PixelGrid grid = pixel_grid(model, "a method over superpixels");
  const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
  std::vector<Superpixels> regions;
  std::vector<CoalitionScores> all;
  std::int64_t total = 0;
  for (const std::vector<Scalar>& image : images) {
    regions.emplace_back(model, image, regions_, grid);
    all.push_back({drawn(regions.back().count(), seed_), {}, 0, 0});
    total += 2 + static_cast<std::int64_t>(all.back().coalitions.size());
  }
  std::int64_t done = 0;
  std::vector<Mask> masks;
  for (std::size_t i = 0; i < images.size(); ++i) {
    CoalitionScores& scores = all[i];
    std::vector<Scalar> none;
    regions[i].append(Coalition(regions[i].count(), false), none);
    scores.all = model.scores(images[i], target).front();
    scores.none = model.scores(none, target).front();
    done += 2;
    const Progress started{done, total};
    co_yield started;
    std::size_t shown = 0;  // sets in the last partial map
    for (std::size_t begin = 0; begin < scores.coalitions.size(); begin += batch_size) {
      const std::size_t end = std::min(scores.coalitions.size(), begin + batch_size);
      std::vector<Scalar> batch;
      for (std::size_t k = begin; k < end; ++k) regions[i].append(scores.coalitions[k], batch);
      for (const Scalar score : model.scores(batch, target)) scores.scores.push_back(score);
      done += static_cast<std::int64_t>(end - begin);
      // A fit costs as many rows as there are sets so far: it is worth it after a quarter more of them, and at the end.
      if (partial != nullptr && i == 0 && (end == scores.coalitions.size() || end > shown + shown / 4)) {
        shown = end;
        CoalitionScores known = scores;
        known.coalitions.resize(end);
        *partial = finished(blank_mask(model, name(), target), regions[i], known);
      }
      const Progress progress{done, total};
      co_yield progress;
    }
    masks.push_back(finished(blank_mask(model, name(), target), regions[i], scores));
  }
  co_return masks;
}

Mask CoalitionMethod::finished(Mask mask, const Superpixels& regions, const CoalitionScores& scores) const {
  regions.paint(fitted(scores, regions.count(), mask), mask);
  mask.score = scores.all;
  mask.steps = static_cast<std::int64_t>(scores.coalitions.size());
  mask.evaluations = 2 + mask.steps;
  mask.seed = seed_;
  mask.extras.emplace("segments", regions.labels());
  seal(mask);
  return mask;
}

}  // namespace saliency
