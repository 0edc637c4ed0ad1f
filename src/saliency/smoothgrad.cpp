#include "saliency/smoothgrad.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "saliency/random.h"
#include "saliency/standard_error.h"
#include "tensor/shape.h"

// One rounding an operation, on every machine.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace saliency {
namespace {

using Reduce = SmoothGradOptions::Reduce;

// Sums of one value a pixel over the samples so far.
class Moments {
 public:
  explicit Moments(Reduce reduce) : reduce_(reduce) {}

  void add(const std::vector<Scalar>& map) {
    first_.resize(map.size());
    second_.resize(map.size());
    switch (reduce_) {
      case Reduce::Square: add_all(map, [](double value) { return value * value; }); break;
      case Reduce::Magnitude: add_all(map, [](double value) { return std::fabs(value); }); break;
      default: add_all(map, [](double value) { return value; });
    }
    ++count_;
  }

  void write(std::vector<Scalar>& map) const {
    map.resize(first_.size());
    for (std::size_t i = 0; i < map.size(); ++i) {
      const double mean = first_[i] / count_;
      map[i] =
          static_cast<Scalar>(reduce_ == Reduce::Variance ? std::max(0.0, second_[i] / count_ - mean * mean) : mean);
    }
  }

  double relative_error() const { return relative_standard_error(first_, second_, static_cast<std::int64_t>(count_)); }

 private:
  template <class Reduced>
  void add_all(const std::vector<Scalar>& map, const Reduced& reduced) {
    for (std::size_t i = 0; i < map.size(); ++i) {
      const double value = reduced(double{map[i]});
      first_[i] += value;
      second_[i] += value * value;
    }
  }

  Reduce reduce_;
  std::vector<double> first_ = {};
  std::vector<double> second_ = {};
  double count_ = 0;
};

std::vector<Scalar> noisy(const std::vector<Scalar>& image, std::int64_t sample, double sigma,
                          const SmoothGradOptions& options) {
  std::vector<Scalar> result(image.size());
  if (options.noise) {
    const std::size_t begin = static_cast<std::size_t>(sample) * image.size();
    for (std::size_t i = 0; i < image.size(); ++i) result[i] = image[i] + options.noise->data[begin + i];
    return result;
  }
  const std::int64_t stream = options.antithetic ? sample / 2 : sample;
  const double sign = options.antithetic && sample % 2 == 1 ? -sigma : sigma;
  Random random(options.seed, static_cast<std::uint64_t>(stream));
  for (std::size_t i = 0; i < image.size(); ++i) {
    result[i] = static_cast<Scalar>(static_cast<double>(image[i]) + sign * random.normal());
  }
  return result;
}

void check_noise(const SmoothGradOptions& options, const std::vector<Scalar>& image) {
  const std::size_t expected = static_cast<std::size_t>(options.samples) * image.size();
  if (!options.noise || options.noise->data.size() == expected) return;
  throw Error(ErrorCode::ShapeMismatch,
              "option 'noise' has shape " + to_string(options.noise->shape) + ", " + std::to_string(options.samples) +
                  " samples of the image need " + std::to_string(expected) + " values",
              {.expected = std::to_string(expected) + " values", .actual = to_string(options.noise->shape)});
}

constexpr const char* kNotFinite =
    "some samples had values that were not finite and counted as 0; check the preprocessing and the weights for "
    "overflow";

// What seal() said of one sample is said anew of the result.
bool is_about_values(const std::string& warning) {
  return warning.find("the map is zero everywhere") == 0 || warning.find("were not finite") != std::string::npos;
}

}  // namespace

