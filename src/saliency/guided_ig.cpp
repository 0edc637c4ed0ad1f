// Guided Integrated Gradients (Kapishnikov et al., 2021). Integrates along a path that first moves the values whose
// gradient is small, and so avoids the noise that a straight line collects; the map sums to the difference of scores.
// Which value moves when depends on comparisons of gradients: small changes of a network may change the map.
//
// Step s of n, with α = (s+1)/n and the straight line's points at α ± maxDist as bounds: until the path has covered its
// share of the distance, values behind the lower bound jump to it, and the `fraction` of values with the smallest
// gradients moves towards the upper bound; the step's one gradient times each move is added to the map.
// All in double precision; maxDist 0 or fraction 1 is integrated gradients.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/refined.h"

namespace saliency {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct GuidedIgOptions {
  std::int64_t steps = 200;
  double fraction = 0.25;
  double max_dist = 0.02;
  double tolerance = 0;
  Baselines baselines = Baselines::named("zero");

  static GuidedIgOptions read(OptionReader& reader) {
    GuidedIgOptions options;
    options.steps = reader.count("steps", options.steps, {1, 1e6}, "gradients on the path");
    options.fraction = reader.number("fraction", options.fraction, {1e-3, 1}, "share of the values that move together");
    options.max_dist = reader.number("maxDist", options.max_dist, {0, 1},
                                     "how far values may be ahead of or behind the straight line, as a share of it");
    options.tolerance = own_tolerance(reader, kPathTolerance);
    options.baselines = Baselines::read(reader, "baseline", "zero", "where the path starts; of several, the mean");
    return options;
  }
};

bool is_close(double a, double b) {
  return std::fabs(a - b) <= std::max(1e-9 * std::max(std::fabs(a), std::fabs(b)), 1e-9);
}

// One path from a baseline to an image.
class Path {
 public:
  Path(const std::vector<Scalar>& image, const std::vector<Scalar>& baseline)
      : image_(image.begin(), image.end()),
        baseline_(baseline.begin(), baseline.end()),
        point_(baseline_),
        attributions_(image.size()),
        length_(distance_to_image()) {}

  const std::vector<double>& point() const { return point_; }
  const std::vector<double>& attributions() const { return attributions_; }

  void step(std::int64_t index, const Scalar* gradient, const GuidedIgOptions& options) {
    if (length_ == 0) return;
    const std::size_t size = image_.size();
    std::vector<double> slope(size);
    for (std::size_t i = 0; i < size; ++i) {
      slope[i] = std::isfinite(gradient[i]) ? static_cast<double>(gradient[i]) : 0;
    }
    std::vector<double> order(size);  // |gradient|, infinite for values that may not move further
    for (std::size_t i = 0; i < size; ++i) order[i] = std::fabs(slope[i]);
    const double alpha = static_cast<double>(index + 1) / static_cast<double>(options.steps);
    const double low = std::max(alpha - options.max_dist, 0.0);
    const double high = std::min(alpha + options.max_dist, 1.0);
    const double target = length_ * (1 - alpha);
    double gamma = kInfinity;
    while (gamma > 1) {
      const std::vector<double> before = point_;
      for (std::size_t i = 0; i < size; ++i) {
        const double way = image_[i] - baseline_[i];
        const double progress = way == 0 ? high : (point_[i] - baseline_[i]) / way;
        if (progress < low) point_[i] = on_line(i, low);
      }
      const double left = distance_to_image();
      if (is_close(target, left)) {
        add(before, slope);
        return;
      }
      for (std::size_t i = 0; i < size; ++i) {
        if (point_[i] == on_line(i, high)) order[i] = kInfinity;
      }
      std::vector<double> sorted = order;
      const auto rank = static_cast<std::ptrdiff_t>(std::floor(options.fraction * static_cast<double>(size - 1)));
      std::nth_element(sorted.begin(), sorted.begin() + rank, sorted.end());
      const double threshold = sorted[static_cast<std::size_t>(rank)];
      const auto moves = [&](std::size_t i) { return order[i] <= threshold && order[i] != kInfinity; };
      double reach = 0;
      for (std::size_t i = 0; i < size; ++i) {
        if (moves(i)) reach += std::fabs(point_[i] - on_line(i, high));
      }
      // Where nothing is left to move, rounding is all that separates the path from its target.
      if (reach == 0 && std::none_of(order.begin(), order.end(), [](double value) { return value != kInfinity; })) {
        add(before, slope);
        return;
      }
      gamma = reach == 0 ? kInfinity : (left - target) / reach;
      for (std::size_t i = 0; i < size; ++i) {
        if (!moves(i)) continue;
        point_[i] = gamma > 1 ? on_line(i, high) : point_[i] + (on_line(i, high) - point_[i]) * gamma;
      }
      add(before, slope);
    }
  }

