// LIME (Ribeiro et al., 2016): random sets of superpixels are hidden, and a linear model of the score is fitted, with
// more weight for sets that hide little. Depends on the segmentation, on the kernel's width and, with few
// perturbations, on the seed. `fit` is the share of the score's variance that the model explains.
//   weight = exp(−d² / width²) ^ ½, d the cosine distance of the shown set to the whole
//   minimise Σ weight (score − w₀ − Σ_r w_r shown_r)² + ridge Σ w_r²
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/coalitions.h"
#include "saliency/least_squares.h"
#include "saliency/options.h"
#include "saliency/random.h"

namespace saliency {
namespace {

struct LimeOptions {
  std::int64_t perturbations = 1000;
  double kernel_width = 0.25;
  double ridge = 1;

  static LimeOptions read(OptionReader& reader) {
    LimeOptions options;
    options.perturbations = reader.count("perturbations", options.perturbations, {1, 1e6}, "random sets of regions");
    options.kernel_width =
        reader.number("kernelWidth", options.kernel_width, {1e-3, 1e6}, "how near a set has to be to count");
    options.ridge = reader.number("ridge", options.ridge, {0, 1e9}, "penalty on the weights");
    return options;
  }
};

class Lime final : public CoalitionMethod {
 public:
  Lime(LimeOptions options, SuperpixelOptions regions, std::uint64_t seed)
      : CoalitionMethod(std::move(regions), seed), options_(options) {}
  std::string_view name() const override { return "Lime"; }

 protected:
  std::vector<Coalition> drawn(std::size_t regions, std::uint64_t seed) const override {
    std::vector<Coalition> result;
    for (std::int64_t i = 0; i < options_.perturbations; ++i) {
      Random random(seed, static_cast<std::uint64_t>(i));
      Coalition shown(regions, true);
      // The first is the image itself.
      for (std::size_t r = 0; r < regions && i > 0; ++r) shown[r] = random.bits() % 2 == 1;
      result.push_back(std::move(shown));
    }
    return result;
  }

  std::vector<double> fitted(const CoalitionScores& scores, std::size_t regions, Mask& mask) const override {
    NormalEquations equations(regions + 1);  // the last unknown is the constant w₀
    std::vector<double> weights;
    for (std::size_t k = 0; k < scores.coalitions.size(); ++k) {
      const std::vector<double> row = as_row(scores.coalitions[k]);
      double shown = -1;  // the constant is no region
      for (const double value : row) shown += value;
      const double distance = 1 - std::sqrt(shown / static_cast<double>(std::max<std::size_t>(1, regions)));
      weights.push_back(std::sqrt(std::exp(-distance * distance / (options_.kernel_width * options_.kernel_width))));
      equations.add(row, scores.scores[k], weights.back());
    }
    for (std::size_t r = 0; r < regions; ++r) equations.penalize(r, options_.ridge);
    std::vector<double> solution = equations.solve();
    mask.extras.emplace("fit", Tensor({1}, static_cast<Scalar>(fit(scores, weights, solution))));
    solution.pop_back();
    return solution;
  }

 private:
  static std::vector<double> as_row(const Coalition& shown) {
    std::vector<double> row(shown.begin(), shown.end());
    row.push_back(1);
    return row;
  }

  // R² with the same weights.
  static double fit(const CoalitionScores& scores, const std::vector<double>& weights,
                    const std::vector<double>& solution) {
    double total = 0;
    double mean = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      total += weights[k];
      mean += weights[k] * scores.scores[k];
    }
    if (total == 0) return 0;
    mean /= total;
    double variance = 0;
    double rest = 0;
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const std::vector<double> row = as_row(scores.coalitions[k]);
      double predicted = 0;
      for (std::size_t i = 0; i < row.size(); ++i) predicted += row[i] * solution[i];
      variance += weights[k] * (scores.scores[k] - mean) * (scores.scores[k] - mean);
      rest += weights[k] * (scores.scores[k] - predicted) * (scores.scores[k] - predicted);
    }
    return variance == 0 ? 1 : 1 - rest / variance;
  }

  LimeOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_lime(OptionReader& reader) {
  const LimeOptions options = LimeOptions::read(reader);
  const auto seed =
      static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
  return std::make_unique<Lime>(options, SuperpixelOptions::read(reader), seed);
}

}  // namespace saliency
