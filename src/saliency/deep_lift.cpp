// DeepLIFT (Shrikumar et al., 2017): distributes the difference of scores between the image and a
// baseline, layer by layer, in the proportion of the differences of the activations. One pass where integrated
// gradients take many; the map sums to the difference of scores, except through softmax and quotients.
//   map = (x − b) · multiplier
// rule 'reveal-cancel' lets positive and negative contributions to a function's input each have their own multiplier
// (reveal_cancel.h); the authors advise it for fully connected layers.
// compat 'captum': max pools pass multipliers to the winner of the image's window only; the map is then not complete.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

struct DeepLiftOptions {
  Baselines baselines = Baselines::named("zero");
  DeepLiftRules rules = {};

  static DeepLiftOptions read(OptionReader& reader) {
    static constexpr std::string_view kCompat[] = {"none", "captum"};
    static constexpr std::string_view kRules[] = {"rescale", "reveal-cancel"};
    DeepLiftOptions options;
    options.rules.difference =
        reader.choice("rule", "rescale", kRules,
                      "'reveal-cancel': positive and negative contributions each on their own") == "reveal-cancel"
            ? DifferenceRule::RevealCancel
            : DifferenceRule::Rescale;
    options.baselines =
        Baselines::read(reader, "baseline", "zero", "what the image is compared with; of several, the mean");
    options.rules.pools =
        reader.choice("compat", "none", kCompat, "'captum': max pools look at the image's winner only") == "captum"
            ? PoolMultipliers::Winner
            : PoolMultipliers::Complete;
    return options;
  }
};

class DeepLift final : public Method {
 public:
  explicit DeepLift(DeepLiftOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "DeepLift"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* /*partial*/) const override {
    // Pairs of all images and baselines, half a batch at once since each pair is two samples.
    struct Pair {
      std::size_t owner;
      std::vector<Scalar> baseline;
      double share;
    };
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < images.size(); ++i) {
      std::vector<std::vector<Scalar>> baselines = options_.baselines.of(model, images[i]);
      const double share = 1 / static_cast<double>(baselines.size());
      for (std::vector<Scalar>& baseline : baselines) pairs.push_back({i, std::move(baseline), share});
    }
    const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size() / 2));
    std::vector<std::vector<double>> sums(images.size());
    for (std::size_t i = 0; i < images.size(); ++i) sums[i].resize(images[i].size());
    std::vector<Completeness> completeness(images.size());
    std::vector<Mask> masks(images.size(), blank_mask(model, name(), target));
    for (std::size_t begin = 0; begin < pairs.size(); begin += step) {
      const std::size_t end = std::min(pairs.size(), begin + step);
      std::vector<Scalar> batch;
      std::vector<Scalar> references;
      for (std::size_t k = begin; k < end; ++k) {
        batch.insert(batch.end(), images[pairs[k].owner].begin(), images[pairs[k].owner].end());
        references.insert(references.end(), pairs[k].baseline.begin(), pairs[k].baseline.end());
      }
      const Model::Multipliers result = model.multipliers(batch, references, target, options_.rules);
      for (std::size_t k = begin; k < end; ++k) {
        const std::size_t owner = pairs[k].owner;
        const std::size_t offset = (k - begin) * images[owner].size();
        for (std::size_t i = 0; i < images[owner].size(); ++i) {
          const double way = static_cast<double>(batch[offset + i]) - static_cast<double>(references[offset + i]);
          sums[owner][i] += pairs[k].share * way * static_cast<double>(result.multipliers[offset + i]);
        }
        masks[owner].score = result.scores[k - begin];
        masks[owner].evaluations += 2;
        completeness[owner].expected +=
            pairs[k].share * (masks[owner].score - static_cast<double>(result.reference_scores[k - begin]));
      }
      const Progress progress{static_cast<std::int64_t>(2 * end), static_cast<std::int64_t>(2 * pairs.size())};
      co_yield progress;
    }
    for (std::size_t i = 0; i < images.size(); ++i) {
      masks[i].data.assign(sums[i].begin(), sums[i].end());
      for (const double value : sums[i]) completeness[i].sum += value;
      completeness[i].delta = completeness[i].sum - completeness[i].expected;
      masks[i].completeness = completeness[i];
      add_gradient_warnings(model, masks[i]);
      seal(masks[i]);
    }
    co_return masks;
  }

 private:
  DeepLiftOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_deep_lift(OptionReader& reader) {
  return std::make_unique<DeepLift>(DeepLiftOptions::read(reader));
}

}  // namespace saliency