 private:
  double on_line(std::size_t i, double alpha) const { return baseline_[i] + (image_[i] - baseline_[i]) * alpha; }

  double distance_to_image() const {
    double sum = 0;
    for (std::size_t i = 0; i < image_.size(); ++i) sum += std::fabs(image_[i] - point_[i]);
    return sum;
  }

  void add(const std::vector<double>& before, const std::vector<double>& slope) {
    for (std::size_t i = 0; i < before.size(); ++i) attributions_[i] += (point_[i] - before[i]) * slope[i];
  }

  std::vector<double> image_;
  std::vector<double> baseline_;
  std::vector<double> point_;
  std::vector<double> attributions_;
  double length_;
};

class GuidedIg final : public Method {
 public:
  explicit GuidedIg(GuidedIgOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "GuidedIg"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    if (options_.tolerance == 0) return masks_of_path(model, std::move(images), std::move(target), partial);
    const auto make = [options = options_](std::int64_t steps) {
      GuidedIgOptions refined = options;
      refined.steps = steps;
      refined.tolerance = 0;
      return std::make_unique<GuidedIg>(refined);
    };
    return refined_masks(make, options_.steps, options_.tolerance, model, std::move(images), std::move(target),
                         partial);
  }

 private:
  // The paths of all images and baselines take their steps together, as batches.
  Job<std::vector<Mask>> masks_of_path(Model& model, Images images, Target target, Mask* partial) const {
    std::vector<Path> paths;
    std::vector<std::size_t> owners;  // image of each path
    std::vector<Mask> masks;
    std::vector<Completeness> completeness(images.size());
    const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    for (std::size_t i = 0; i < images.size(); ++i) {
      const auto baselines = options_.baselines.of(model, images[i]);
      const double score = model.scores(images[i], target).front();
      for (const std::vector<Scalar>& baseline : baselines) {
        paths.emplace_back(images[i], baseline);
        owners.push_back(i);
        const double start = model.scores(baseline, target).front();
        completeness[i].expected += (score - start) / static_cast<double>(baselines.size());
      }
      masks.push_back(blank_mask(model, name(), target));
      add_gradient_warnings(model, masks.back());
      masks.back().score = score;
      masks.back().steps = options_.steps;
      masks.back().evaluations = 1 + static_cast<std::int64_t>(baselines.size()) * (options_.steps + 1);
    }
    std::int64_t total = 0;
    for (const Mask& mask : masks) total += mask.evaluations;
    std::int64_t done = static_cast<std::int64_t>(images.size() + paths.size());
    for (std::int64_t step = 0; step < options_.steps; ++step) {
      for (std::size_t begin = 0; begin < paths.size(); begin += batch_size) {
        const std::size_t end = std::min(paths.size(), begin + batch_size);
        std::vector<Scalar> batch;
        for (std::size_t k = begin; k < end; ++k) {
          batch.insert(batch.end(), paths[k].point().begin(), paths[k].point().end());
        }
        const ScoresAndGradients result = model.gradients(batch, target, BackwardRule::Exact);
        for (std::size_t k = begin; k < end; ++k) {
          paths[k].step(step, result.gradients.data() + (k - begin) * images[0].size(), options_);
        }
        done += static_cast<std::int64_t>(end - begin);
        if (partial != nullptr && end == paths.size()) {
          *partial = finished(masks[0], paths, owners, 0, completeness[0]);
          partial->steps = step + 1;
        }
        const Progress progress{done, total};
        co_yield progress;
      }
    }
    for (std::size_t i = 0; i < masks.size(); ++i) {
      masks[i] = finished(masks[i], paths, owners, i, completeness[i]);
    }
    co_return masks;
  }

  // The mean over the paths of image `owner` of what they have gathered.
  static Mask finished(Mask mask, const std::vector<Path>& paths, const std::vector<std::size_t>& owners,
                       std::size_t owner, Completeness completeness) {
    const auto share = static_cast<double>(std::count(owners.begin(), owners.end(), owner));
    std::vector<double> sums;
    for (std::size_t k = 0; k < paths.size(); ++k) {
      if (owners[k] != owner) continue;
      sums.resize(paths[k].attributions().size());
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += paths[k].attributions()[i] / share;
    }
    mask.data.assign(sums.begin(), sums.end());
    for (const double value : sums) completeness.sum += value;
    completeness.delta = completeness.sum - completeness.expected;
    mask.completeness = completeness;
    seal(mask);
    return mask;
  }

  GuidedIgOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_guided_ig(OptionReader& reader) {
  return std::make_unique<GuidedIg>(GuidedIgOptions::read(reader));
}

}  // namespace saliency
