// Resizing of one plane {h, w}, in double precision, with half-pixel centres: output place i lies at
// (i + ½) · in / out − ½ of the input.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace saliency {

struct Plane {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<double> values = {};
};

enum class Interpolation {
  Bilinear,        // edges continued; no smoothing when shrinking: torch's interpolate with align_corners false
  BilinearMirror,  // edges mirrored without repeating the edge; when shrinking, smoothed with sigma (in/out − 1)/2
                   // first; clipped to the input's range: skimage's resize with its defaults
  Nearest,         // floor(i · in / out): torch's nearest
  NearestCentre,   // floor((i + ½) · in / out), ties downwards: skimage's order 0
  CubicSpline,     // interpolating cubic B-spline, zeros outside, smoothed and clipped as above: skimage's order 3 with
                   // mode 'constant'
};

// What the results of BilinearMirror and CubicSpline are clipped to.
struct Bounds {
  double low;
  double high;
};

// `bounds`: of the whole image where the plane is one of its channels; by default of the plane itself. Where zero lies
// outside of the plane's own range but is reached by a spline, it counts as within.
Plane resized(const Plane& plane, std::int64_t height, std::int64_t width, Interpolation interpolation,
              std::optional<Bounds> bounds = {});

}  // namespace saliency
