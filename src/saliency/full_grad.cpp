// FullGrad (Srinivas & Fleuret, 2019): the score taken apart into what the input and the bias of each layer contribute,
// f = Σ x·∇x f + Σ_layers Σ b·∇b f, and the absolute contributions of all layers laid over each other. The
// decomposition is exact (`completeness`); the map is not, since taking absolute values, rescaling and upsampling lose
// the sum, and where many layers are coarse, so is the map.
//   map = Σ_channels ψ(x ⊙ ∇x f) + Σ_layers Σ_channels ψ(b ⊙ ∇b f)      ψ(u) = upsampled((|u| − min|u|) / range of |u|)
// A normalisation that is folded into the layer in front of it shares that layer's map. Layers without positions (fully
// connected ones) count in the decomposition only, as in the authors' code.
#include <algorithm>
#include <cmath>
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

struct FullGradOptions {
  bool rescale = true;

  static FullGradOptions read(OptionReader& reader) {
    return {.rescale = reader.flag("rescale", true, "each layer's contributions from 0 to 1; false: as they are")};
  }
};

// Whether a layer can be drawn: {c, h, w} or {tokens, c} with a square of tokens and at most one more.
bool has_positions(const Shape& shape) {
  if (shape.size() == 3) return shape[1] * shape[2] > 1;
  if (shape.size() != 2) return false;
  const auto side = static_cast<std::int64_t>(std::sqrt(static_cast<double>(shape[0])) + 1e-9);
  return side > 1 && shape[0] - side * side <= 1;
}

class FullGrad final : public Method {
 public:
  explicit FullGrad(FullGradOptions options) : options_(options) {}
  std::string_view name() const override { return "FullGrad"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* /*partial*/) const override {
    const PixelGrid grid = pixel_grid(model, "FullGrad");
    const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    std::vector<Mask> masks;
    for (std::size_t begin = 0; begin < images.size(); begin += step) {
      const std::size_t end = std::min(images.size(), begin + step);
      const Model::FullGradients full = model.full_gradients(concatenated(images, begin, end), target);
      for (std::size_t i = begin; i < end; ++i) {
        Mask mask = blank_mask(model, name(), target);
        mask.shape = {grid.height, grid.width};
        mask.score = full.scores[i - begin];
        mask.evaluations = 1;
        Completeness completeness{.expected = mask.score};
        const std::vector<double> map = laid_over(grid, full, images[i], i - begin, completeness.sum);
        completeness.delta = completeness.sum - completeness.expected;
        mask.data.assign(map.begin(), map.end());
        mask.completeness = completeness;
        seal(mask);
        masks.push_back(std::move(mask));
      }
      const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(images.size())};
      co_yield progress;
    }
    co_return masks;
  }

 private:
  // The map of sample `index`; adds all contributions to `sum`.
  std::vector<double> laid_over(const PixelGrid& grid, const Model::FullGradients& full,
                                const std::vector<Scalar>& image, std::size_t index, double& sum) const {
    std::vector<double> shares(image.size());
    for (std::size_t i = 0; i < image.size(); ++i) {
      shares[i] = static_cast<double>(image[i]) * static_cast<double>(full.gradients[index * image.size() + i]);
      sum += shares[i];
    }
    magnitudes(shares);
    std::vector<double> map(static_cast<std::size_t>(grid.pixels()));
    for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
      for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
        map[static_cast<std::size_t>(pixel)] += shares[static_cast<std::size_t>(grid.index(channel, pixel))];
      }
    }
    for (const Model::FullGradients::Layer& layer : full.layers) {
      const auto size = static_cast<std::size_t>(element_count(layer.shape));
      const auto first = layer.contributions.begin() + static_cast<std::ptrdiff_t>(index * size);
      const std::vector<Scalar> own(first, first + static_cast<std::ptrdiff_t>(size));
      for (const Scalar value : own) sum += static_cast<double>(value);
      if (has_positions(layer.shape)) lay_over(grid, layer, own, map);
    }
    return map;
  }

  void lay_over(const PixelGrid& grid, const Model::FullGradients::Layer& layer, const std::vector<Scalar>& own,
                std::vector<double>& map) const {
    Activations planes = activations_of({layer.shape, {}, own, own}, 0, {.layer = layer.name});
    magnitudes(planes.values);
    const std::vector<double> ones(static_cast<std::size_t>(planes.channels), 1.0);
    const Plane plane =
        resized({planes.height, planes.width, planes.weighted(ones)}, grid.height, grid.width, Interpolation::Bilinear);
    for (std::size_t i = 0; i < map.size(); ++i) map[i] += plane.values[i];
  }

  void magnitudes(std::vector<double>& values) const {
    for (double& value : values) value = std::fabs(value);
    if (!options_.rescale || values.empty()) return;
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    const double low = *lowest;
    const double range = *highest - low;
    for (double& value : values) value = range > 0 ? (value - low) / range : 0;
  }

  FullGradOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_full_grad(OptionReader& reader) {
  return std::make_unique<FullGrad>(FullGradOptions::read(reader));
}

}  // namespace saliency
