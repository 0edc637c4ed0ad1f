// Blur Integrated Gradients (Xu et al., 2020). Integrates along the scale space: the image comes out of its own blur,
// so no baseline has to be chosen, and the map sums to score(image) − score(image blurred with maxSigma). The blur
// takes zeros from beyond the border unless edge says otherwise.
//   σ_i = i · maxSigma / steps, or √(i · maxSigma / steps) with sqrt;  B(σ) the image blurred by σ
//   map = −Σ_i (B(σ_{i+1}) − B(σ_i)) · grad(B((σ_i + σ_{i+1})/2))
// compat 'pair': map = −Σ_i (σ_{i+1} − σ_i) (B(σ_i + gradStep) − B(σ_i)) / gradStep · grad(B(σ_i)), whose first steps
// are zero, since a blur below 0.125 pixels has no taps beside the middle one.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/gaussian_blur.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"
#include "saliency/refined.h"

namespace saliency {
namespace {

struct BlurIgOptions {
  enum class Spacing { Linear, Root };
  enum class Form { Differences, Derivative };

  double max_sigma = 50;
  std::int64_t steps = 100;
  double grad_step = 0.01;
  Spacing spacing = Spacing::Linear;
  Form form = Form::Differences;
  Edge edge = Edge::Zero;
  std::int64_t pair_batch = 1;
  double tolerance = 0;

  static BlurIgOptions read(OptionReader& reader) {
    static constexpr std::string_view kEdges[] = {"zero", "nearest", "reflect"};
    static constexpr std::string_view kCompat[] = {"none", "pair"};
    BlurIgOptions options;
    options.max_sigma =
        reader.number("maxSigma", options.max_sigma, {1e-3, 1e4}, "the path's start, in pixels of blur");
    options.steps = reader.count("steps", options.steps, {1, 1e6}, "gradients on the path");
    options.spacing =
        reader.flag("sqrt", false, "blurs at √(i · maxSigma / steps), closer together towards maxSigma's root")
            ? Spacing::Root
            : Spacing::Linear;
    const std::string edge = reader.choice("edge", "zero", kEdges, "what the blur takes from beyond the border");
    options.edge = edge == "zero" ? Edge::Zero : edge == "nearest" ? Edge::Nearest : Edge::Reflect;
    options.form = reader.choice("compat", "none", kCompat, "'pair': left ends and a difference quotient") == "pair"
                       ? Form::Derivative
                       : Form::Differences;
    options.grad_step =
        reader.number("gradStep", options.grad_step, {1e-9, 1}, "of compat 'pair''s difference quotient");
    options.pair_batch = reader.count("batchSize", 1, {1, 1e6},
                                      "of compat 'pair', whose sqrt form takes one width for each of its batches");
    options.tolerance = own_tolerance(reader, kPathTolerance);
    return options;
  }

  double sigma(std::int64_t index) const {
    const double part = static_cast<double>(index) * max_sigma / static_cast<double>(steps);
    return spacing == Spacing::Root ? std::sqrt(part) : part;
  }
};

class BlurIg final : public Method {
 public:
  explicit BlurIg(BlurIgOptions options) : options_(options) {}
  std::string_view name() const override { return "BlurIg"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    if (options_.tolerance == 0) return masks_of_path(model, std::move(images), std::move(target), partial);
    const auto make = [options = options_](std::int64_t steps) {
      BlurIgOptions refined = options;
      refined.steps = steps;
      refined.tolerance = 0;
      return std::make_unique<BlurIg>(refined);
    };
    return refined_masks(make, options_.steps, options_.tolerance, model, std::move(images), std::move(target),
                         partial);
  }

