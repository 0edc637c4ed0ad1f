// NetworkModel's part of DeepLIFT: images and references run as the two halves of one batch.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "saliency/deep_lift_rule.h"
#include "saliency/network_model.h"
#include "saliency/plan_of_call.h"

namespace saliency {

Model::Multipliers NetworkModel::multipliers(std::span<const Scalar> batch, std::span<const Scalar> references,
                                             const Target& target, const DeepLiftRules& rules) {
  using Meaning = graph::Session::Meaning;
  check(target);
  const std::int64_t count = sample_count(batch);
  if (references.size() != batch.size()) {
    throw Error(ErrorCode::ShapeMismatch, "the references have another size than the images",
                {.expected = std::to_string(batch.size()) + " numbers",
                 .actual = std::to_string(references.size()) + " numbers",
                 .remedy = "give one reference for each image"});
  }
  if (!stackable_) {
    throw Error(ErrorCode::UnsupportedOperator, "DeepLIFT compares two samples, but this model runs one at a time",
                {.expected = "a model whose samples can be stacked",
                 .actual = "operators that fix or mix the samples",
                 .remedy = "use IntegratedGradients, which needs no pairs"});
  }
  const DeepLiftRule rule(session_.graph(), rules, y_.value, x_.value);
  graph::Request wanted = request(2 * count);
  wanted.y = y_.value;
  wanted.x = {x_.value};
  wanted.rule = &rule;
  PlanOfCall planned(session_.graph(), wanted);
  graph::Plan& plan = planned.plan;

  std::vector<Scalar> pairs(batch.begin(), batch.end());
  pairs.insert(pairs.end(), references.begin(), references.end());
  feed(plan, pairs, 0, 2 * count);
  plan.forward();
  const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), 2 * count, Meaning::Value);
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  std::vector<Scalar> seed(y.size(), 0);  // nothing comes from the references' own scores
  Multipliers result;
  for (std::size_t i = 0; i < static_cast<std::size_t>(2 * count); ++i) {
    const bool image = i < static_cast<std::size_t>(count);
    const std::span<Scalar> own = image ? std::span(seed).subspan(i * size, size) : std::span<Scalar>();
    const Scalar score = target_score(target, std::span(y).subspan(i * size, size), own);
    (image ? result.scores : result.reference_scores).push_back(score);
  }
  session_.write_samples(y_, seed, 2 * count, Meaning::Gradient, plan.seed());
  plan.backward();
  passes_.forward += 2 * count;
  passes_.backward += 2 * count;
  result.multipliers = session_.samples(x_, plan.gradient(x_.value), 2 * count, Meaning::Gradient);
  result.multipliers.resize(batch.size());
  return result;
}

}  // namespace saliency
