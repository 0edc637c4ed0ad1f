// Windows over n×c×… tensors of any number of spatial axes, by their definition and with nothing shared with the core.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tensor/tensor.h"

namespace saliency::testing {

// One value for each spatial axis; an empty list means 1 (strides, dilations) or 0 (pads) everywhere.
struct NaiveWindow {
  std::vector<std::int64_t> stride = {}, dilation = {}, leading = {}, trailing = {};
};

Tensor naive_conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const NaiveWindow& window,
                  std::int64_t groups);

// Each value of x times the weights, added to the output; cut to `output`, whose first pixel is `leading` pixels
// inside.
Tensor naive_conv_transpose(const Tensor& x, const Tensor& weight, const Tensor& bias, const NaiveWindow& window,
                            std::int64_t groups, const Shape& output);

// f of the values of each window that lie inside the image, in memory order; `padding` counts the taps in the pads.
using Reduction = std::function<double(const std::vector<double>& inside, std::int64_t padding)>;
Tensor naive_pool(const Tensor& x, const std::vector<std::int64_t>& kernel, const NaiveWindow& window,
                  const Shape& output, const Reduction& reduce);

}  // namespace saliency::testing
