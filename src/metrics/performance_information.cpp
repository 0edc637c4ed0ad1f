#include "metrics/performance_information.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/error.h"
#include "saliency/random.h"

namespace saliency {
namespace {

// Trapezoidal rule over the curve's own x.
double area_of(const InformationCurve& curve) {
  double area = 0;
  for (std::size_t i = 1; i < curve.x.size(); ++i) {
    area += (curve.x[i] - curve.x[i - 1]) * (curve.y[i] + curve.y[i - 1]) / 2;
  }
  return area;
}

Error cannot_judge(const std::string& what, const std::string& expected, double actual) {
  return Error(ErrorCode::InvalidOption, "this image cannot be judged: " + what,
               {.expected = expected, .actual = std::to_string(actual), .remedy = "leave the image out"});
}

// Linear interpolation through points sorted by x; of several with the same x the last counts.
double interpolated(const std::vector<InformationPoint>& points, double x) {
  const auto above = std::upper_bound(points.begin(), points.end(), x, [](double value, const InformationPoint& point) {
    return value < point.information;
  });
  if (above == points.begin()) return points.front().performance;
  const InformationPoint& left = *(above - 1);
  if (above == points.end() || left.information == x) return left.performance;
  const double part = (x - left.information) / (above->information - left.information);
  return left.performance + part * (above->performance - left.performance);
}

}  // namespace

InformationCurve information_curve(const InformationPoint& base, const std::vector<InformationPoint>& thresholds,
                                   const InformationPoint& full, const InformationCurveOptions& options) {
  if (full.performance < options.min_performance) {
    throw cannot_judge("the full image's performance is " + std::to_string(full.performance),
                       "at least " + std::to_string(options.min_performance), full.performance);
  }
  if (base.information >= full.information) {
    throw cannot_judge("its blurred image holds as much information as itself",
                       "less than " + std::to_string(full.information), base.information);
  }
  if (base.performance >= full.performance) {
    throw cannot_judge("its blurred image is recognised as well as itself",
                       "less than " + std::to_string(full.performance), base.performance);
  }
  std::vector<InformationPoint> points;
  double highest = 0;
  for (const InformationPoint& point : thresholds) {
    const double x = (point.information - base.information) / (full.information - base.information);
    double y = std::clamp((point.performance - base.performance) / (full.performance - base.performance), 0.0, 1.0);
    highest = std::max(highest, y);
    if (options.monotonous) y = highest;
    points.push_back({std::clamp(x, 0.0, 1.0), y});
  }
  points.push_back({0, 0});
  points.push_back({1, 1});
  std::stable_sort(points.begin(), points.end(),
                   [](const InformationPoint& a, const InformationPoint& b) { return a.information < b.information; });
  InformationCurve curve;
  for (std::int64_t j = 0; j < options.points; ++j) {
    curve.x.push_back(static_cast<double>(j) / static_cast<double>(options.points));
    curve.y.push_back(interpolated(points, curve.x.back()));
  }
  curve.x.push_back(1);
  curve.y.push_back(1);
  curve.area = area_of(curve);
  return curve;
}

std::vector<bool> shown_pixels(const std::vector<Scalar>& map, const std::vector<bool>& random_mask, double threshold) {
  std::vector<double> sorted(map.begin(), map.end());
  std::sort(sorted.begin(), sorted.end());
  const double rank = (1 - threshold) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const double next = sorted[std::min(below + 1, sorted.size() - 1)];
  const double quantile = sorted[below] + (rank - static_cast<double>(below)) * (next - sorted[below]);
  std::vector<bool> shown(map.size());
  for (std::size_t i = 0; i < map.size(); ++i) shown[i] = random_mask[i] || static_cast<double>(map[i]) >= quantile;
  return shown;
}

std::vector<bool> random_pixels(std::int64_t height, std::int64_t width, double fraction, std::uint64_t seed) {
  const std::int64_t pixels = height * width;
  const auto count = static_cast<std::int64_t>(static_cast<double>(pixels) * fraction);
  std::vector<bool> mask(static_cast<std::size_t>(pixels), false);
  const std::vector<std::uint32_t> order = Random(seed).permutation(static_cast<std::uint32_t>(pixels));
  for (std::int64_t i = 0; i < count; ++i) mask[order[static_cast<std::size_t>(i)]] = true;
  return mask;
}

InformationCurve aggregated(const std::vector<InformationCurve>& curves, Aggregate aggregate) {
  if (curves.empty()) {
    throw Error(ErrorCode::InvalidOption, "there are no curves to aggregate",
                {.expected = "at least one", .actual = "0"});
  }
  InformationCurve result;
  result.x = curves.front().x;
  for (const InformationCurve& curve : curves) {
    if (curve.x != result.x) throw Error(ErrorCode::ShapeMismatch, "the curves have different points on their x axis");
  }
  for (std::size_t i = 0; i < result.x.size(); ++i) {
    std::vector<double> values;
    double sum = 0;
    for (const InformationCurve& curve : curves) {
      values.push_back(curve.y[i]);
      sum += curve.y[i];
    }
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    result.y.push_back(aggregate == Aggregate::Median ? median : sum / static_cast<double>(values.size()));
  }
  result.area = area_of(result);
  return result;
}

}  // namespace saliency
