#include "saliency/image_view.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace saliency {

ImageView::ImageView(const PixelGrid& grid, const ImageMotion& motion) : grid_(grid) {
  const double angle = motion.degrees * 3.14159265358979323846 / 180;
  const double cosine = std::cos(angle) / motion.scale;
  const double sine = std::sin(angle) / motion.scale;
  const double middle_row = static_cast<double>(grid.height - 1) / 2;
  const double middle_column = static_cast<double>(grid.width - 1) / 2;
  for (std::int64_t row = 0; row < grid.height; ++row) {
    for (std::int64_t column = 0; column < grid.width; ++column) {
      const double y = static_cast<double>(row) - middle_row;
      const double x = static_cast<double>(column) - middle_column;
      const double from_row = std::clamp(middle_row + cosine * y - sine * x + motion.down, 0.0, 2 * middle_row);
      const double from_column =
          std::clamp(middle_column + sine * y + cosine * x + motion.right, 0.0, 2 * middle_column);
      const auto top = static_cast<std::int64_t>(from_row);
      const auto left = static_cast<std::int64_t>(from_column);
      const std::int64_t bottom = std::min(top + 1, grid.height - 1);
      const std::int64_t right = std::min(left + 1, grid.width - 1);
      const double below = from_row - static_cast<double>(top);
      const double beside = from_column - static_cast<double>(left);
      taps_.push_back(
          {{top * grid.width + left, top * grid.width + right, bottom * grid.width + left, bottom * grid.width + right},
           {(1 - below) * (1 - beside), (1 - below) * beside, below * (1 - beside), below * beside}});
    }
  }
}

void ImageView::append(const std::vector<Scalar>& image, std::vector<Scalar>& batch) const {
  const std::size_t offset = batch.size();
  batch.resize(offset + image.size());
  for (std::int64_t pixel = 0; pixel < grid_.pixels(); ++pixel) {
    const Taps& taps = taps_[static_cast<std::size_t>(pixel)];
    for (std::int64_t channel = 0; channel < grid_.channels; ++channel) {
      double sum = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        sum +=
            taps.weight[k] * static_cast<double>(image[static_cast<std::size_t>(grid_.index(channel, taps.pixel[k]))]);
      }
      batch[offset + static_cast<std::size_t>(grid_.index(channel, pixel))] = static_cast<Scalar>(sum);
    }
  }
}

void ImageView::add_adjoint(std::span<const Scalar> seen_gradient, std::vector<double>& image_gradient) const {
  for (std::int64_t pixel = 0; pixel < grid_.pixels(); ++pixel) {
    const Taps& taps = taps_[static_cast<std::size_t>(pixel)];
    for (std::int64_t channel = 0; channel < grid_.channels; ++channel) {
      const double gradient = seen_gradient[static_cast<std::size_t>(grid_.index(channel, pixel))];
      for (std::size_t k = 0; k < 4; ++k) {
        image_gradient[static_cast<std::size_t>(grid_.index(channel, taps.pixel[k]))] += taps.weight[k] * gradient;
      }
    }
  }
}

}  // namespace saliency
