// Images of three spatial axes, n×d×h×w×c: convolutions and pools by way of those of two.
#pragma once

#include <memory>

#include "ops/operator.h"

namespace saliency::ops {

using Factory = std::unique_ptr<Operator> (*)(const NodeInfo& info);

bool is_volume(const NodeInfo& info);

// Conv and ConvTranspose: a sum over the taps along d, each of them a convolution of planes that `make` makes.
std::unique_ptr<Operator> make_volume_convolution(const NodeInfo& info, Factory make);

// Pools: over planes first, then along d; both made by `make`. It is the same, since maxima, sums, powers' sums and
// counts of a box are those of its columns' rows, and the first winner in memory order is the first of the first plane.
std::unique_ptr<Operator> make_volume_pool(const NodeInfo& info, Factory make);

// The attributes of a window along `first` … `first + count − 1` of the three spatial axes.
Attributes window_attributes(const NodeInfo& info, std::size_t first, std::size_t count);

}  // namespace saliency::ops
