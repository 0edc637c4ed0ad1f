// An image as a function of free parameters, so that gradient ascent moves it evenly (Olah et al., 2017): colours of
// little correlation, space in frequencies of equal energy, values within black and white.
//   fourier  plane = F_hᵀ (s ∘ p) F_w    F: real Fourier basis, orthonormal; s = 1 / (4 max(frequency, 1 / longer
//   side)) pixel    plane = p colours  rgb = M · planes: brightness, red − blue and green − magenta, in the proportions
//   of photographs (1 : 0.27 :
//            0.13); other numbers of channels stay as they are
//   value    black + (white − black) / (1 + exp(−rgb))
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/scalar.h"
#include "saliency/model.h"
#include "saliency/pixel_grid.h"

namespace saliency {

class ImageBasis {
 public:
  enum class Space { Fourier, Pixel };

  // The range has one value a channel.
  ImageBasis(Space space, const PixelGrid& grid, ValueRange range);

  std::size_t size() const { return static_cast<std::size_t>(grid_.channels * grid_.pixels()); }

  std::vector<Scalar> image(const std::vector<double>& parameters) const;
  // The gradient with respect to the parameters, of that with respect to the image they make.
  std::vector<double> pull_back(const std::vector<Scalar>& image, std::span<const double> image_gradient) const;

 private:
  std::vector<double> planes(const std::vector<double>& parameters) const;  // before the colours
  double slope(std::size_t channel, double value) const;

  Space space_;
  PixelGrid grid_;
  ValueRange range_;
  std::vector<double> rows_;     // F_h: frequency × row
  std::vector<double> columns_;  // F_w
  std::vector<double> scale_;    // s
};

}  // namespace saliency
