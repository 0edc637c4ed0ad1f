#include "saliency/cam_method.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "saliency/gradient_method.h"
#include "saliency/pixel_grid.h"
#include "tensor/shape.h"

namespace saliency {

namespace {

std::optional<TokenGrid> token_option(OptionReader& reader) {
  const std::vector<double> given = reader.numbers(
      "tokens", "a square, perhaps after one class token",
      "of a token model: [height, width, skip], the positions as rows of tokens after the first `skip` (0)");
  if (given.empty()) return {};
  const auto whole = [](double number) { return number >= 0 && number <= 1e6 && number == std::floor(number); };
  if (given.size() < 2 || given.size() > 3 || !std::all_of(given.begin(), given.end(), whole) || given[0] < 1 ||
      given[1] < 1) {
    reader.fail("tokens", "[height, width] or [height, width, skip] in whole numbers",
                given.size() == 1 ? to_text(given[0]) : describe(OptionValue(given)));
  }
  return TokenGrid{static_cast<std::int64_t>(given[0]), static_cast<std::int64_t>(given[1]),
                   given.size() == 3 ? static_cast<std::int64_t>(given[2]) : 0};
}

}  // namespace

CamOptions CamOptions::read(OptionReader& reader) {
  static constexpr std::string_view kResize[] = {"bilinear", "nearest", "none"};
  static constexpr std::string_view kCompat[] = {"none", "pair"};
  CamOptions options;
  options.layer = reader.text("layer", "", "name of the tensor to look at; empty: the last one with several positions");
  const std::string resize =
      reader.choice("resize", "bilinear", kResize, "from the layer's size to the image's; 'none' keeps the layer's");
  options.resize = resize == "none" ? Resize::None : resize == "nearest" ? Resize::Nearest : Resize::Bilinear;
  options.sign = reader.flag("relu", true, "keep the positive part only") ? Sign::Positive : Sign::Both;
  options.tokens = token_option(reader);
  options.like_pair = reader.choice("compat", "none", kCompat,
                                    "'pair': divided by the maximum, then resized with mirrored edges") == "pair";
  return options;
}

std::vector<double> Activations::weighted(const std::vector<double>& weights) const {
  std::vector<double> map(static_cast<std::size_t>(positions()));
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    const double weight = weights[static_cast<std::size_t>(channel)];
    for (std::int64_t i = 0; i < positions(); ++i) map[static_cast<std::size_t>(i)] += weight * value(channel, i);
  }
  return map;
}

namespace {

// The tokens that form the picture: those the options name, or a square, perhaps after one class token.
std::optional<TokenGrid> token_grid(std::int64_t tokens, const CamOptions& options) {
  if (options.tokens) {
    const TokenGrid& given = *options.tokens;
    if (given.skip + given.height * given.width <= tokens) return given;
    return {};
  }
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(tokens)) + 1e-9);
  const std::int64_t skip = tokens - side * side;
  if (side > 1 && skip <= 1) return TokenGrid{side, side, skip};
  return {};
}

// Channels, size and strides; the values are not read yet.
Activations arranged(const Shape& shape, const CamOptions& options) {
  Activations result;
  const auto place = [&](std::int64_t channels, std::int64_t height, std::int64_t width) {
    result.channels = channels;
    result.height = height;
    result.width = width;
  };
  if (shape.size() == 3 && options.tokens && shape[0] == options.tokens->height && shape[1] == options.tokens->width) {
    place(shape[2], shape[0], shape[1]);
    result.channel_stride = 1;
    result.position_stride = shape[2];
    return result;
  }
  if (shape.size() == 3 && !options.tokens) {
    place(shape[0], shape[1], shape[2]);
    result.channel_stride = result.positions();
    return result;
  }
  const auto tokens = shape.size() == 2 ? token_grid(shape[0], options) : std::nullopt;
  if (tokens) {
    place(shape[1], tokens->height, tokens->width);
    result.first_place = tokens->skip * shape[1];
    result.channel_stride = 1;
    result.position_stride = shape[1];
    return result;
  }
  std::string expected = "[channels, height, width], or [tokens, channels] with a square number of tokens";
  if (options.tokens) {
    const TokenGrid& given = *options.tokens;
    const std::string size = std::to_string(given.height) + ", " + std::to_string(given.width);
    expected = "[" + size + ", channels], or [tokens, channels] with at least " +
               std::to_string(given.skip + given.height * given.width) + " tokens, as the option 'tokens' says";
  }
  const std::string which = options.layer.empty() ? "the chosen layer" : "layer '" + options.layer + "'";
  throw Error(ErrorCode::ShapeMismatch, which + " has shape " + to_string(shape) + ", which has no height and width",
              {.expected = expected,
               .actual = to_string(shape),
               .remedy = "name a layer before the pooling and the fully connected layers, or say with tokens: "
                         "[height, width, skip] where the positions are"});
}

}  // namespace

