#include "metrics/curves.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>

#include "base/error.h"
#include "saliency/method.h"
#include "saliency/pixel_grid.h"

namespace saliency {

std::vector<std::int32_t> pixel_order(const Model& model, const std::vector<Scalar>& map) {
  const PixelGrid grid = pixel_grid(model, "a metric");
  const auto pixels = static_cast<std::size_t>(grid.pixels());
  std::vector<double> sums(pixels, 0);
  if (map.size() == pixels) {
    std::copy(map.begin(), map.end(), sums.begin());
  } else {
    check_image(model, map.size());
    for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
      for (std::size_t i = 0; i < pixels; ++i) {
        sums[i] += map[static_cast<std::size_t>(grid.index(channel, static_cast<std::int64_t>(i)))];
      }
    }
  }
  std::vector<std::int32_t> order(pixels);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return sums[static_cast<std::size_t>(a)] > sums[static_cast<std::size_t>(b)];
  });
  return order;
}

double area_under(const std::vector<double>& values) {
  if (values.size() < 2) return values.empty() ? 0 : values.front();
  double sum = (values.front() + values.back()) / 2;
  for (std::size_t i = 1; i + 1 < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(values.size() - 1);
}

Job<Curve> perturbation_curve(Model& model, std::vector<Scalar> image, std::vector<Scalar> map,
                              std::vector<Scalar> baseline, Target target, CurveKind kind, std::int64_t steps) {
  check_image(model, image.size());
  check_image(model, baseline.size());
  if (steps < 1) {
    throw Error(ErrorCode::InvalidOption, "the curve has " + std::to_string(steps) + " steps, expected at least 1",
                {.expected = "at least 1", .actual = std::to_string(steps)});
  }
  const PixelGrid grid = pixel_grid(model, "a metric");
  const std::vector<std::int32_t> order = pixel_order(model, map);
  const std::int64_t batch_size = std::max<std::int64_t>(1, model.batch_size());
  std::vector<Scalar> current = kind == CurveKind::Deletion ? image : baseline;
  const std::vector<Scalar>& replacement = kind == CurveKind::Deletion ? baseline : image;
  std::int64_t moved = 0;
  Curve curve;
  for (std::int64_t begin = 0; begin <= steps; begin += batch_size) {
    const std::int64_t end = std::min(steps + 1, begin + batch_size);
    std::vector<Scalar> batch;
    for (std::int64_t j = begin; j < end; ++j) {
      for (; moved < j * grid.pixels() / steps; ++moved) {
        for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
          const auto i = static_cast<std::size_t>(grid.index(channel, order[static_cast<std::size_t>(moved)]));
          current[i] = replacement[i];
        }
      }
      batch.insert(batch.end(), current.begin(), current.end());
    }
    for (const Scalar score : model.scores(batch, target)) curve.scores.push_back(score);
    const Progress progress{end, steps + 1};
    co_yield progress;
  }
  curve.area = area_under(curve.scores);
  co_return curve;
}

}  // namespace saliency
