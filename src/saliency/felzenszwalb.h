// Segmentation by minimum spanning trees (Felzenszwalb & Huttenlocher, 2004), numerically as skimage.segmentation's:
// the image is blurred, pixels are joined with their 8 neighbours in the order of their colours' distance, as long as
// it is below both segments' largest inner distance + scale / 255 / size; then segments below min_size are joined.
#pragma once

#include <cstdint>
#include <vector>

#include "saliency/pixel_grid.h"

namespace saliency {

// A label for each pixel, row by row; labels are numbered by their first pixel.
using Labels = std::vector<std::int32_t>;

struct FelzenszwalbOptions {
  double sigma = 0.8;
  std::int64_t min_size = 20;
};

// One segmentation for each scale; larger scales give larger segments.
std::vector<Labels> felzenszwalb(const std::vector<double>& image, const PixelGrid& grid,
                                 const std::vector<double>& scales, const FelzenszwalbOptions& options);

}  // namespace saliency
