// A Model made of two formulas, that counts what it is asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "saliency/model.h"
#include "tensor/shape.h"

namespace saliency::testing {

using Values = std::vector<double>;

class ToyModel : public Model {
 public:
  using Score = std::function<double(const Values& x)>;
  using Gradient = std::function<Values(const Values& x)>;

  ToyModel(Shape shape, Score score, Gradient gradient, std::int64_t batch_size = 1)
      : shape_(std::move(shape)), score_(std::move(score)), gradient_(std::move(gradient)), batch_size_(batch_size) {}

  const Shape& input_shape() const override { return shape_; }
  InputLayout input_layout() const override { return layout; }
  std::int64_t batch_size() const override { return batch_size_; }
  std::optional<ValueRange> value_range() const override { return range; }

  std::vector<Scalar> scores(std::span<const Scalar> batch, const Target& target) override {
    std::vector<Scalar> result;
    for (const Values& x : split(batch)) result.push_back(static_cast<Scalar>(weight(target) * score_(x)));
    score_count += static_cast<std::int64_t>(result.size());
    return result;
  }

  ScoresAndGradients gradients(std::span<const Scalar> batch, const Target& target, BackwardRule rule) override {
    ScoresAndGradients result;
    for (const Values& x : split(batch)) {
      result.scores.push_back(static_cast<Scalar>(weight(target) * score_(x)));
      for (const double slope : gradient_(x)) result.gradients.push_back(static_cast<Scalar>(weight(target) * slope));
    }
    gradient_count += static_cast<std::int64_t>(result.scores.size());
    last_rule = rule;
    return result;
  }

  Layer layer(std::span<const Scalar> batch, const Target& target, const std::string& name) override {
    if (!layer_values) throw Error(ErrorCode::InvalidOption, "the toy has no layer " + name);
    Layer result;
    for (const Values& x : split(batch)) {
      const Layer one = layer_values(x);
      result.shape = one.shape;
      ++layer_count;
      result.scores.push_back(static_cast<Scalar>(weight(target) * score_(x)));
      result.activations.insert(result.activations.end(), one.activations.begin(), one.activations.end());
      result.gradients.insert(result.gradients.end(), one.gradients.begin(), one.gradients.end());
    }
    return result;
  }

  std::vector<Scalar> scores_from(std::span<const Scalar> image, const std::string& name,
                                  std::span<const Scalar> activations, const Target& target) override {
    if (!layer_values) throw Error(ErrorCode::InvalidOption, "the toy has no layer " + name);
    const Layer layer = layer_values(Values(image.begin(), image.end()));
    const std::size_t length = layer.activations.size();
    std::vector<Scalar> result;
    for (std::size_t i = 0; i < activations.size(); i += length) {
      const std::span<const Scalar> one = activations.subspan(i, length);
      result.push_back(static_cast<Scalar>(weight(target) * layer_score(Values(one.begin(), one.end()))));
    }
    score_count += static_cast<std::int64_t>(result.size());
    return result;
  }

  // Of a sum of functions of single values, as all toys with this method are.
  Multipliers multipliers(std::span<const Scalar> batch, std::span<const Scalar> references, const Target& target,
                          const DeepLiftRules& /*rules*/) override {
    Multipliers result;
    result.scores = scores(batch, target);
    result.reference_scores = scores(references, target);
    const ScoresAndGradients ends = gradients(batch, target, BackwardRule::Exact);
    const ScoresAndGradients starts = gradients(references, target, BackwardRule::Exact);
    gradient_count -= static_cast<std::int64_t>(2 * result.scores.size());
    for (std::size_t i = 0; i < ends.gradients.size(); ++i) {
      result.multipliers.push_back((ends.gradients[i] + starts.gradients[i]) / 2);  // exact for squares
    }
    return result;
  }

