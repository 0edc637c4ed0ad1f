// XRAI's order of regions by the attribution that they add.
#pragma once

#include <cstdint>
#include <vector>

#include "saliency/segments.h"

namespace saliency {

struct XraiRanking {
  enum class Algorithm { Full, Fast };

  Algorithm algorithm = Algorithm::Full;
  std::int64_t min_pixel_diff = 50;
  double area_threshold = 1;
};

struct RankedRegions {
  std::vector<double> values;       // a pixel: the mean attribution of what its region added
  std::vector<std::int32_t> ranks;  // a pixel: 1 is the most important; pixels that no region covers come last
};

RankedRegions rank_regions(const std::vector<double>& attribution, const std::vector<Region>& regions,
                           const XraiRanking& options);

}  // namespace saliency
