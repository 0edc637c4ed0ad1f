// SmoothGrad (Smilkov et al., 2017): the mean of a method's maps over noisy copies of the image, which evens out what
// changes from pixel to pixel of the network's response. Blurs real detail too; costs `samples` maps.
//   sigma = stdevSpread · (max(image) − min(image)), or stdev     noise_i ~ N(0, sigma²) for each value
//   mean      1/n Σ map(image + noise_i)
//   square    1/n Σ map(image + noise_i)²               PAIR's magnitude = true, the default
//   variance  1/n Σ map²  − mean²                       VarGrad (Adebayo et al., 2018)
// Antithetic pairs use each noise with both signs, which cancels the odd terms of the error.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/scalar.h"
#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/method.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/target.h"
#include "tensor/tensor.h"

namespace saliency {

struct SmoothGradOptions {
  enum class Reduce { Mean, Square, Variance, Magnitude };

  double stdev_spread = 0.15;
  std::optional<double> stdev = {};  // absolute, instead of the share of the range
  std::int64_t samples = 25;
  Reduce reduce = Reduce::Square;
  bool antithetic = false;
  double tolerance = 0;  // stop when the standard error of the mean is below this share of the map; 0: never
  std::uint64_t seed = 0;
  std::optional<Tensor> noise = {};  // samples × input: used as it is instead of random numbers

  static SmoothGradOptions read(OptionReader& reader);
};

Job<Mask> smoothed_mask(const Method& method, Model& model, std::vector<Scalar> image, Target target,
                        SmoothGradOptions options, Mask* partial = nullptr);

}  // namespace saliency
