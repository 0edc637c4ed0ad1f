// What LIME, KernelSHAP and feature ablation share: regions of the image that are shown or hidden together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/scalar.h"
#include "saliency/baselines.h"
#include "saliency/mask.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"
#include "saliency/segments.h"
#include "tensor/tensor.h"

namespace saliency {

struct SuperpixelOptions {
  std::optional<Tensor> segments = {};
  double scale = 250;
  Baselines value = Baselines::named("mean");

  static SuperpixelOptions read(OptionReader& reader);
};

// The regions of one image, and the image that hidden ones are taken from.
class Superpixels {
 public:
  Superpixels(const Model& model, const std::vector<Scalar>& image, const SuperpixelOptions& options,
              const PixelGrid& grid);

  std::size_t count() const { return regions_.size(); }

  // Appends the image with the regions that are not `shown` hidden.
  void append(const std::vector<bool>& shown, std::vector<Scalar>& batch) const;

  // One number a region as a mask {h, w}: each pixel has the sum over the regions that it is in.
  void paint(const std::vector<double>& numbers, Mask& mask) const;

  // Labels {h, w} of the regions, from 0; −1 where there is none.
  Tensor labels() const;

 private:
  const std::vector<Scalar>& image_;
  std::vector<Scalar> fill_;
  PixelGrid grid_;
  std::vector<Region> regions_;
};

}  // namespace saliency
