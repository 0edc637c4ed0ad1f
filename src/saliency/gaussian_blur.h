// Separable Gaussian blur over height and width in double precision, as scipy.ndimage.gaussian_filter (truncate 4):
// taps −r … r with r = int(4 sigma + 0.5) and weights exp(−t² / 2 sigma²), normalised to sum 1. sigma = 0 and r = 0 are
// the identity.
#pragma once

#include <cstdint>
#include <vector>

#include "saliency/pixel_grid.h"

namespace saliency {

// What lies outside of the image: zeros; the edge's value; the image mirrored including its edge (d c b a | a b c d);
// or without repeating it (d c b | a b c d).
enum class Edge { Zero, Nearest, Reflect, Mirror };

std::vector<double> gaussian_blur(const std::vector<double>& image, const PixelGrid& grid, double sigma, Edge edge);
// Different widths along height and width.
std::vector<double> gaussian_blur(const std::vector<double>& image, const PixelGrid& grid, double sigma_height,
                                  double sigma_width, Edge edge);

// The place inside 0 … size − 1 that an outside index refers to; −1: zero.
std::int64_t edge_index(std::int64_t index, std::int64_t size, Edge edge);

}  // namespace saliency
