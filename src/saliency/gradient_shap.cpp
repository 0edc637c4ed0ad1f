// GradientSHAP, or expected gradients (Lundberg & Lee, 2017; Erion et al., 2021): integrated gradients whose baseline
// and place on the path are drawn at random, optionally with noise on the image. In expectation the map sums to the
// score minus the mean score of the baselines; with few points it is noisy.
//   map = 1/n Σ_i (y_i − b_i) · grad(b_i + α_i (y_i − b_i)),   y_i = image + noise_i, b_i a baseline, α_i in [0, 1)
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
#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/random.h"
#include "saliency/standard_error.h"
#include "tensor/tensor.h"

namespace saliency {
namespace {

struct GradientShapOptions {
  std::int64_t steps = 25;
  double spread = 0;
  double tolerance = 0;
  std::uint64_t seed = 0;
  Baselines baselines = Baselines::named("zero");
  // Given draws, instead of random ones.
  std::vector<double> alphas = {};
  std::vector<double> choices = {};
  std::optional<Tensor> noises = {};

  static GradientShapOptions read(OptionReader& reader) {
    GradientShapOptions options;
    options.alphas = reader.numbers("alphas", "random", "places on the path, 0 to 1: used as they are");
    options.choices = reader.numbers("choices", "random", "which baseline each point uses, from 0");
    options.noises = reader.tensor("noises", "random", "steps × input: added to the image as it is");
    const auto given = static_cast<std::int64_t>(options.alphas.size());
    options.steps = reader.count("steps", given > 0 ? given : options.steps, {1, 1e6}, "random points");
    options.spread = reader.number("spread", options.spread, {0, 1e6},
                                   "standard deviation of noise on the image, as a share of its range of values");
    options.tolerance =
        own_tolerance(reader, "stop early once the points' standard error is below this share of the map; 0: never");
    options.baselines = Baselines::read(reader, "baseline", "zero", "among which each point's baseline is drawn");
    options.seed =
        static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
    const auto fits = [&](const std::vector<double>& list) {
      return list.empty() || static_cast<std::int64_t>(list.size()) == options.steps;
    };
    if (!fits(options.alphas)) {
      reader.fail("alphas", std::to_string(options.steps) + " numbers",
                  std::to_string(options.alphas.size()) + " numbers");
    }
    if (!fits(options.choices)) {
      reader.fail("choices", std::to_string(options.steps) + " numbers",
                  std::to_string(options.choices.size()) + " numbers");
    }
    return options;
  }
};

class GradientShap final : public Method {
 public:
  explicit GradientShap(GradientShapOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "GradientShap"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const std::int64_t batch_size = std::max<std::int64_t>(1, model.batch_size());
    std::int64_t done = 0;
    std::int64_t total = 0;
    std::vector<std::vector<std::vector<Scalar>>> baselines;
    for (const std::vector<Scalar>& image : images) {
      baselines.push_back(options_.baselines.of(model, image));
      total += 1 + static_cast<std::int64_t>(baselines.back().size()) + options_.steps;
    }
    std::vector<Mask> masks;
    for (std::size_t owner = 0; owner < images.size(); ++owner) {
      const std::vector<Scalar>& image = images[owner];
      const std::vector<std::vector<Scalar>>& starts = baselines[owner];
      check(image);
      Completeness completeness;
      const double score = model.scores(image, target).front();
      completeness.expected = score;
      for (const std::vector<Scalar>& start : starts) {
        completeness.expected -= model.scores(start, target).front() / static_cast<double>(starts.size());
      }
      done += 1 + static_cast<std::int64_t>(starts.size());
      const auto [low, high] = std::minmax_element(image.begin(), image.end());
      const double sigma = options_.spread * (static_cast<double>(*high) - static_cast<double>(*low));
      std::vector<double> sums(image.size());
      std::vector<double> squares(image.size());
      std::int64_t taken = 0;
      for (std::int64_t begin = 0; begin < options_.steps; begin += batch_size) {
        const std::int64_t end = std::min(options_.steps, begin + batch_size);
        std::vector<Scalar> batch;
        std::vector<double> ways;  // y − b
        for (std::int64_t i = begin; i < end; ++i) append_point(i, image, starts, sigma, batch, ways);
        const ScoresAndGradients result = model.gradients(batch, target, BackwardRule::Exact);
        for (std::size_t k = 0; k < ways.size(); ++k) {
          const double value = ways[k] * static_cast<double>(result.gradients[k]);
          sums[k % sums.size()] += value;
          squares[k % sums.size()] += value * value;
        }
        taken = end;
        done += end - begin;
        if (partial != nullptr && owner == 0) *partial = finished(model, target, sums, end, score, done, completeness);
        const Progress progress{done, total};
        co_yield progress;
        if (options_.tolerance > 0 && taken >= kFewestSamples &&
            relative_standard_error(sums, squares, taken) < options_.tolerance) {
          break;
        }
      }
      const std::int64_t each = 1 + static_cast<std::int64_t>(starts.size()) + taken;
      masks.push_back(finished(model, target, sums, taken, score, each, completeness));
    }
    co_return masks;
  }

