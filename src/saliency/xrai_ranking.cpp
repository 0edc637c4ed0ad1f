#include "saliency/xrai_ranking.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace saliency {
namespace {

// Sums are whole numbers, so that they do not depend on the order in which pixels come and go: equal sets of pixels
// have equal means, and the first of equals wins.
class Ranking {
 public:
  Ranking(const std::vector<double>& attribution, const std::vector<Region>& regions)
      : regions_(regions),
        covered_(attribution.size(), 0),
        values_(attribution.size()),
        order_(attribution.size(), -1) {
    double largest = 0;
    for (const double value : attribution) largest = std::max(largest, std::fabs(value));
    scale_ = largest > 0 ? std::ldexp(1, 40) / largest : 1;
    for (const double value : attribution) fixed_.push_back(std::llround(value * scale_));
    for (const Region& region : regions) {
      std::int64_t sum = 0;
      for (const std::int32_t pixel : region) sum += fixed_[static_cast<std::size_t>(pixel)];
      sums_.push_back(sum);
      counts_.push_back(static_cast<std::int64_t>(region.size()));
    }
  }

  // New pixels of a region that no region before it covered.
  std::int64_t count(std::size_t region) const { return counts_[region]; }
  double mean(std::size_t region) const { return mean(sums_[region], counts_[region]); }
  std::int64_t covered_pixels() const { return covered_pixels_; }

  // For the full algorithm: keep counts and sums of all regions up to date.
  void index_pixels() {
    members_.resize(covered_.size());
    for (std::size_t r = 0; r < regions_.size(); ++r) {
      for (const std::int32_t pixel : regions_[r]) {
        members_[static_cast<std::size_t>(pixel)].push_back(static_cast<std::int32_t>(r));
      }
    }
  }

  // For the fast one: of one region only.
  void refresh(std::size_t region) {
    sums_[region] = 0;
    counts_[region] = 0;
    for (const std::int32_t pixel : regions_[region]) {
      if (covered_[static_cast<std::size_t>(pixel)] != 0) continue;
      sums_[region] += fixed_[static_cast<std::size_t>(pixel)];
      ++counts_[region];
    }
  }

  void cover(std::size_t region) {
    const double value = mean(region);
    for (const std::int32_t pixel : regions_[region]) {
      const auto i = static_cast<std::size_t>(pixel);
      if (covered_[i] != 0) continue;
      covered_[i] = 1;
      ++covered_pixels_;
      values_[i] = value;
      order_[i] = static_cast<std::int32_t>(gains_.size());
      if (members_.empty()) continue;
      for (const std::int32_t other : members_[i]) {
        sums_[static_cast<std::size_t>(other)] -= fixed_[i];
        --counts_[static_cast<std::size_t>(other)];
      }
    }
    gains_.push_back(value);
  }

  RankedRegions finished() {
    std::int64_t sum = 0;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < covered_.size(); ++i) {
      if (covered_[i] != 0) continue;
      sum += fixed_[i];
      ++count;
    }
    std::vector<std::size_t> by_gain(gains_.size());
    std::iota(by_gain.begin(), by_gain.end(), std::size_t{0});
    std::stable_sort(by_gain.begin(), by_gain.end(),
                     [&](std::size_t a, std::size_t b) { return gains_[a] > gains_[b]; });
    std::vector<std::int32_t> rank(gains_.size());
    for (std::size_t i = 0; i < by_gain.size(); ++i) rank[by_gain[i]] = static_cast<std::int32_t>(i + 1);
    RankedRegions result{values_, order_};
    for (std::size_t i = 0; i < covered_.size(); ++i) {
      if (covered_[i] != 0) {
        result.ranks[i] = rank[static_cast<std::size_t>(order_[i])];
      } else {
        result.values[i] = mean(sum, count);
        result.ranks[i] = static_cast<std::int32_t>(gains_.size() + 1);
      }
    }
    return result;
  }

 private:
  double mean(std::int64_t sum, std::int64_t count) const {
    return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count) / scale_;
  }

  const std::vector<Region>& regions_;
  double scale_ = 1;
  std::vector<std::int64_t> fixed_ = {};
  std::vector<std::int64_t> sums_ = {};
  std::vector<std::int64_t> counts_ = {};
  std::vector<std::vector<std::int32_t>> members_ = {};  // regions of each pixel
  std::vector<char> covered_;
  std::int64_t covered_pixels_ = 0;
  std::vector<double> values_;
  std::vector<std::int32_t> order_;  // which of the chosen regions covers the pixel
  std::vector<double> gains_ = {};
};

}  // namespace

RankedRegions rank_regions(const std::vector<double>& attribution, const std::vector<Region>& regions,
                           const XraiRanking& options) {
  Ranking ranking(attribution, regions);
  std::vector<std::size_t> remaining(regions.size());
  std::iota(remaining.begin(), remaining.end(), std::size_t{0});
  if (options.algorithm == XraiRanking::Algorithm::Fast) {
    std::stable_sort(remaining.begin(), remaining.end(), [&](std::size_t a, std::size_t b) {
      if (ranking.count(a) == 0 || ranking.count(b) == 0) return ranking.count(a) != 0 && ranking.count(b) == 0;
      return ranking.mean(a) > ranking.mean(b);
    });
    for (const std::size_t region : remaining) {
      ranking.refresh(region);
      if (ranking.count(region) >= options.min_pixel_diff) ranking.cover(region);
    }
    return ranking.finished();
  }
  ranking.index_pixels();
  const double enough = options.area_threshold * static_cast<double>(attribution.size());
  while (static_cast<double>(ranking.covered_pixels()) <= enough) {
    std::erase_if(remaining, [&](std::size_t region) { return ranking.count(region) < options.min_pixel_diff; });
    if (remaining.empty()) break;
    const auto best = std::max_element(remaining.begin(), remaining.end(),
                                       [&](std::size_t a, std::size_t b) { return ranking.mean(a) < ranking.mean(b); });
    ranking.cover(*best);
  }
  return ranking.finished();
}

}  // namespace saliency