  // x ⊙ the mean gradient from 0 to x, which sums to the score of all toys that are 0 at 0; of a layer its activations
  // ⊙ gradients.
  Relevance relevance(std::span<const Scalar> batch, const Target& target, const RelevanceRequest& request) override {
    Relevance result;
    if (request.layer) {
      Layer inner = layer(batch, target, *request.layer);
      result.shape = inner.shape;
      result.scores = inner.scores;
      result.relevances = inner.activations;
      for (std::size_t i = 0; i < inner.gradients.size(); ++i) result.relevances[i] *= inner.gradients[i];
    } else {
      const ScoresAndGradients exact = gradients(batch, target, BackwardRule::Exact);
      result.shape = shape_;
      result.scores = exact.scores;
      result.relevances = exact.gradients;
      const std::vector<Scalar> missing = gradients_at_zero(batch, target);
      for (std::size_t i = 0; i < batch.size(); ++i) {
        result.relevances[i] = batch[i] * (exact.gradients[i] + missing[i]) / 2;
      }
    }
    result.started.assign(result.scores.begin(), result.scores.end());
    return result;
  }

  // What the gradient at x leaves of the score counts as the contribution of one layer without positions.
  FullGradients full_gradients(std::span<const Scalar> batch, const Target& target) override {
    const ScoresAndGradients exact = gradients(batch, target, BackwardRule::Exact);
    FullGradients::Layer rest{"rest", {element_count(shape_)}, gradients_at_zero(batch, target)};
    for (std::size_t i = 0; i < batch.size(); ++i) {
      rest.contributions[i] = batch[i] * (rest.contributions[i] - exact.gradients[i]) / 2;
    }
    return {.scores = exact.scores, .gradients = exact.gradients, .layers = {rest}};
  }

  InputLayout layout = InputLayout::ChannelsLast;
  std::optional<ValueRange> range = {};
  std::function<Layer(const Values&)> layer_values = {};
  // What the rest of the network makes of the layer.
  Score layer_score = [](const Values& a) {
    double sum = 0;
    for (const double value : a) sum += value * value;
    return sum;
  };
  std::int64_t score_count = 0;
  std::int64_t gradient_count = 0;
  std::int64_t layer_count = 0;
  std::vector<std::int64_t> batches = {};  // samples of each call
  BackwardRule last_rule = BackwardRule::Exact;

 private:
  static double weight(const Target& target) { return target.terms.empty() ? 1 : target.terms[0].weight; }

  std::vector<Scalar> gradients_at_zero(std::span<const Scalar> batch, const Target& target) {
    std::vector<Scalar> result;
    for (std::size_t i = 0; i < batch.size(); i += static_cast<std::size_t>(element_count(shape_))) {
      for (const double slope : gradient_(Values(static_cast<std::size_t>(element_count(shape_)), 0.0))) {
        result.push_back(static_cast<Scalar>(weight(target) * slope));
      }
    }
    return result;
  }

  std::vector<Values> split(std::span<const Scalar> batch) {
    const auto length = static_cast<std::size_t>(element_count(shape_));
    std::vector<Values> samples;
    for (std::size_t i = 0; i < batch.size(); i += length) {
      samples.emplace_back(batch.begin() + static_cast<std::ptrdiff_t>(i),
                           batch.begin() + static_cast<std::ptrdiff_t>(i + length));
    }
    batches.push_back(static_cast<std::int64_t>(samples.size()));
    return samples;
  }

  Shape shape_;
  Score score_;
  Gradient gradient_;
  std::int64_t batch_size_;
};

// Σ x² with gradient 2x.
inline double square_score(const Values& x) {
  double sum = 0;
  for (const double value : x) sum += value * value;
  return sum;
}
inline Values square_gradient(const Values& x) {
  Values result;
  for (const double value : x) result.push_back(2 * value);
  return result;
}
inline ToyModel square_model(Shape shape, std::int64_t batch_size = 1) {
  return ToyModel(std::move(shape), square_score, square_gradient, batch_size);
}

// Σ w x.
inline ToyModel linear_model(Shape shape, Values weights, std::int64_t batch_size = 1) {
  const auto score = [weights](const Values& x) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += weights[i] * x[i];
    return sum;
  };
  return ToyModel(
      std::move(shape), score, [weights](const Values&) { return weights; }, batch_size);
}

}  // namespace saliency::testing
