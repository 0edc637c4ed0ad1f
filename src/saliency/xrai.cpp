// XRAI (Kapishnikov et al., 2019): integrated gradients, summed up in regions of the image, which are then added in the
// order of their density. The map's values are the regions' means, and it sums to the attributions it is made of.
// Coarse by design; two regions of one object may get very different values.
//   attribution a[p] = max over the channels of the mean integrated gradients from a black and a white baseline
//   full: repeatedly, of the regions that add at least minPixelDiff pixels, the one whose new pixels have the largest
//         mean a; they get that mean
//   fast: regions in the order of their mean a over all their pixels, once
// Pixels that no region covered get the mean over them. `ranks` numbers the regions from the most important, 1.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"
#include "saliency/segments.h"
#include "saliency/xrai_ranking.h"
#include "tensor/tensor.h"

namespace saliency {

std::unique_ptr<Method> make_integrated_gradients(OptionReader& reader);

namespace {

struct XraiOptions {
  XraiRanking ranking = {};
  std::optional<Tensor> segments = {};
  std::optional<Tensor> attribution = {};
  std::unique_ptr<Method> gradients = {};

  static XraiOptions read(OptionReader& reader) {
    static constexpr std::string_view kAlgorithms[] = {"full", "fast"};
    XraiOptions options;
    options.ranking.algorithm =
        reader.choice("algorithm", "full", kAlgorithms, "'fast' sorts the regions only once") == "fast"
            ? XraiRanking::Algorithm::Fast
            : XraiRanking::Algorithm::Full;
    options.ranking.min_pixel_diff = reader.count("minPixelDiff", 50, {1, 1e9}, "pixels that a region has to add");
    options.ranking.area_threshold =
        reader.number("areaThreshold", 1, {0, 1}, "'full' ends once this share of the image is covered");
    options.segments = reader.tensor("segments", "Felzenszwalb's at six scales", "labels {h, w} or masks {n, h, w}");
    options.attribution =
        reader.tensor("baseAttribution", "integrated gradients", "used instead: of the input's shape");

    Options inner;
    inner.emplace("steps", reader.count("steps", 100, {1, 1e6}, "gradients for each baseline"));
    const auto pass_on = [&](const char* name, const char* type, const char* fallback, const char* meaning) {
      const auto given = reader.any(name, type, fallback, meaning);
      if (given) inner.emplace(name, *given);
    };
    pass_on("rule", "as of IntegratedGradients", "midpoint", "points of the path and their weights");
    pass_on("compat", "one of none, pair", "none", "'pair': its points of the path");
    pass_on("baseline", "as of IntegratedGradients", "min,max", "the mean of their maps is taken");
    pass_on("valueRange", "list of numbers", "the model's, from its preprocessing", "what black and white are");
    if (inner.count("baseline") == 0) inner.emplace("baseline", "min,max");
    OptionReader inner_reader(reader.owner(), inner);
    options.gradients = make_integrated_gradients(inner_reader);
    return options;
  }
};

class Xrai final : public Method {
 public:
  explicit Xrai(XraiOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "Xrai"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const PixelGrid grid = pixel_grid(model, "Xrai");
    std::vector<Mask> bases;
    if (options_.attribution) {
      for (const std::vector<Scalar>& image : images) {
        bases.push_back(given(model, target, image));
        const Progress progress{static_cast<std::int64_t>(bases.size()), static_cast<std::int64_t>(images.size())};
        co_yield progress;
      }
    } else {
      Job<std::vector<Mask>> job = options_.gradients->masks(model, images, target, partial);
      while (job.step()) {
        if (partial != nullptr && !partial->data.empty()) as_picture(*partial, grid);
        co_yield job.progress();
      }
      bases = job.result();
    }
    std::vector<Mask> masks;
    for (std::size_t i = 0; i < images.size(); ++i) {
      const std::vector<Region> regions =
          options_.segments ? given_regions(*options_.segments, grid) : xrai_regions(images[i], grid);
      const std::vector<double> attribution = over_channels(bases[i].data, grid);
      const RankedRegions ranked = rank_regions(attribution, regions, options_.ranking);
      Mask mask = blank_mask(model, name(), target);
      mask.shape = {grid.height, grid.width};
      mask.data.assign(ranked.values.begin(), ranked.values.end());
      mask.score = bases[i].score;
      mask.steps = bases[i].steps;
      mask.evaluations = bases[i].evaluations;
      mask.extras.emplace(
          "ranks", Tensor(mask.shape, std::vector<Scalar>(ranked.ranks.begin(), ranked.ranks.end()), DType::Int));
      seal(mask);
      masks.push_back(std::move(mask));
    }
    co_return masks;
  }

 private:
  Mask given(Model& model, const Target& target, const std::vector<Scalar>& image) const {
    if (options_.attribution->data.size() != image.size()) {
      throw Error(ErrorCode::ShapeMismatch,
                  "option 'baseAttribution' has shape " + to_string(options_.attribution->shape) +
                      ", the model's input is " + to_string(model.input_shape()),
                  {.expected = to_string(model.input_shape()), .actual = to_string(options_.attribution->shape)});
    }
    Mask mask = blank_mask(model, name(), target);
    mask.data = options_.attribution->data;
    mask.score = model.scores(image, target).front();
    mask.evaluations = 1;
    return mask;
  }

  // Until there are regions: what these will be ranked by.
  static void as_picture(Mask& partial, const PixelGrid& grid) {
    const std::vector<double> attribution = over_channels(partial.data, grid);
    partial.data.assign(attribution.begin(), attribution.end());
    partial.shape = {grid.height, grid.width};
    partial.method = "Xrai";
  }

  static std::vector<double> over_channels(const std::vector<Scalar>& map, const PixelGrid& grid) {
    std::vector<double> result;
    for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
      double highest = map[static_cast<std::size_t>(grid.index(0, pixel))];
      for (std::int64_t channel = 1; channel < grid.channels; ++channel) {
        highest = std::max<double>(highest, map[static_cast<std::size_t>(grid.index(channel, pixel))]);
      }
      result.push_back(highest);
    }
    return result;
  }

  XraiOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_xrai(OptionReader& reader) {
  return std::make_unique<Xrai>(XraiOptions::read(reader));
}

}  // namespace saliency