 private:
  Job<std::vector<Mask>> masks_of_path(Model& model, Images images, Target target, Mask* partial) const {
    const PixelGrid grid = pixel_grid(model, "BlurIg");
    const auto batch_size = std::max<std::int64_t>(1, model.batch_size());
    const std::int64_t each = options_.steps + 2;
    const std::int64_t total = each * static_cast<std::int64_t>(images.size());
    std::int64_t done = 0;
    std::vector<Mask> masks;
    for (const std::vector<Scalar>& image : images) {
      const std::vector<double> exact(image.begin(), image.end());
      const double score = model.scores(image, target).front();
      const double start =
          model.scores(to_scalars(blurred(exact, grid, options_.sigma(options_.steps))), target).front();
      std::vector<double> sums(image.size());
      std::vector<double> last = exact;  // B(σ_i)
      for (std::int64_t begin = 0; begin < options_.steps; begin += batch_size) {
        const std::int64_t end = std::min(options_.steps, begin + batch_size);
        std::vector<Scalar> batch;
        std::vector<double> directions;
        for (std::int64_t i = begin; i < end; ++i) append_step(exact, grid, i, last, batch, directions);
        const ScoresAndGradients result = model.gradients(batch, target, BackwardRule::Exact);
        for (std::size_t k = 0; k < directions.size(); ++k) {
          sums[k % sums.size()] -= directions[k] * static_cast<double>(result.gradients[k]);
        }
        done = each * static_cast<std::int64_t>(masks.size()) + 2 + end;
        // The path begins at the sharp image: so far, what the finer details contribute.
        if (partial != nullptr && masks.empty()) *partial = finished(model, target, sums, end, score, start);
        const Progress progress{done, total};
        co_yield progress;
      }
      masks.push_back(finished(model, target, sums, options_.steps, score, start));
    }
    co_return masks;
  }

  Mask finished(const Model& model, const Target& target, const std::vector<double>& sums, std::int64_t steps,
                double score, double start) const {
    Mask mask = blank_mask(model, name(), target);
    mask.data = to_scalars(sums);
    mask.score = score;
    mask.steps = steps;
    mask.evaluations = 2 + steps;
    Completeness completeness;
    for (const double value : sums) completeness.sum += value;
    completeness.expected = score - start;
    completeness.delta = completeness.sum - completeness.expected;
    mask.completeness = completeness;
    add_gradient_warnings(model, mask);
    seal(mask);
    return mask;
  }

  std::vector<double> blurred(const std::vector<double>& image, const PixelGrid& grid, double sigma) const {
    return gaussian_blur(image, grid, sigma, options_.edge);
  }

  static std::vector<Scalar> to_scalars(const std::vector<double>& values) { return {values.begin(), values.end()}; }

  // The point whose gradient is taken in step i, and what it is multiplied by. `last` is B(σ_i), and becomes
  // B(σ_{i+1}).
  void append_step(const std::vector<double>& image, const PixelGrid& grid, std::int64_t i, std::vector<double>& last,
                   std::vector<Scalar>& batch, std::vector<double>& directions) const {
    const double here = options_.sigma(i);
    const double next = options_.sigma(i + 1);
    if (options_.form == BlurIgOptions::Form::Differences) {
      const std::vector<double> middle = blurred(image, grid, (here + next) / 2);
      batch.insert(batch.end(), middle.begin(), middle.end());
      std::vector<double> further = blurred(image, grid, next);
      for (std::size_t k = 0; k < image.size(); ++k) directions.push_back(further[k] - last[k]);
      last = std::move(further);
      return;
    }
    const std::vector<double> at = blurred(image, grid, here);
    batch.insert(batch.end(), at.begin(), at.end());
    const std::vector<double> beside = blurred(image, grid, here + options_.grad_step);
    const std::int64_t batch_end = std::min(options_.steps, (i / options_.pair_batch + 1) * options_.pair_batch);
    const double width = options_.sigma(batch_end) - options_.sigma(batch_end - 1);
    for (std::size_t k = 0; k < image.size(); ++k) {
      directions.push_back(width * (beside[k] - at[k]) / options_.grad_step);
    }
  }

  BlurIgOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_blur_ig(OptionReader& reader) {
  return std::make_unique<BlurIg>(BlurIgOptions::read(reader));
}

}  // namespace saliency