 private:
  void check(const std::vector<Scalar>& image) const {
    const std::size_t expected = static_cast<std::size_t>(options_.steps) * image.size();
    if (!options_.noises || options_.noises->data.size() == expected) return;
    throw Error(ErrorCode::ShapeMismatch,
                "option 'noises' has shape " + to_string(options_.noises->shape) + ", " +
                    std::to_string(options_.steps) + " points need " + std::to_string(expected) + " values",
                {.expected = std::to_string(expected) + " values", .actual = to_string(options_.noises->shape)});
  }

  std::size_t choice(std::int64_t step, std::size_t count, Random& random) const {
    const auto drawn = static_cast<std::size_t>(random.below(count));
    if (options_.choices.empty()) return drawn;
    const double given = options_.choices[static_cast<std::size_t>(step)];
    if (given >= 0 && given < static_cast<double>(count)) return static_cast<std::size_t>(given);
    throw Error(ErrorCode::InvalidOption,
                "option 'choices' names baseline " + to_text(given) + " of " + std::to_string(count),
                {.expected = "0 to " + std::to_string(count - 1), .actual = to_text(given)});
  }

  void append_point(std::int64_t step, const std::vector<Scalar>& image, const std::vector<std::vector<Scalar>>& starts,
                    double sigma, std::vector<Scalar>& batch, std::vector<double>& ways) const {
    Random random(options_.seed, static_cast<std::uint64_t>(step));
    const std::vector<Scalar>& start = starts[choice(step, starts.size(), random)];
    const double drawn = random.uniform();
    // Points are rounded as NumPy and PyTorch round them: rectifiers on the brink then fall to the same side as theirs.
    const auto alpha =
        static_cast<Scalar>(options_.alphas.empty() ? drawn : options_.alphas[static_cast<std::size_t>(step)]);
    for (std::size_t i = 0; i < image.size(); ++i) {
      double noise = 0;
      if (options_.noises) {
        noise = options_.noises->data[static_cast<std::size_t>(step) * image.size() + i];
      } else if (sigma > 0) {
        noise = sigma * random.normal();
      }
      const Scalar way = image[i] + static_cast<Scalar>(noise) - start[i];
      const Scalar moved = alpha * way;
      ways.push_back(way);
      batch.push_back(start[i] + moved);
    }
  }

  Mask finished(const Model& model, const Target& target, const std::vector<double>& sums, std::int64_t steps,
                double score, std::int64_t evaluations, Completeness completeness) const {
    Mask mask = blank_mask(model, name(), target);
    for (const double value : sums) {
      mask.data.push_back(static_cast<Scalar>(value / static_cast<double>(steps)));
      completeness.sum += value / static_cast<double>(steps);
    }
    completeness.delta = completeness.sum - completeness.expected;
    mask.completeness = completeness;
    mask.score = score;
    mask.steps = steps;
    mask.evaluations = evaluations;
    mask.seed = options_.seed;
    add_gradient_warnings(model, mask);
    seal(mask);
    return mask;
  }

  GradientShapOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_gradient_shap(OptionReader& reader) {
  return std::make_unique<GradientShap>(GradientShapOptions::read(reader));
}

}  // namespace saliency
