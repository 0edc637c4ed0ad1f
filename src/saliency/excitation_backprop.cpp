// Excitation backpropagation (Zhang et al., 2016): the probability that a walker who starts at the class and climbs
// down the network along its excitatory connections passes a place. Each layer shares among its inputs in the
// proportion of a⁺·w⁺, so that only evidence for the class counts and the map hardly tells classes apart; the
// contrastive form subtracts the walk that starts with the negated weights of the last layer, that is, at "not this
// class".
//   P(a_i | z_j) = a_i⁺ w_ij⁺ / Σ a⁺ w⁺ ,  1 at the class; the map is Σ over channels at the layer, and sums to 1
// Down to the image the first layer takes the zᴮ-rule of LRP, since pixels of the model's input have both signs.
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
namespace {

constexpr std::string_view kInput = "input";

struct ExcitationOptions {
  CamOptions picture = {};  // layer, resize, sign
  bool contrastive = false;
  double epsilon = 1e-9;

  static ExcitationOptions read(OptionReader& reader) {
    static constexpr std::string_view kResize[] = {"bilinear", "nearest", "none"};
    ExcitationOptions options;
    options.picture.layer =
        reader.text("layer", "",
                    "name of the tensor to stop at, 'input' for the image; empty: the last one with several positions");
    const std::string resize =
        reader.choice("resize", "bilinear", kResize, "from the layer's size to the image's; 'none' keeps the layer's");
    options.picture.resize = resize == "none"      ? CamOptions::Resize::None
                             : resize == "nearest" ? CamOptions::Resize::Nearest
                                                   : CamOptions::Resize::Bilinear;
    options.contrastive = reader.flag("contrastive", false, "subtract what speaks for all but the class");
    options.picture.sign = reader.flag("relu", true, "keep the positive part only, of the contrastive form")
                               ? CamOptions::Sign::Positive
                               : CamOptions::Sign::Both;
    return options;
  }

  RelevanceRules rules(const Model& model) const {
    using Input = LayerRule::Input;
    using Weight = LayerRule::Weight;
    const LayerRule excitation{.groups = {{1, {{Input::Positive, Weight::Positive}}}}, .epsilon = epsilon};
    RelevanceRules rules;
    rules.convolution = rules.dense = excitation;
    rules.sums = RelevanceRules::Sums::Positive;
    rules.epsilon = epsilon;
    if (picture.layer == kInput) {
      rules.first = layer_rule("box", epsilon, 0);
      if (const auto range = model.value_range()) {
        rules.low = range->black;
        rules.high = range->white;
      }
    }
    if (contrastive) {
      rules.last = excitation;
      rules.last->groups.push_back({-1, {{Input::Positive, Weight::Negative, -1}}});
    }
    return rules;
  }
};

class ExcitationBackprop final : public Method {
 public:
  explicit ExcitationBackprop(ExcitationOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "ExcitationBackprop"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* /*partial*/) const override {
    const RelevanceRules rules = options_.rules(model);
    Model::RelevanceRequest request{.rules = rules, .start = Model::RelevanceRequest::Start::Weight};
    if (options_.picture.layer != kInput) request.layer = options_.picture.layer;
    const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    std::vector<Mask> masks;
    for (std::size_t begin = 0; begin < images.size(); begin += step) {
      const std::size_t end = std::min(images.size(), begin + step);
      const Model::Relevance result = model.relevance(concatenated(images, begin, end), target, request);
      for (std::size_t i = begin; i < end; ++i) {
        Mask mask = blank_mask(model, name(), target);
        Completeness completeness{.expected = options_.contrastive ? 0 : result.started[i - begin]};
        completeness.sum = fill(mask, model, result, i - begin);
        completeness.delta = completeness.sum - completeness.expected;
        mask.completeness = completeness;
        mask.score = result.scores[i - begin];
        mask.evaluations = 1;
        seal(mask);
        masks.push_back(std::move(mask));
      }
      const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(images.size())};
      co_yield progress;
    }
    co_return masks;
  }

 private:
  // Returns the sum at the layer.
  double fill(Mask& mask, const Model& model, const Model::Relevance& result, std::size_t index) const {
    const auto size = static_cast<std::size_t>(element_count(result.shape));
    const auto first = result.relevances.begin() + static_cast<std::ptrdiff_t>(index * size);
    const std::vector<Scalar> own(first, first + static_cast<std::ptrdiff_t>(size));
    double sum = 0;
    for (const Scalar value : own) sum += static_cast<double>(value);
    const bool positive = options_.picture.sign == CamOptions::Sign::Positive;
    if (options_.picture.layer == kInput) {
      mask.data = own;
      for (Scalar& value : mask.data) value = positive ? std::max(value, Scalar{0}) : value;
      return sum;
    }
    const PixelGrid grid = pixel_grid(model, "the map of a layer");
    const Model::Layer layer{.shape = result.shape, .scores = {}, .activations = own, .gradients = own};
    const Activations activations = activations_of(layer, 0, options_.picture);
    const std::vector<double> map =
        activations.weighted(std::vector<double>(static_cast<std::size_t>(activations.channels), 1.0));
    const Plane picture = cam_picture(activations, map, options_.picture, grid.height, grid.width);
    mask.shape = {picture.height, picture.width};
    mask.data.assign(picture.values.begin(), picture.values.end());
    return sum;
  }

  ExcitationOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_excitation_backprop(OptionReader& reader) {
  return std::make_unique<ExcitationBackprop>(ExcitationOptions::read(reader));
}

}  // namespace saliency
