// Regions of an image: XRAI's overlapping ones, and one label a pixel for methods that hide or show superpixels.
#pragma once

#include <cstdint>
#include <vector>

#include "base/scalar.h"
#include "saliency/felzenszwalb.h"
#include "saliency/pixel_grid.h"
#include "tensor/tensor.h"

namespace saliency {

using Region = std::vector<std::int32_t>;  // its pixels, ascending; may be empty

// Felzenszwalb's segmentation as XRAI makes it: the image is scaled to −1 … 1, resized to 224×224, segmented (sigma
// 0.8, min_size 150), and the labels are resized back. A constant image is one segment.
std::vector<Labels> xrai_labels(const std::vector<Scalar>& image, const PixelGrid& grid,
                                const std::vector<double>& scales);

// Every label of the scales 50, 100, 150, 250, 500 and 1200 as a region, dilated by the disc of radius 5.
std::vector<Region> xrai_regions(const std::vector<Scalar>& image, const PixelGrid& grid);

// The pixels of each label from the lowest to the highest; labels that do not occur give empty regions.
std::vector<Region> regions_of(const Labels& labels);
// The region and all pixels within the distance `radius` of it.
Region dilated(const Region& region, std::int64_t height, std::int64_t width, std::int64_t radius);

// Regions given by the caller: {n, h, w} masks (not 0 is inside), or {h, w} labels. Throws ShapeMismatch.
std::vector<Region> given_regions(const Tensor& tensor, const PixelGrid& grid);

}  // namespace saliency
