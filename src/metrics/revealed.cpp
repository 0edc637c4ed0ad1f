#include "metrics/revealed.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "base/error.h"
#include "metrics/delaunay.h"
#include "metrics/image_information.h"
#include "saliency/method.h"
#include "saliency/pixel_grid.h"

namespace saliency {
namespace {

// Between the model's values and the bytes of a picture, pixels outermost.
class Bytes {
 public:
  Bytes(const Model& model, const PixelGrid& grid) : grid_(grid) {
    const auto range = model.value_range();
    if (!range || static_cast<std::int64_t>(range->black.size()) != grid.channels) {
      throw Error(ErrorCode::InvalidOption,
                  "what black and white are for this model is not known, so that its image has no bytes",
                  {.expected = "a model with preprocessing",
                   .actual = "one without",
                   .remedy = "load the model with its preprocessing"});
    }
    range_ = *range;
  }

  std::vector<double> from_values(const std::vector<Scalar>& values) const {
    std::vector<double> bytes(values.size());
    each([&](std::size_t at, std::size_t byte, double black, double white) {
      bytes[byte] = std::clamp((static_cast<double>(values[at]) - black) / (white - black) * 255, 0.0, 255.0);
    });
    return bytes;
  }

  void append_values(const std::vector<std::uint8_t>& bytes, std::vector<Scalar>& batch) const {
    const std::size_t offset = batch.size();
    batch.resize(offset + bytes.size());
    each([&](std::size_t at, std::size_t byte, double black, double white) {
      batch[offset + at] = static_cast<Scalar>(black + (white - black) * bytes[byte] / 255);
    });
  }

 private:
  template <class Visit>
  void each(Visit visit) const {
    for (std::int64_t pixel = 0; pixel < grid_.pixels(); ++pixel) {
      for (std::int64_t channel = 0; channel < grid_.channels; ++channel) {
        const auto c = static_cast<std::size_t>(channel);
        visit(static_cast<std::size_t>(grid_.index(channel, pixel)),
              static_cast<std::size_t>(pixel * grid_.channels + channel), range_.black[c], range_.white[c]);
      }
    }
  }

  PixelGrid grid_;
  ValueRange range_;
};

std::vector<std::uint8_t> rounded(const std::vector<double>& bytes) {
  std::vector<std::uint8_t> result;
  result.reserve(bytes.size());
  for (const double byte : bytes) result.push_back(static_cast<std::uint8_t>(std::nearbyint(byte)));
  return result;
}

// One value a pixel: what it matters, whatever the sign.
std::vector<Scalar> by_pixel(const Model& model, const std::vector<Scalar>& map, const PixelGrid& grid) {
  if (static_cast<std::int64_t>(map.size()) == grid.pixels()) return map;
  check_image(model, map.size());
  std::vector<Scalar> result(static_cast<std::size_t>(grid.pixels()));
  for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
    double sum = 0;
    for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
      sum += static_cast<double>(map[static_cast<std::size_t>(grid.index(channel, pixel))]);
    }
    result[static_cast<std::size_t>(pixel)] = static_cast<Scalar>(std::fabs(sum));
  }
  return result;
}

}  // namespace

Job<InformationCurve> revealed_curve(Model& model, std::vector<Scalar> image, std::vector<Scalar> map, Target target,
                                     RevealOptions options) {
  check_image(model, image.size());
  const PixelGrid grid = pixel_grid(model, "a metric");
  const Bytes bytes(model, grid);
  const std::vector<double> sharp = bytes.from_values(image);
  const std::vector<Scalar> values = by_pixel(model, map, grid);
  const std::vector<bool> random = random_pixels(grid.height, grid.width, options.random_fraction, options.seed);
  const std::size_t count = options.thresholds.size() + 2;
  const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));

  // The random pixels alone, each threshold, and the whole.
  std::vector<InformationPoint> points;
  for (std::size_t begin = 0; begin < count; begin += batch_size) {
    const std::size_t end = std::min(count, begin + batch_size);
    std::vector<Scalar> batch;
    for (std::size_t k = begin; k < end; ++k) {
      std::vector<bool> shown = random;
      if (k + 1 == count) shown.assign(shown.size(), true);
      if (k > 0 && k + 1 < count) shown = shown_pixels(values, random, options.thresholds[k - 1]);
      const std::vector<std::uint8_t> picture =
          rounded(interpolated_between(sharp, shown, grid.height, grid.width, grid.channels));
      points.push_back({image_information(picture, grid.height, grid.width, grid.channels), 0});
      bytes.append_values(picture, batch);
    }
    const std::vector<Scalar> scores = model.scores(batch, target);
    for (std::size_t k = begin; k < end; ++k) points[k].performance = scores[k - begin];
    const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(count)};
    co_yield progress;
  }
  co_return information_curve(points.front(), {points.begin() + 1, points.end() - 1}, points.back(), options.curve);
}

}  // namespace saliency
