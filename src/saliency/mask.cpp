#include "saliency/mask.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace saliency {

void warn(Mask& mask, const std::string& warning) {
  if (std::find(mask.warnings.begin(), mask.warnings.end(), warning) == mask.warnings.end()) {
    mask.warnings.push_back(warning);
  }
}

void seal(Mask& mask) {
  std::size_t zeros = 0;
  std::size_t not_finite = 0;
  for (Scalar& value : mask.data) {
    if (!std::isfinite(value)) {
      value = 0;
      ++not_finite;
    } else if (value == 0) {
      ++zeros;
    }
  }
  const double count = std::max<double>(1, static_cast<double>(mask.data.size()));
  mask.zeros = static_cast<double>(zeros) / count;
  mask.not_finite = static_cast<double>(not_finite) / count;
  if (not_finite != 0) {
    warn(mask, std::to_string(not_finite) + " of " + std::to_string(mask.data.size()) +
                   " values were not finite and are shown as 0; check the preprocessing and the weights for overflow");
  } else if (zeros == mask.data.size()) {
    warn(mask,
         "the map is zero everywhere: the score does not react to the image; explain another class or the "
         "logit instead of a saturated probability");
  }
}

}  // namespace saliency
