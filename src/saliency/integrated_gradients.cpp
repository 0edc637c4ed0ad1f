// Integrated Gradients (Sundararajan et al., 2017). Averages the gradient on the straight line from a baseline to the
// image; attributions sum to score(image) − score(baseline). Sensitive to the baseline: where the image equals it,
// the map is zero.
//   map = (x − b) · Σ_k w_k grad(b + α_k (x − b))
//   left       α = k/n                w = 1/n
//   right      α = (k+1)/n            w = 1/n
//   midpoint   α = (k+½)/n            w = 1/n          the default: its error falls with 1/n², and it avoids a
//                                                      constant baseline, at which max pools tie
//   trapezoid  α = k/(n−1)            w = 1/(n−1), half of it at the ends
//   gauss-legendre                    exact for polynomials of degree 2n − 1
// compat 'pair': α = k/(n−1), w = 1/n. compat 'captum' with trapezoid: w = 1/n, half of it at the ends.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/path_rule.h"
#include "saliency/refined.h"

namespace saliency {
namespace {

struct IntegratedGradientsOptions {
  PathRule rule = {};
  std::int64_t steps = 25;
  double tolerance = 0;
  Baselines baselines = Baselines::named("zero");

  static IntegratedGradientsOptions read(OptionReader& reader) {
    IntegratedGradientsOptions options;
    options.steps =
        reader.count("steps", options.steps, {1, 1e6}, "gradients on the path from the baseline to the image");
    options.rule = PathRule::read(reader);
    options.tolerance = own_tolerance(reader, kPathTolerance);
    options.baselines = Baselines::read(reader, "baseline", "zero", "where the path starts; of several, the mean");
    return options;
  }
};

// One image on its way: baselines, accumulated maps and scores.
struct Paths {
  std::vector<std::vector<Scalar>> baselines;
  std::vector<double> sums;  // Σ over baselines of (x − b) Σ w grad
  double weight = 0;         // Σ w so far, for partial maps
  std::int64_t points = 0;   // of all baselines' paths so far
  double score = 0;
  double baseline_score = 0;  // mean
};

class IntegratedGradients final : public Method {
 public:
  explicit IntegratedGradients(IntegratedGradientsOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "IntegratedGradients"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    std::vector<Paths> paths(images.size());
    std::int64_t starts = 0;
    for (std::size_t i = 0; i < images.size(); ++i) {
      paths[i].baselines = options_.baselines.of(model, images[i]);
      starts += static_cast<std::int64_t>(paths[i].baselines.size());
    }
    const auto ends = static_cast<std::int64_t>(images.size()) + starts;
    std::int64_t done = 0;
    std::int64_t total = ends + starts * options_.steps;

    // Scores of the images and their baselines.
    std::vector<const std::vector<Scalar>*> points;
    for (std::size_t i = 0; i < images.size(); ++i) {
      points.push_back(&images[i]);
      for (const auto& baseline : paths[i].baselines) points.push_back(&baseline);
    }
    std::vector<double> scores;
    const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    for (std::size_t begin = 0; begin < points.size(); begin += batch_size) {
      const std::size_t end = std::min(points.size(), begin + batch_size);
      std::vector<Scalar> batch;
      for (std::size_t i = begin; i < end; ++i) batch.insert(batch.end(), points[i]->begin(), points[i]->end());
      for (const Scalar score : model.scores(batch, target)) scores.push_back(score);
      done += static_cast<std::int64_t>(end - begin);
      const Progress progress{done, total};
      co_yield progress;
    }
    std::size_t next_score = 0;
    for (Paths& path : paths) {
      path.score = scores[next_score++];
      for (std::size_t b = 0; b < path.baselines.size(); ++b) {
        path.baseline_score += scores[next_score++] / static_cast<double>(path.baselines.size());
      }
    }

    for (std::int64_t steps = options_.steps;; steps *= 2) {
      const std::vector<PathNode> nodes = options_.rule.nodes(steps);
      std::vector<Place> places;
      for (std::size_t i = 0; i < images.size(); ++i) {
        paths[i].sums.assign(images[i].size(), 0);
        paths[i].weight = 0;
        paths[i].points = 0;
        for (const std::size_t node : spread_order(nodes.size())) {
          for (std::size_t b = 0; b < paths[i].baselines.size(); ++b) places.push_back({i, b, node});
        }
      }
      for (std::size_t begin = 0; begin < places.size(); begin += batch_size) {
        const std::size_t end = std::min(places.size(), begin + batch_size);
        std::vector<Scalar> batch;
        for (std::size_t k = begin; k < end; ++k) append_point(images, paths, places[k], nodes, batch);
        const ScoresAndGradients result = model.gradients(batch, target, BackwardRule::Exact);
        for (std::size_t k = begin; k < end; ++k) {
          accumulate(images, paths, places[k], nodes, result.gradients.data() + (k - begin) * images[0].size());
        }
        if (partial != nullptr) *partial = finished(model, target, paths[0], done, Complete::No);
        done += static_cast<std::int64_t>(end - begin);
        const Progress progress{done, std::max(total, done)};
        co_yield progress;
      }
      if (options_.tolerance == 0 || steps >= kMostRefined * options_.steps || within_tolerance(paths)) {
        const std::int64_t each = done / static_cast<std::int64_t>(std::max<std::size_t>(1, images.size()));
        std::vector<Mask> masks;
        for (const Paths& path : paths) masks.push_back(finished(model, target, path, each, Complete::Yes));
        co_return masks;
      }
      total = done + starts * steps * 2;
    }
  }

