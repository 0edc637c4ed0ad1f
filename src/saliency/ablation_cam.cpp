// Ablation-CAM (Desai & Ramaswamy, 2020): channels of a layer, weighted by how far the score falls when the channel is
// set to 0 and the rest of the network runs on. Needs no gradients; a channel whose loss another one makes good gets
// little weight.
//   weight_c = (y − y_c) / |y|     map = max(Σ_c weight_c A_c, 0)
// |y| scales the whole map only. Where the score is next to 0 it would scale it without bound, so that the divisor is
// at least a thousandth of the largest fall.
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

namespace saliency {
namespace {

constexpr double kSmallestDivisor = 1e-3;  // of the largest fall

std::vector<double> weights_of(const std::vector<double>& falls, double score) {
  double largest = 0;
  for (const double fall : falls) largest = std::max(largest, std::fabs(fall));
  const double divisor = std::max(std::fabs(score), kSmallestDivisor * largest);
  std::vector<double> weights;
  for (const double fall : falls) weights.push_back(divisor > 0 ? fall / divisor : 0);
  return weights;
}

class AblationCam final : public Method {
 public:
  explicit AblationCam(CamOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "AblationCam"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* /*partial*/) const override {
    const std::int64_t batch_size = std::max<std::int64_t>(1, model.layer_batch_size(options_.layer));
    std::vector<Mask> masks;
    std::int64_t done = 0;
    for (const std::vector<Scalar>& image : images) {
      const Model::Layer layer = model.layer(image, target, options_.layer);
      const Activations a = activations_of(layer, 0, options_);
      const double score = layer.scores.front();
      const std::int64_t total = (1 + a.channels) * static_cast<std::int64_t>(images.size());
      done += 1;
      std::vector<double> falls(static_cast<std::size_t>(a.channels));
      for (std::int64_t begin = 0; begin < a.channels; begin += batch_size) {
        const std::int64_t end = std::min(a.channels, begin + batch_size);
        std::vector<Scalar> batch;
        for (std::int64_t channel = begin; channel < end; ++channel) append_without(channel, a, layer, batch);
        const std::vector<Scalar> scores = model.scores_from(image, options_.layer, batch, target);
        for (std::size_t k = 0; k < scores.size(); ++k) falls[static_cast<std::size_t>(begin) + k] = score - scores[k];
        done += end - begin;
        const Progress progress{done, total};
        co_yield progress;
      }
      Mask mask = cam_mask(model, name(), target, a, a.weighted(weights_of(falls, score)), options_);
      mask.score = score;
      mask.steps = a.channels;
      mask.evaluations = 1 + a.channels;
      masks.push_back(std::move(mask));
    }
    co_return masks;
  }

 private:
  static void append_without(std::int64_t channel, const Activations& a, const Model::Layer& layer,
                             std::vector<Scalar>& batch) {
    const std::size_t offset = batch.size();
    batch.insert(batch.end(), layer.activations.begin(), layer.activations.end());
    for (std::int64_t i = 0; i < a.positions(); ++i) batch[offset + a.place(channel, i)] = 0;
  }

  CamOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_ablation_cam(OptionReader& reader) {
  return std::make_unique<AblationCam>(CamOptions::read(reader));
}

}  // namespace saliency