Activations activations_of(const Model::Layer& layer, std::size_t index, const CamOptions& options) {
  Activations result = arranged(layer.shape, options);
  const std::size_t first = index * static_cast<std::size_t>(element_count(layer.shape));
  for (std::int64_t channel = 0; channel < result.channels; ++channel) {
    for (std::int64_t position = 0; position < result.positions(); ++position) {
      result.values.push_back(layer.activations[first + result.place(channel, position)]);
      result.gradients.push_back(layer.gradients[first + result.place(channel, position)]);
    }
  }
  return result;
}

Plane cam_picture(const Activations& activations, const std::vector<double>& map, const CamOptions& options,
                  std::int64_t height, std::int64_t width) {
  Plane plane{activations.height, activations.width, map};
  if (options.sign == CamOptions::Sign::Positive) {
    for (double& value : plane.values) value = std::max(value, 0.0);
  }
  if (options.resize == CamOptions::Resize::None) return plane;
  if (!options.like_pair) {
    return resized(plane, height, width,
                   options.resize == CamOptions::Resize::Nearest ? Interpolation::Nearest : Interpolation::Bilinear);
  }
  const double highest = *std::max_element(plane.values.begin(), plane.values.end());
  if (highest > 0) {
    for (double& value : plane.values) value /= highest;
  }
  return resized(plane, height, width, Interpolation::BilinearMirror);
}

bool CamMethod::announce(Model& model) const {
  model.expect_layer(options_.layer);
  return true;
}

Mask cam_mask(const Model& model, std::string_view method, const Target& target, const Activations& activations,
              const std::vector<double>& map, const CamOptions& options) {
  const PixelGrid grid = pixel_grid(model, "a class activation map");
  const Plane picture = cam_picture(activations, map, options, grid.height, grid.width);
  Mask mask = blank_mask(model, method, target);
  mask.shape = {picture.height, picture.width};
  mask.data.assign(picture.values.begin(), picture.values.end());
  mask.extras.emplace("signed",
                      Tensor({activations.height, activations.width}, std::vector<Scalar>(map.begin(), map.end())));
  const auto against = std::count_if(map.begin(), map.end(), [](double value) { return value < 0; });
  if (options.sign == CamOptions::Sign::Positive) {
    mask.clipped = static_cast<double>(against) / static_cast<double>(map.size());
  }
  if (options.sign == CamOptions::Sign::Positive &&
      std::none_of(map.begin(), map.end(), [](double value) { return value > 0; })) {
    warn(mask,
         "no position of the layer speaks for the target: the map is empty; look at an earlier layer, or use "
         "relu: false to see what speaks against it");
  }
  seal(mask);
  return mask;
}

Job<std::vector<Mask>> CamMethod::masks(Model& model, Images images, Target target, Mask* /*partial*/) const {
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
  std::vector<Mask> masks;
  for (std::size_t begin = 0; begin < images.size(); begin += step) {
    const std::size_t end = std::min(images.size(), begin + step);
    const Model::Layer layer = model.layer(concatenated(images, begin, end), target, options_.layer);
    for (std::size_t i = begin; i < end; ++i) {
      const Activations activations = activations_of(layer, i - begin, options_);
      const std::vector<double> map = combined(activations);
      Mask mask = cam_mask(model, name(), target, activations, map, options_);
      mask.score = layer.scores[i - begin];
      mask.evaluations = 1;
      masks.push_back(std::move(mask));
    }
    const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(images.size())};
    co_yield progress;
  }
  co_return masks;
}

}  // namespace saliency
