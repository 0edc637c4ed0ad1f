// Performance information curves (Kapishnikov et al., 2019): how well the network recognises an image of which only the
// pixels that a map ranks highest are sharp, against the information in that image.
//
// The information is a number that the caller measures (for instance the bytes of the image's lossless compression:
// it depends on the coder and its version, so it is not built in), and so is the network's performance: the class's
// probability (SIC), or 1 where it is the first and 0 elsewhere (AIC). This file makes the curve of them.
//   e = clip((I − I_base)/(I_full − I_base), 0, 1)    p = clip((P − P_base)/(P_full − P_base), 0, 1), running maximum
//   the points (e, p) with (0, 0) and (1, 1), joined linearly over e and evaluated at j / points, and (1, 1)
#pragma once

#include <cstdint>
#include <vector>

#include "base/scalar.h"

namespace saliency {

struct InformationPoint {
  double information = 0;
  double performance = 0;
};

struct InformationCurveOptions {
  double min_performance = 0.8;  // of the full image, below which its curve says nothing
  bool monotonous = true;        // the running maximum
  std::int64_t points = 1000;
};

struct InformationCurve {
  std::vector<double> x;  // points + 1
  std::vector<double> y;
  double area = 0;
};

// `thresholds`: the images of the growing masks. Throws InvalidOption where the image cannot be judged: the full
// image's performance is below the minimum, or neither information nor performance grow from base to full.
InformationCurve information_curve(const InformationPoint& base, const std::vector<InformationPoint>& thresholds,
                                   const InformationPoint& full, const InformationCurveOptions& options);

// The pixels that a threshold shows: the random mask, and those whose value is at least the quantile 1 − threshold.
std::vector<bool> shown_pixels(const std::vector<Scalar>& map, const std::vector<bool>& random_mask, double threshold);

// Exactly ⌊height · width · fraction⌋ pixels, without repetition.
std::vector<bool> random_pixels(std::int64_t height, std::int64_t width, double fraction, std::uint64_t seed);

enum class Aggregate { Mean, Median };
// Of curves with the same x, point by point. Throws InvalidOption for none, ShapeMismatch where x differs.
InformationCurve aggregated(const std::vector<InformationCurve>& curves, Aggregate aggregate);

}  // namespace saliency
