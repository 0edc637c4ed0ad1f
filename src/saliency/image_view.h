// An image seen from slightly elsewhere: moved, turned and scaled about its middle, read bilinearly, its edges
// continued. Linear in the image, hence with an adjoint.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/scalar.h"
#include "saliency/pixel_grid.h"

namespace saliency {

struct ImageMotion {
  double down = 0;  // pixels
  double right = 0;
  double degrees = 0;
  double scale = 1;  // larger than 1: nearer
};

class ImageView {
 public:
  ImageView(const PixelGrid& grid, const ImageMotion& motion);

  // Appends the image as it is seen.
  void append(const std::vector<Scalar>& image, std::vector<Scalar>& batch) const;
  // Adds the gradient with respect to the image, of that with respect to what is seen.
  void add_adjoint(std::span<const Scalar> seen_gradient, std::vector<double>& image_gradient) const;

 private:
  struct Taps {
    std::array<std::int64_t, 4> pixel;
    std::array<double, 4> weight;
  };

  PixelGrid grid_;
  std::vector<Taps> taps_;  // by pixel
};

}  // namespace saliency
