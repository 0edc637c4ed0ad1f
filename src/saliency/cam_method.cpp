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

CamOptions CamOptions::read(OptionReader& reader) {
  static constexpr std::string_view kResize[] = {"bilinear", "nearest", "none"};
  static constexpr std::string_view kCompat[] = {"none", "pair"};
  CamOptions options;
  options.layer = reader.text("layer", "", "name of the tensor to look at; empty: the last one with several positions");
  const std::string resize =
      reader.choice("resize", "bilinear", kResize, "from the layer's size to the image's; 'none' keeps the layer's");
  options.resize = resize == "none" ? Resize::None : resize == "nearest" ? Resize::Nearest : Resize::Bilinear;
  options.sign = reader.flag("relu", true, "keep the positive part only") ? Sign::Positive : Sign::Both;
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

Activations activations_of(const Model::Layer& layer, std::size_t index, const std::string& name) {
  Activations result;
  const auto size = static_cast<std::size_t>(element_count(layer.shape));
  const Scalar* values = layer.activations.data() + index * size;
  const Scalar* gradients = layer.gradients.data() + index * size;
  if (layer.shape.size() == 3) {
    result.channels = layer.shape[0];
    result.height = layer.shape[1];
    result.width = layer.shape[2];
    result.values.assign(values, values + size);
    result.gradients.assign(gradients, gradients + size);
    return result;
  }
  if (layer.shape.size() == 2) {
    const std::int64_t tokens = layer.shape[0];
    const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(tokens)) + 1e-9);
    const std::int64_t first = tokens - side * side;  // 1: a class token
    if (side > 1 && first <= 1) {
      result.channels = layer.shape[1];
      result.height = result.width = side;
      for (std::int64_t channel = 0; channel < result.channels; ++channel) {
        for (std::int64_t token = first; token < tokens; ++token) {
          result.values.push_back(values[token * result.channels + channel]);
          result.gradients.push_back(gradients[token * result.channels + channel]);
        }
      }
      return result;
    }
  }
  throw Error(ErrorCode::ShapeMismatch,
              "layer '" + name + "' has shape " + to_string(layer.shape) + ", which has no height and width",
              {.expected = "[channels, height, width], or [tokens, channels] with a square number of tokens",
               .actual = to_string(layer.shape),
               .remedy = "name a layer before the pooling and the fully connected layers"});
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

Job<std::vector<Mask>> CamMethod::masks(Model& model, Images images, Target target, Mask* /*partial*/) const {
  const PixelGrid grid = pixel_grid(model, "a class activation map");
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
  std::vector<Mask> masks;
  for (std::size_t begin = 0; begin < images.size(); begin += step) {
    const std::size_t end = std::min(images.size(), begin + step);
    const Model::Layer layer = model.layer(concatenated(images, begin, end), target, options_.layer);
    for (std::size_t i = begin; i < end; ++i) {
      const Activations activations = activations_of(layer, i - begin, options_.layer);
      const std::vector<double> map = combined(activations);
      const Plane picture = cam_picture(activations, map, options_, grid.height, grid.width);
      Mask mask = blank_mask(model, name(), target);
      mask.shape = {picture.height, picture.width};
      mask.data.assign(picture.values.begin(), picture.values.end());
      mask.score = layer.scores[i - begin];
      mask.evaluations = 1;
      mask.extras.emplace("signed",
                          Tensor({activations.height, activations.width}, std::vector<Scalar>(map.begin(), map.end())));
      if (options_.sign == CamOptions::Sign::Positive &&
          std::none_of(map.begin(), map.end(), [](double value) { return value > 0; })) {
        warn(mask,
             "no position of the layer speaks for the target: the map is empty; look at an earlier layer, or use "
             "relu: false to see what speaks against it");
      }
      seal(mask);
      masks.push_back(std::move(mask));
    }
    const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(images.size())};
    co_yield progress;
  }
  co_return masks;
}

}  // namespace saliency
