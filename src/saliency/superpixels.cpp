#include "saliency/superpixels.h"

#include <algorithm>
#include <cstddef>

namespace saliency {

SuperpixelOptions SuperpixelOptions::read(OptionReader& reader) {
  SuperpixelOptions options;
  options.segments = reader.tensor("segments", "Felzenszwalb's", "labels {h, w} or masks {n, h, w} of the regions");
  options.scale = reader.number("segmentScale", options.scale, {1, 1e6}, "larger numbers give larger regions");
  options.value = Baselines::read(reader, "value", "mean", "what hidden regions become");
  return options;
}

Superpixels::Superpixels(const Model& model, const std::vector<Scalar>& image, const SuperpixelOptions& options,
                         const PixelGrid& grid)
    : image_(image),
      fill_(options.value.filling(model, image)),
      grid_(grid),
      regions_(options.segments ? given_regions(*options.segments, grid)
                                : regions_of(xrai_labels(image, grid, {options.scale}).front())) {
  std::erase_if(regions_, [](const Region& region) { return region.empty(); });
}

void Superpixels::append(const std::vector<bool>& shown, std::vector<Scalar>& batch) const {
  const std::size_t offset = batch.size();
  batch.insert(batch.end(), image_.begin(), image_.end());
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    if (shown[r]) continue;
    for (const std::int32_t pixel : regions_[r]) {
      for (std::int64_t channel = 0; channel < grid_.channels; ++channel) {
        const auto i = static_cast<std::size_t>(grid_.index(channel, pixel));
        batch[offset + i] = fill_[i];
      }
    }
  }
}

void Superpixels::paint(const std::vector<double>& numbers, Mask& mask) const {
  std::vector<double> sums(static_cast<std::size_t>(grid_.pixels()));
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    for (const std::int32_t pixel : regions_[r]) sums[static_cast<std::size_t>(pixel)] += numbers[r];
  }
  mask.shape = {grid_.height, grid_.width};
  mask.data.assign(sums.begin(), sums.end());
}

Tensor Superpixels::labels() const {
  Tensor result({grid_.height, grid_.width}, Scalar{-1}, DType::Int);
  for (std::size_t r = 0; r < regions_.size(); ++r) {
    for (const std::int32_t pixel : regions_[r]) result.data[static_cast<std::size_t>(pixel)] = static_cast<Scalar>(r);
  }
  return result;
}

}  // namespace saliency