SmoothGradOptions SmoothGradOptions::read(OptionReader& reader) {
  static constexpr std::string_view kReductions[] = {"mean", "square", "variance", "magnitude"};
  SmoothGradOptions options;
  options.stdev_spread = reader.number("stdevSpread", options.stdev_spread, {0, 1e6},
                                       "standard deviation of the noise, as a share of the image's range of values");
  const std::vector<double> stdev =
      reader.numbers("stdev", "stdevSpread's share", "standard deviation of the noise in the model's own values");
  if (!stdev.empty()) {
    if (stdev.size() != 1 || stdev[0] < 0) reader.fail("stdev", "a number of at least 0", to_text(stdev[0]));
    options.stdev = stdev[0];
  }
  options.samples = reader.count("samples", options.samples, {1, 1e6}, "noisy copies of the image");
  const bool magnitude = reader.flag("magnitude", true, "true: the mean of the squares; false: the mean itself");
  const std::string reduce = reader.choice("reduce", magnitude ? "square" : "mean", kReductions,
                                           "what is made of the samples, instead of what magnitude says");
  options.reduce = reduce == "square"      ? Reduce::Square
                   : reduce == "variance"  ? Reduce::Variance
                   : reduce == "magnitude" ? Reduce::Magnitude
                                           : Reduce::Mean;
  options.antithetic = reader.flag("antithetic", options.antithetic, "use each noise with both signs");
  options.tolerance = reader.number("tolerance", options.tolerance, {0, 1},
                                    "stop early once the standard error is below this share of the map; 0: never");
  options.seed = static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
  options.noise = reader.tensor("noise", "random", "samples × input: added as it is");
  return options;
}

Job<Mask> smoothed_mask(const Method& method, Model& model, std::vector<Scalar> image, Target target,
                        SmoothGradOptions options, Mask* partial) {
  check_image(model, image.size());
  check_noise(options, image);
  const auto [low, high] = std::minmax_element(image.begin(), image.end());
  const double range = image.empty() ? 0 : static_cast<double>(*high) - static_cast<double>(*low);
  const double sigma = options.stdev.value_or(options.stdev_spread * range);
  // Without noise all samples are the same map.
  const std::int64_t samples = sigma == 0 && !options.noise ? 1 : options.samples;
  const std::int64_t step = std::max<std::int64_t>(1, model.batch_size());

  Moments moments(options.reduce);
  Mask result;
  std::int64_t evaluations = 0;
  std::int64_t taken = 0;
  while (taken < samples) {
    const std::int64_t end = std::min(samples, taken + step);
    Images images;
    for (std::int64_t i = taken; i < end; ++i) images.push_back(noisy(image, i, sigma, options));
    Job<std::vector<Mask>> job = method.masks(model, std::move(images), target);
    while (job.step()) {
      // All chunks cost in proportion to their size.
      const double each = static_cast<double>(job.progress().total) / static_cast<double>(end - taken);
      const auto total = static_cast<std::int64_t>(std::ceil(each * static_cast<double>(samples)));
      const Progress progress{std::min(total, evaluations + job.progress().done), total};
      co_yield progress;
    }
    const std::vector<Mask> masks = job.result();
    if (taken == 0) {
      result = masks.front();
      std::erase_if(result.warnings, is_about_values);
    }
    for (const Mask& mask : masks) {
      moments.add(mask.data);
      evaluations += mask.evaluations;
      if (mask.not_finite > 0) warn(result, kNotFinite);
    }
    taken = end;
    if (partial != nullptr) {
      *partial = result;
      moments.write(partial->data);
    }
    if (taken >= kFewestSamples && options.tolerance > 0 && moments.relative_error() < options.tolerance) break;
  }

  moments.write(result.data);
  result.score = model.scores(image, target).front();
  result.completeness.reset();  // holds for the samples, not for their statistic
  result.extras.clear();
  result.evaluations = evaluations + 1;
  result.seed = options.seed;
  if (samples < options.samples) {
    warn(result,
         "the noise has no width, so that one sample was taken: the image is constant or stdevSpread is 0; give stdev, "
         "in the model's own values");
  }
  result.steps = taken;
  seal(result);
  co_return result;
}

}  // namespace saliency
