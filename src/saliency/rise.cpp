// RISE (Petsiuk et al., 2018): the score of the image seen through random smooth masks, averaged over the masks that
// show a pixel. Treats the network as a black box; needs many masks, and small objects many more.
//   map = 1 / (N p) Σ_i score(b + (image − b) · mask_i) mask_i
//   mask: a grid of cells, each shown with probability p, resized bilinearly with a random shift
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"
#include "saliency/random.h"
#include "saliency/resize.h"
#include "saliency/standard_error.h"
#include "tensor/tensor.h"

namespace saliency {
namespace {

struct RiseOptions {
  std::int64_t masks = 1000;
  std::int64_t cells = 7;
  double probability = 0.5;
  double tolerance = 0;
  std::uint64_t seed = 0;
  std::optional<Tensor> given = {};
  Baselines value = Baselines::named("zero");

  static RiseOptions read(OptionReader& reader) {
    RiseOptions options;
    options.given = reader.tensor("maskSet", "random", "{n, h, w}: masks from 0, hidden, to 1, shown");
    options.masks = reader.count("masks", options.masks, {1, 1e6}, "random masks");
    if (options.given && !options.given->shape.empty()) options.masks = options.given->shape[0];
    options.cells = reader.count("cells", options.cells, {1, 1000}, "of a mask in each direction");
    options.probability = reader.number("probability", options.probability, {0.01, 1}, "that a cell is shown");
    options.tolerance =
        own_tolerance(reader, "stop early once the masks' standard error is below this share of the map; 0: never");
    options.value = Baselines::read(reader, "value", "zero", "what hidden pixels become");
    options.seed =
        static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
    return options;
  }
};

class Rise final : public Method {
 public:
  explicit Rise(RiseOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "Rise"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const PixelGrid grid = pixel_grid(model, "Rise");
    check(grid);
    const std::int64_t batch_size = std::max<std::int64_t>(1, model.batch_size());
    const std::int64_t total = (1 + options_.masks) * static_cast<std::int64_t>(images.size());
    std::int64_t done = 0;
    std::vector<Mask> results;
    for (const std::vector<Scalar>& image : images) {
      const std::vector<Scalar> fill = options_.value.filling(model, image);
      const double score = model.scores(image, target).front();
      done += 1;
      std::vector<double> sums(static_cast<std::size_t>(grid.pixels()));
      std::vector<double> squares(sums.size());
      std::int64_t taken = 0;
      for (std::int64_t begin = 0; begin < options_.masks; begin += batch_size) {
        const std::int64_t end = std::min(options_.masks, begin + batch_size);
        std::vector<std::vector<double>> shown;
        std::vector<Scalar> batch;
        for (std::int64_t i = begin; i < end; ++i) {
          shown.push_back(mask(i, grid));
          append_masked(image, fill, shown.back(), grid, batch);
        }
        const std::vector<Scalar> scores = model.scores(batch, target);
        for (std::size_t k = 0; k < shown.size(); ++k) {
          for (std::size_t i = 0; i < sums.size(); ++i) {
            const double value = static_cast<double>(scores[k]) * shown[k][i];
            sums[i] += value;
            squares[i] += value * value;
          }
        }
        taken = end;
        done += end - begin;
        if (partial != nullptr && results.empty()) *partial = finished(model, target, grid, sums, end, score, done);
        const Progress progress{done, total};
        co_yield progress;
        if (options_.tolerance > 0 && taken >= kFewestSamples &&
            relative_standard_error(sums, squares, taken) < options_.tolerance) {
          break;
        }
      }
      results.push_back(finished(model, target, grid, sums, taken, score, 1 + taken));
    }
    co_return results;
  }

 private:
  void check(const PixelGrid& grid) const {
    if (!options_.given) return;
    const Shape expected = {options_.masks, grid.height, grid.width};
    if (options_.given->shape == expected) return;
    throw Error(ErrorCode::ShapeMismatch,
                "option 'maskSet' has shape " + to_string(options_.given->shape) + ", expected " + to_string(expected),
                {.expected = to_string(expected), .actual = to_string(options_.given->shape)});
  }

  std::vector<double> mask(std::int64_t index, const PixelGrid& grid) const {
    const auto pixels = static_cast<std::size_t>(grid.pixels());
    if (options_.given) {
      const auto first = options_.given->data.begin() + static_cast<std::ptrdiff_t>(index) * grid.pixels();
      return {first, first + grid.pixels()};
    }
    Random random(options_.seed, static_cast<std::uint64_t>(index));
    // One cell more than fits, so that the window of the image can be shifted by up to a cell.
    const std::int64_t cells = options_.cells;
    const std::int64_t cell_height = (grid.height + cells - 1) / cells;
    const std::int64_t cell_width = (grid.width + cells - 1) / cells;
    const auto down = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cell_height)));
    const auto right = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(cell_width)));
    Plane coarse{cells + 1, cells + 1, {}};
    for (std::int64_t i = 0; i < (cells + 1) * (cells + 1); ++i) {
      coarse.values.push_back(random.uniform() < options_.probability ? 1 : 0);
    }
    const Plane fine = resized(coarse, (cells + 1) * cell_height, (cells + 1) * cell_width, Interpolation::Bilinear);
    std::vector<double> result(pixels);
    for (std::int64_t row = 0; row < grid.height; ++row) {
      for (std::int64_t column = 0; column < grid.width; ++column) {
        result[static_cast<std::size_t>(row * grid.width + column)] =
            fine.values[static_cast<std::size_t>((row + down) * fine.width + column + right)];
      }
    }
    return result;
  }

  static void append_masked(const std::vector<Scalar>& image, const std::vector<Scalar>& fill,
                            const std::vector<double>& shown, const PixelGrid& grid, std::vector<Scalar>& batch) {
    const std::size_t offset = batch.size();
    batch.resize(offset + image.size());
    for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
      for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
        const auto i = static_cast<std::size_t>(grid.index(channel, pixel));
        const double way = static_cast<double>(image[i]) - static_cast<double>(fill[i]);
        batch[offset + i] = static_cast<Scalar>(fill[i] + way * shown[static_cast<std::size_t>(pixel)]);
      }
    }
  }

  Mask finished(const Model& model, const Target& target, const PixelGrid& grid, const std::vector<double>& sums,
                std::int64_t masks, double score, std::int64_t evaluations) const {
    Mask result = blank_mask(model, name(), target);
    result.shape = {grid.height, grid.width};
    for (const double sum : sums) {
      result.data.push_back(static_cast<Scalar>(sum / (static_cast<double>(masks) * options_.probability)));
    }
    result.score = score;
    result.steps = masks;
    result.evaluations = evaluations;
    result.seed = options_.seed;
    seal(result);
    return result;
  }

  RiseOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_rise(OptionReader& reader) {
  return std::make_unique<Rise>(RiseOptions::read(reader));
}

}  // namespace saliency
