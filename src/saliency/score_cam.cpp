// Score-CAM (Wang et al., 2020): each channel of a layer, scaled to 0 … 1 and resized to the image, is a mask; the
// score of the image seen through it is the channel's weight. Needs no gradients, but one run of the network for each
// channel.
//   H_c = (A_c − min A_c) / (max A_c − min A_c), 0 for a constant channel
//   weight = softmax over c of score(image · H_c)     map = max(Σ_c weight_c A_c, 0)
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"
#include "saliency/resize.h"

namespace saliency {
namespace {

std::vector<double> softmax(std::vector<double> scores) {
  const double highest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - highest);
  for (double& score : scores) score /= sum;
  return scores;
}

// The channel as a mask of the image's size.
std::vector<double> as_mask(const Activations& a, std::int64_t channel, const PixelGrid& grid) {
  Plane plane{a.height, a.width, {}};
  for (std::int64_t i = 0; i < a.positions(); ++i) plane.values.push_back(a.value(channel, i));
  const auto [low, high] = std::minmax_element(plane.values.begin(), plane.values.end());
  const double least = *low;
  const double range = *high - *low;
  for (double& value : plane.values) value = range > 0 ? (value - least) / range : 0;
  return resized(plane, grid.height, grid.width, Interpolation::Bilinear).values;
}

class ScoreCam final : public Method {
 public:
  explicit ScoreCam(CamOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "ScoreCam"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const PixelGrid grid = pixel_grid(model, "ScoreCam");
    const std::int64_t batch_size = std::max<std::int64_t>(1, model.batch_size());
    std::vector<Mask> masks;
    std::int64_t done = 0;
    std::int64_t total = 0;
    for (const std::vector<Scalar>& image : images) {
      const Model::Layer layer = model.layer(image, target, options_.layer);
      const Activations a = activations_of(layer, 0, options_);
      total = (1 + a.channels) * static_cast<std::int64_t>(images.size());
      done += 1;
      std::vector<double> scores;
      for (std::int64_t begin = 0; begin < a.channels; begin += batch_size) {
        const std::int64_t end = std::min(a.channels, begin + batch_size);
        std::vector<Scalar> batch;
        for (std::int64_t channel = begin; channel < end; ++channel)
          append_masked(image, as_mask(a, channel, grid), grid, batch);
        for (const Scalar score : model.scores(batch, target)) scores.push_back(score);
        done += end - begin;
        if (partial != nullptr && masks.empty()) *partial = finished(model, target, a, scores, layer.scores[0]);
        const Progress progress{done, total};
        co_yield progress;
      }
      masks.push_back(finished(model, target, a, scores, layer.scores[0]));
    }
    co_return masks;
  }

 private:
  // Of the channels that have a score so far.
  Mask finished(const Model& model, const Target& target, const Activations& a, const std::vector<double>& scores,
                double score) const {
    std::vector<double> weights = softmax(scores);
    weights.resize(static_cast<std::size_t>(a.channels));
    Mask mask = cam_mask(model, name(), target, a, a.weighted(weights), options_);
    mask.score = score;
    mask.steps = static_cast<std::int64_t>(scores.size());
    mask.evaluations = 1 + mask.steps;
    return mask;
  }

  static void append_masked(const std::vector<Scalar>& image, const std::vector<double>& mask, const PixelGrid& grid,
                            std::vector<Scalar>& batch) {
    const std::size_t offset = batch.size();
    batch.insert(batch.end(), image.begin(), image.end());
    for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
      for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
        Scalar& value = batch[offset + static_cast<std::size_t>(grid.index(channel, pixel))];
        value = static_cast<Scalar>(static_cast<double>(value) * mask[static_cast<std::size_t>(pixel)]);
      }
    }
  }

  CamOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_score_cam(OptionReader& reader) {
  return std::make_unique<ScoreCam>(CamOptions::read(reader));
}

}  // namespace saliency
