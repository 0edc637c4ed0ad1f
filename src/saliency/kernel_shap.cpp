// KernelSHAP (Lundberg & Lee, 2017): Shapley values of superpixels, as the solution of a weighted regression over sets
// of shown regions. The values sum to score(image) − score(all regions hidden). Exact where all sets fit into
// `perturbations`; otherwise an estimate from sets drawn by the kernel, each with its complement.
//   minimise Σ_S π(|S|) (score(S) − score(∅) − Σ_{r ∈ S} φ_r)²  with  Σ φ_r = score(all) − score(∅)
//   π(k) = (M − 1) / (C(M, k) k (M − k))
#include <algorithm>
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

class KernelShap final : public CoalitionMethod {
 public:
  KernelShap(std::int64_t perturbations, SuperpixelOptions regions, std::uint64_t seed)
      : CoalitionMethod(std::move(regions), seed), perturbations_(perturbations) {}
  std::string_view name() const override { return "KernelShap"; }

 protected:
  std::vector<Coalition> drawn(std::size_t regions, std::uint64_t seed) const override {
    std::vector<Coalition> result;
    if (regions < 2) return result;
    if (enumerates(regions)) {
      for (std::uint64_t bits = 1; bits + 1 < (std::uint64_t{1} << regions); ++bits) {
        Coalition shown(regions);
        for (std::size_t r = 0; r < regions; ++r) shown[r] = ((bits >> r) & 1) != 0;
        result.push_back(std::move(shown));
      }
      return result;
    }
    // A size k with probability proportional to π(k) C(M, k), that is to 1/k + 1/(M − k).
    std::vector<double> cumulative;
    double sum = 0;
    for (std::size_t k = 1; k < regions; ++k) {
      sum += 1 / static_cast<double>(k) + 1 / static_cast<double>(regions - k);
      cumulative.push_back(sum);
    }
    for (std::int64_t i = 0; static_cast<std::int64_t>(result.size()) < perturbations_; ++i) {
      Random random(seed, static_cast<std::uint64_t>(i));
      const auto found = std::upper_bound(cumulative.begin(), cumulative.end() - 1, random.uniform() * sum);
      const auto size = static_cast<std::size_t>(found - cumulative.begin()) + 1;
      const std::vector<std::uint32_t> order = random.permutation(static_cast<std::uint32_t>(regions));
      Coalition shown(regions, false);
      for (std::size_t r = 0; r < size; ++r) shown[order[r]] = true;
      Coalition complement = shown;
      complement.flip();
      result.push_back(std::move(shown));
      if (static_cast<std::int64_t>(result.size()) < perturbations_) result.push_back(std::move(complement));
    }
    return result;
  }

  std::vector<double> fitted(const CoalitionScores& scores, std::size_t regions, Mask& mask) const override {
    const double difference = scores.all - scores.none;
    std::vector<double> values(regions, regions == 1 ? difference : 0);
    if (regions >= 2) {
      NormalEquations equations(regions);
      for (std::size_t k = 0; k < scores.coalitions.size(); ++k) {
        const Coalition& shown = scores.coalitions[k];
        equations.add(std::vector<double>(shown.begin(), shown.end()), scores.scores[k] - scores.none,
                      weight(shown, regions));
      }
      // The constraint by its Lagrange multiplier: φ = A⁻¹ (b − 1 · λ).
      values = equations.solve();
      const std::vector<double> ones = equations.solve(std::vector<double>(regions, 1));
      double sum = 0;
      double unit = 0;
      for (std::size_t r = 0; r < regions; ++r) {
        sum += values[r];
        unit += ones[r];
      }
      const double excess = unit == 0 ? 0 : (sum - difference) / unit;
      for (std::size_t r = 0; r < regions; ++r) values[r] -= excess * ones[r];
    }
    Completeness completeness{0, difference, 0};
    for (const double value : values) completeness.sum += value;
    completeness.delta = completeness.sum - difference;
    mask.completeness = completeness;
    mask.extras.emplace(
        "values", Tensor({static_cast<std::int64_t>(regions)}, std::vector<Scalar>(values.begin(), values.end())));
    return values;
  }

 private:
  bool enumerates(std::size_t regions) const {
    return regions < 20 && (std::int64_t{1} << regions) - 2 <= perturbations_;
  }

  // Sets that were drawn by the kernel all weigh the same.
  double weight(const Coalition& shown, std::size_t regions) const {
    if (!enumerates(regions)) return 1;
    const auto m = static_cast<double>(regions);
    const auto k = static_cast<double>(std::count(shown.begin(), shown.end(), true));
    double choose = 1;
    for (double i = 0; i < k; ++i) choose *= (m - i) / (i + 1);
    return (m - 1) / (choose * k * (m - k));
  }

  std::int64_t perturbations_;
};

}  // namespace

std::unique_ptr<Method> make_kernel_shap(OptionReader& reader) {
  const std::int64_t perturbations = reader.count("perturbations", 1000, {1, 1e6}, "sets of regions");
  const auto seed =
      static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
  return std::make_unique<KernelShap>(perturbations, SuperpixelOptions::read(reader), seed);
}

}  // namespace saliency
