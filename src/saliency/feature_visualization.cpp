#include "saliency/feature_visualization.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/adam.h"
#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/image_basis.h"
#include "saliency/image_view.h"
#include "saliency/pixel_grid.h"
#include "saliency/random.h"

namespace saliency {
namespace {

constexpr const char* kName = "FeatureVisualization";
// Of the parameters at the start: nearly even grey. Wherever the network does not answer at all (its rectifiers are
// off, and the gradient is 0), the ascent starts anew from the best of some other noises, each time four times as
// strong up to the last one.
constexpr double kStartDeviation = 0.01;
constexpr double kLastDeviation = 10.24;
constexpr int kCandidates = 16;
constexpr std::uint64_t kStarts = std::uint64_t{1} << 62;  // random streams from here on; those before move the views

struct FeatureOptions {
  ImageBasis::Space basis = ImageBasis::Space::Fourier;
  std::int64_t steps = 256;
  double rate = 0.05;
  std::int64_t copies = 1;
  double jitter = 8;
  double scale = 0.1;
  double rotate = 5;
  std::uint64_t seed = 0;
  std::vector<double> value_range = {};

  static FeatureOptions read(OptionReader& reader) {
    static constexpr std::string_view kBases[] = {"fourier", "pixel"};
    FeatureOptions o;
    o.basis = reader.choice("basis", "fourier", kBases, "the parameters: frequencies or pixels") == "pixel"
                  ? ImageBasis::Space::Pixel
                  : ImageBasis::Space::Fourier;
    o.steps = reader.count("steps", o.steps, {1, 1e6}, "of the ascent");
    o.rate = reader.number("rate", o.rate, {1e-6, 10}, "length of a step in the parameters");
    o.copies = reader.count("copies", o.copies, {1, 1000}, "views of the image at each step, one gradient each");
    o.jitter = reader.number("jitter", o.jitter, {0, 1000}, "pixels by which a view may be moved");
    o.scale = reader.number("scale", o.scale, {0, 0.9}, "by which a view may be nearer or farther");
    o.rotate = reader.number("rotate", o.rotate, {0, 180}, "degrees by which a view may be turned");
    o.seed = static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
    o.value_range = reader.numbers("valueRange", "the model's, from its preprocessing",
                                   "what black and white are for the model: two numbers, or all channels' blacks and "
                                   "then their whites");
    return o;
  }
};

ImageMotion motion_of(const FeatureOptions& options, std::int64_t view) {
  Random random(options.seed, static_cast<std::uint64_t>(view) + 1);
  const auto within = [&](double most) { return most * (2 * random.uniform() - 1); };
  ImageMotion motion;
  motion.down = within(options.jitter);
  motion.right = within(options.jitter);
  motion.degrees = within(options.rotate);
  motion.scale = 1 + within(options.scale);
  return motion;
}

std::vector<double> start(const ImageBasis& basis, const FeatureOptions& options, double deviation,
                          std::uint64_t attempt) {
  std::vector<double> parameters(basis.size());
  Random random(options.seed, kStarts + attempt);
  for (double& parameter : parameters) parameter = deviation * random.normal();
  return parameters;
}

Mask pictured(const Model& model, const Target& target, std::vector<Scalar> image, const std::vector<Scalar>& scores,
              const FeatureOptions& options) {
  Mask mask = blank_mask(model, kName, target);
  mask.data = std::move(image);
  mask.score = scores.back();
  mask.seed = options.seed;
  mask.steps = static_cast<std::int64_t>(scores.size());
  mask.evaluations = mask.steps * options.copies;
  mask.extras.emplace("scores", Tensor({mask.steps}, scores));
  return mask;
}

}  // namespace

std::vector<OptionInfo> feature_visualization_options() {
  OptionReader reader(kName, {});
  FeatureOptions::read(reader);
  return reader.infos();
}

Job<Mask> visualize_feature(Model& model, Target target, Options given, Mask* partial) {
  OptionReader reader(kName, std::move(given));
  const FeatureOptions options = FeatureOptions::read(reader);
  reader.finish();
  const PixelGrid grid = pixel_grid(model, kName);
  const ImageBasis basis(options.basis, grid, value_range_of(model, options.value_range, "the picture needs to know"));
  const std::int64_t batch_size = std::max<std::int64_t>(1, model.batch_size());
  const std::int64_t total = options.steps * options.copies + 1;
  std::int64_t done = 0;

  double deviation = kStartDeviation;
  std::uint64_t attempt = 0;
  bool answers = false;
  std::vector<double> parameters = start(basis, options, deviation, attempt);
  Adam adam(parameters.size());
  std::vector<Scalar> scores;
  std::vector<Scalar> image = basis.image(parameters);
  for (std::int64_t step = 0; step < options.steps; ++step) {
    std::vector<double> gradient(image.size());
    double score = 0;
    for (std::int64_t begin = 0; begin < options.copies; begin += batch_size) {
      std::vector<ImageView> views;
      std::vector<Scalar> batch;
      for (std::int64_t copy = begin; copy < std::min(options.copies, begin + batch_size); ++copy) {
        views.emplace_back(grid, motion_of(options, step * options.copies + copy));
        views.back().append(image, batch);
      }
      const ScoresAndGradients result = model.gradients(batch, target, BackwardRule::Exact);
      for (std::size_t k = 0; k < views.size(); ++k) {
        views[k].add_adjoint(std::span(result.gradients).subspan(k * image.size(), image.size()), gradient);
        score += static_cast<double>(result.scores[k]) / static_cast<double>(options.copies);
      }
      done += static_cast<std::int64_t>(views.size());
      const Progress progress{done, total};
      co_yield progress;
    }
    answers = std::any_of(gradient.begin(), gradient.end(), [](double g) { return g != 0; });
    if (!answers) {
      deviation = std::min(4 * deviation, kLastDeviation);
      adam = Adam(parameters.size());
      double best = -std::numeric_limits<double>::infinity();
      for (int candidate = 0; candidate < kCandidates; ++candidate) {
        std::vector<double> noise = start(basis, options, deviation, ++attempt);
        const auto reached = static_cast<double>(model.scores(basis.image(noise), target).front());
        if (reached <= best) continue;
        best = reached;
        parameters = std::move(noise);
      }
    } else {
      for (double& value : gradient) value /= -static_cast<double>(options.copies);  // descent of −score
      adam.descend(parameters, basis.pull_back(image, gradient), options.rate);
    }
    image = basis.image(parameters);
    scores.push_back(static_cast<Scalar>(score));
    if (partial != nullptr) *partial = pictured(model, target, image, scores, options);
  }

  Mask result = pictured(model, target, std::move(image), scores, options);
  result.score = model.scores(result.data, target).front();
  result.evaluations += 1 + static_cast<std::int64_t>(attempt);
  const Progress progress{total, total};
  co_yield progress;
  if (!answers) {
    warn(result,
         "nothing in the last images excites the target: what is shown is noise; try another seed or more steps");
  }
  seal(result);
  co_return result;
}

}  // namespace saliency
