#include "saliency/lint.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"

namespace saliency {
namespace {

constexpr std::size_t kNamed = 3;  // nodes that a remark names; of more it gives the number

enum class Cover { Even, Uneven, Gaps };

// How often a window reads the positions of an axis, away from its ends.
Cover cover(std::int64_t taps, std::int64_t stride, std::int64_t dilation) {
  std::vector<std::int64_t> reads(static_cast<std::size_t>(stride));
  for (std::int64_t tap = 0; tap < taps; ++tap) ++reads[static_cast<std::size_t>(tap * dilation % stride)];
  const auto [least, most] = std::minmax_element(reads.begin(), reads.end());
  return *least == *most ? Cover::Even : *least == 0 ? Cover::Gaps : Cover::Uneven;
}

Cover cover(const kernels::Window& window) {
  return std::max(cover(window.kernel_height, window.stride_height, window.dilation_height),
                  cover(window.kernel_width, window.stride_width, window.dilation_width));
}

std::string described(const graph::Node& node, const kernels::Window& window) {
  const std::int64_t stride = std::max(window.stride_height, window.stride_width);
  return node.type + " '" + node.name + "' (" + std::to_string(window.kernel_height) + "×" +
         std::to_string(window.kernel_width) + ", stride " + std::to_string(stride) + ")";
}

void lint_range(const ValueRange& range, const PixelGrid& grid, const std::vector<Scalar>& image, Mask& mask) {
  std::size_t outside = 0;
  double lowest = 0;
  double highest = 0;
  for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
    const double black = range.black[static_cast<std::size_t>(channel)];
    const double white = range.white[static_cast<std::size_t>(channel)];
    const double slack = 1e-3 * std::fabs(white - black);  // of rounding
    for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
      const double value = image[static_cast<std::size_t>(grid.index(channel, pixel))];
      lowest = std::min(lowest, value);
      highest = std::max(highest, value);
      if (value < std::min(black, white) - slack || value > std::max(black, white) + slack) ++outside;
    }
  }
  if (outside == 0) return;
  const double share = 100 * static_cast<double>(outside) / static_cast<double>(image.size());
  warn(mask, to_text(std::ceil(share * 10) / 10) +
                 "% of the image's values lie outside of what pictures become under the model's preprocessing (they "
                 "run from " +
                 to_text(std::round(lowest * 1000) / 1000) + " to " + to_text(std::round(highest * 1000) / 1000) +
                 "): the network has hardly seen such an input. Normalize the tensor as the model was trained, or pass "
                 "the picture itself.");
}

}  // namespace

std::optional<std::string> gridding(const graph::Graph& graph) {
  std::string names;
  std::size_t count = 0;
  bool gaps = false;
  for (const graph::Node& node : graph.nodes) {
    const kernels::Window* window = node.op->sliding_window();
    if (window == nullptr || cover(*window) == Cover::Even) continue;
    gaps = gaps || cover(*window) == Cover::Gaps;
    if (count++ < kNamed) names += (names.empty() ? "" : ", ") + described(node, *window);
  }
  if (count == 0) return {};
  if (count > kNamed) names += " and " + std::to_string(count - kNamed) + " more";
  return std::string("Strides leave a grid in the gradient: ") + names + " read some positions more often than others" +
         (gaps ? ", and some never" : "") +
         ". Do not read the pattern as evidence: blur the map, or use a class activation map or a method of regions.";
}

bool has_smooth_activations(const graph::Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const graph::Node& node) {
    return node.op->nonlinearity() == ops::Nonlinearity::Smooth && !node.hides_rectifier && node.type != "Softmax" &&
           node.type != "LogSoftmax";
  });
}

void lint(const Model& model, const std::vector<Scalar>& image, const Target& target, Mask& mask) {
  const auto range = model.value_range();
  if (range && model.input_layout() != InputLayout::Other) {
    const PixelGrid grid = pixel_grid(model, "the lint");
    if (static_cast<std::int64_t>(range->black.size()) == grid.channels &&
        static_cast<std::int64_t>(range->white.size()) == grid.channels) {
      lint_range(*range, grid, image, mask);
    }
  }
  constexpr double kSaturated = 0.99;
  if (target.of == Of::Probability && target.terms.size() == 1 && mask.score > kSaturated * target.terms[0].weight) {
    warn(mask, "The probability is " + to_text(std::round(mask.score * 1e6) / 1e6) +
                   ", where the Softmax is flat: the map is the small rest of the logit's. Explain the logit, or the "
                   "log-probability.");
  }
}

}  // namespace saliency
