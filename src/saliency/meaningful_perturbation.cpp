// Meaningful perturbation (Fong & Vedaldi, 2017): the smallest smooth mask whose hiding takes the evidence away, found
// by gradient descent; with `area`, the mask of that size that matters most (extremal perturbation, Fong, Patrick &
// Vedaldi, 2019). Slow, and one of many masks that would do: where evidence is redundant another weight or another
// start shows another part of it.
//   shown = b + (image − b) · up(m)    m: cells in 0 … 1, up: bilinear
//   s(m)  = (score(shown) − score(b)) / |score(image) − score(b)|        1: all of the evidence, 0: none
//   delete     min over m of  max(s, 0) + sizeWeight · mean(1 − m) + smoothness · TV(m)         map = up(1 − m)
//   preserve   min over m of −min(s, 1) + sizeWeight · mean(m) + smoothness · TV(m)             map = up(m)
//   with area  ±s instead, and areaWeight · (step / steps) · mean (sort(m) − r)² instead of the size
// Each step shifts what is shown by up to `jitter` pixels, so that the mask can't rely on single pixels.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/adam.h"
#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/mask_terms.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"
#include "saliency/random.h"
#include "saliency/upsampling.h"
#include "tensor/tensor.h"

namespace saliency {
namespace {

struct PerturbationOptions {
  enum class Goal { Delete, Preserve };

  Goal goal = Goal::Delete;
  double area = 0;  // 0: as small as possible
  std::int64_t steps = 200;
  std::int64_t cells = 28;
  double rate = 0.1;  // at first; falls to 0
  double size_weight = 1;
  double area_weight = 10;
  double smoothness = 1;
  std::int64_t jitter = 2;
  std::uint64_t seed = 0;
  Baselines value = Baselines::named("blur");

  static PerturbationOptions read(OptionReader& reader) {
    static constexpr std::string_view kGoals[] = {"delete", "preserve"};
    PerturbationOptions o;
    o.goal = reader.choice("goal", "delete", kGoals, "find what must be hidden, or what must be shown") == "delete"
                 ? Goal::Delete
                 : Goal::Preserve;
    o.area = reader.number("area", o.area, {0, 1}, "share of the image that the mask covers; 0: as little as possible");
    o.steps = reader.count("steps", o.steps, {1, 1e6}, "of the descent, one gradient each");
    o.cells = reader.count("cells", o.cells, {1, 1e4}, "of the mask in each direction");
    o.rate = reader.number("rate", o.rate, {1e-6, 1}, "length of the first step; the last ones are short");
    o.size_weight = reader.number("sizeWeight", o.size_weight, {0, 1e6}, "against large masks, without area");
    o.area_weight = reader.number("areaWeight", o.area_weight, {0, 1e6}, "for masks of the given area");
    o.smoothness = reader.number("smoothness", o.smoothness, {0, 1e6}, "against differences of neighbouring cells");
    o.jitter = reader.count("jitter", o.jitter, {0, 1000}, "pixels by which a step may shift the image");
    o.value = Baselines::read(reader, "value", "blur", "what hidden pixels become");
    o.seed = static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
    return o;
  }
};

using Goal = PerturbationOptions::Goal;

struct Shift {
  std::int64_t down = 0;
  std::int64_t right = 0;
};

// One image on its way.
struct Search {
  const std::vector<Scalar>* image;
  std::vector<Scalar> fill;
  double score;
  double fill_score;
  std::vector<double> cells;
  Adam adam;
  std::vector<Scalar> history = {};  // s of each step

  double evidence() const { return std::fabs(score - fill_score); }
};

// Calls visit(value shown, value of the image that it comes from, its pixel). Beyond the edge the edge is continued.
template <class Visit>
void for_each_shown(const PixelGrid& grid, Shift shift, Visit visit) {
  for (std::int64_t row = 0; row < grid.height; ++row) {
    const std::int64_t from_row = std::clamp<std::int64_t>(row + shift.down, 0, grid.height - 1);
    for (std::int64_t column = 0; column < grid.width; ++column) {
      const std::int64_t from_column = std::clamp<std::int64_t>(column + shift.right, 0, grid.width - 1);
      for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
        visit(static_cast<std::size_t>(grid.index(channel, row, column)),
              static_cast<std::size_t>(grid.index(channel, from_row, from_column)),
              static_cast<std::size_t>(from_row * grid.width + from_column));
      }
    }
  }
}

class MeaningfulPerturbation final : public Method {
 public:
  explicit MeaningfulPerturbation(PerturbationOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "MeaningfulPerturbation"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const PixelGrid grid = pixel_grid(model, "MeaningfulPerturbation");
    const Upsampling up(std::min(options_.cells, grid.height), std::min(options_.cells, grid.width), grid.height,
                        grid.width);
    const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    const std::int64_t total = (2 + options_.steps) * static_cast<std::int64_t>(images.size());
    std::int64_t done = 0;
    std::vector<Mask> masks;
    for (std::size_t begin = 0; begin < images.size(); begin += batch_size) {
      const std::size_t end = std::min(images.size(), begin + batch_size);
      std::vector<Search> searches;
      for (std::size_t i = begin; i < end; ++i) {
        searches.push_back(start(model, target, images[i], up));
        done += 2;
        const Progress progress{done, total};
        co_yield progress;
      }
      for (std::int64_t step = 0; step < options_.steps; ++step) {
        const Shift shift = shift_of(step);
        std::vector<Scalar> batch;
        for (const Search& search : searches) append_shown(search, up, grid, shift, batch);
        const ScoresAndGradients result = model.gradients(batch, target, BackwardRule::Exact);
        const std::size_t length = images[begin].size();
        for (std::size_t k = 0; k < searches.size(); ++k) {
          learn(searches[k], step, result.scores[k], result.gradients.data() + k * length, up, grid, shift);
        }
        done += static_cast<std::int64_t>(searches.size());
        if (partial != nullptr && begin == 0) *partial = finished(model, target, searches[0], up, grid, step + 1);
        const Progress progress{done, total};
        co_yield progress;
      }
      for (const Search& search : searches) {
        masks.push_back(finished(model, target, search, up, grid, options_.steps));
      }
    }
    co_return masks;
  }