 private:
  enum class Complete { No, Yes };
  struct Place {
    std::size_t image;
    std::size_t baseline;
    std::size_t node;
  };

  static void append_point(const Images& images, const std::vector<Paths>& paths, const Place& place,
                           const std::vector<PathNode>& nodes, std::vector<Scalar>& batch) {
    const std::vector<Scalar>& x = images[place.image];
    const std::vector<Scalar>& b = paths[place.image].baselines[place.baseline];
    // Rounded as NumPy and PyTorch round it: rectifiers on the brink then fall to the same side as theirs.
    const auto alpha = static_cast<Scalar>(nodes[place.node].position);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Scalar way = alpha * (x[i] - b[i]);
      batch.push_back(b[i] + way);
    }
  }

  static void accumulate(const Images& images, std::vector<Paths>& paths, const Place& place,
                         const std::vector<PathNode>& nodes, const Scalar* gradient) {
    Paths& path = paths[place.image];
    const std::vector<Scalar>& x = images[place.image];
    const std::vector<Scalar>& b = path.baselines[place.baseline];
    const double weight = nodes[place.node].weight / static_cast<double>(path.baselines.size());
    path.weight += weight;
    ++path.points;
    for (std::size_t i = 0; i < x.size(); ++i) {
      path.sums[i] +=
          (static_cast<double>(x[i]) - static_cast<double>(b[i])) * weight * static_cast<double>(gradient[i]);
    }
  }

  static Completeness completeness(const Paths& path) {
    Completeness result;
    for (const double value : path.sums) result.sum += value;
    result.expected = path.score - path.baseline_score;
    result.delta = result.sum - result.expected;
    return result;
  }

  bool within_tolerance(const std::vector<Paths>& paths) const {
    return std::all_of(paths.begin(), paths.end(),
                       [&](const Paths& path) { return is_complete(completeness(path), options_.tolerance); });
  }

  // A partial map is scaled to the part of the path that is done.
  Mask finished(const Model& model, const Target& target, const Paths& path, std::int64_t evaluations,
                Complete complete) const {
    Mask mask = blank_mask(model, name(), target);
    const double scale = complete == Complete::Yes || path.weight == 0 ? 1 : 1 / path.weight;
    mask.data.reserve(path.sums.size());
    for (const double value : path.sums) mask.data.push_back(static_cast<Scalar>(value * scale));
    mask.score = path.score;
    mask.steps = path.points / static_cast<std::int64_t>(path.baselines.size());
    mask.evaluations = evaluations;
    mask.completeness = completeness(path);
    add_gradient_warnings(model, mask);
    seal(mask);
    return mask;
  }

  IntegratedGradientsOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_integrated_gradients(OptionReader& reader) {
  return std::make_unique<IntegratedGradients>(IntegratedGradientsOptions::read(reader));
}

}  // namespace saliency