 private:
  Search start(Model& model, const Target& target, const std::vector<Scalar>& image, const Upsampling& up) const {
    std::vector<Scalar> fill = options_.value.filling(model, image);
    const double score = model.scores(image, target).front();
    const double fill_score = model.scores(fill, target).front();
    const auto count = static_cast<std::size_t>(up.cell_rows() * up.cell_columns());
    const double initial = options_.area > 0 ? 0.5 : 1;
    return {&image, std::move(fill), score, fill_score, std::vector<double>(count, initial), Adam(count)};
  }

  Shift shift_of(std::int64_t step) const {
    if (options_.jitter == 0) return {};
    Random random(options_.seed, static_cast<std::uint64_t>(step));
    const auto places = static_cast<std::uint64_t>(2 * options_.jitter + 1);
    const auto down = static_cast<std::int64_t>(random.below(places)) - options_.jitter;
    return {down, static_cast<std::int64_t>(random.below(places)) - options_.jitter};
  }

  static void append_shown(const Search& search, const Upsampling& up, const PixelGrid& grid, Shift shift,
                           std::vector<Scalar>& batch) {
    const std::vector<double> mask = up.forward(search.cells);
    const std::size_t offset = batch.size();
    batch.resize(offset + search.image->size());
    for_each_shown(grid, shift, [&](std::size_t to, std::size_t from, std::size_t pixel) {
      const double b = search.fill[from];
      batch[offset + to] = static_cast<Scalar>(b + (static_cast<double>((*search.image)[from]) - b) * mask[pixel]);
    });
  }

  // Evidence that is gone but for rounding still counts as there, or the mask would leave the edge of its range again.
  static constexpr double kSlack = 1e-3;

  // ∂/∂s of the term that stands for the evidence.
  double slope(double s) const {
    if (options_.area > 0) return options_.goal == Goal::Delete ? 1 : -1;
    if (options_.goal == Goal::Delete) return s >= -kSlack ? 1 : 0;
    return s <= 1 + kSlack ? -1 : 0;
  }

  void learn(Search& search, std::int64_t step, double score, const Scalar* gradient, const Upsampling& up,
             const PixelGrid& grid, Shift shift) const {
    const double scale = search.evidence() > 0 ? 1 / search.evidence() : 0;
    const double s = (score - search.fill_score) * scale;
    search.history.push_back(static_cast<Scalar>(s));
    std::vector<double> plane(static_cast<std::size_t>(grid.pixels()));
    for_each_shown(grid, shift, [&](std::size_t to, std::size_t from, std::size_t pixel) {
      const double change = static_cast<double>((*search.image)[from]) - static_cast<double>(search.fill[from]);
      plane[pixel] += static_cast<double>(gradient[to]) * change * scale * slope(s);
    });
    std::vector<double> cells = up.backward(plane);
    for (double& each : cells) each = std::isfinite(each) ? each : 0;  // an overflow stops its cell only
    const double way = static_cast<double>(step) / static_cast<double>(options_.steps);
    if (options_.area > 0) {
      const double shown = options_.goal == Goal::Delete ? 1 - options_.area : options_.area;
      add_area_gradient(options_.area_weight * way, shown, search.cells, cells);
    } else {
      add_size_gradient(options_.size_weight, options_.goal == Goal::Delete ? -1 : 1, cells);
    }
    add_variation_gradient(options_.smoothness, up.cell_columns(), search.cells, cells);
    search.adam.descend(search.cells, cells, options_.rate * (1 - way));
    for (double& cell : search.cells) cell = std::clamp(cell, 0.0, 1.0);
  }

  Mask finished(const Model& model, const Target& target, const Search& search, const Upsampling& up,
                const PixelGrid& grid, std::int64_t steps) const {
    Mask mask = blank_mask(model, name(), target);
    mask.shape = {grid.height, grid.width};
    for (const double shown : up.forward(search.cells)) {
      const double value = options_.goal == Goal::Delete ? 1 - shown : shown;
      mask.data.push_back(static_cast<Scalar>(search.evidence() > 0 ? value : 0));
    }
    mask.score = search.score;
    mask.steps = steps;
    mask.evaluations = 2 + steps;
    mask.seed = options_.seed;
    mask.extras.emplace("evidence", Tensor({steps}, search.history));
    if (search.score <= search.fill_score) {
      warn(mask,
           "the image scores no higher than what hides it, so that there is no evidence to find; explain another "
           "class or hide by another value");
    }
    seal(mask);
    return mask;
  }

  PerturbationOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_meaningful_perturbation(OptionReader& reader) {
  return std::make_unique<MeaningfulPerturbation>(PerturbationOptions::read(reader));
}

}  // namespace saliency
