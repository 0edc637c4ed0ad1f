// NetworkModel's part of relevance propagation.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "saliency/network_model.h"
#include "saliency/plan_of_call.h"
#include "saliency/relevance_rule.h"

namespace saliency {

Model::Relevance NetworkModel::relevance(std::span<const Scalar> batch, const Target& target,
                                         const RelevanceRequest& request) {
  using Meaning = graph::Session::Meaning;
  check(target);
  const RelevanceRule rule(session_.graph(), request.rules, y_.value);
  // Relevance has no scale of its own: a tensor that batch normalisation was folded into shares that of what is left.
  const auto unscaled = [](const graph::NamedTensor& tensor) {
    return graph::NamedTensor{.value = tensor.value, .permutation = tensor.permutation};
  };
  const graph::NamedTensor to = request.layer ? unscaled(find_layer(*request.layer)) : x_;
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  Relevance result{.shape = session_.sample_shape(to), .scores = {}, .started = {}, .relevances = {}};
  in_batches(sample_count(batch), [&](std::int64_t first, std::int64_t count) {
    graph::Request wanted = this->request(count);
    wanted.y = y_.value;
    wanted.x = {to.value};
    wanted.rule = &rule;
    PlanOfCall planned(session_.graph(), wanted);
    feed(planned.plan, batch, first, count);
    planned.plan.forward();
    const std::vector<Scalar> y = session_.samples(y_, planned.plan.value(y_.value), count, Meaning::Value);
    std::vector<Scalar> seed(y.size());
    for (std::size_t i = 0; i < y.size(); i += size) {
      const std::span<Scalar> own = std::span(seed).subspan(i, size);
      result.scores.push_back(target_score(target, std::span(y).subspan(i, size), own));
      double started = 0;
      for (std::size_t k = 0; k < size; ++k) {
        if (request.start == RelevanceRequest::Start::Contribution) own[k] *= y[i + k];
        started += static_cast<double>(own[k]);
      }
      result.started.push_back(started);
    }
    session_.write_samples(unscaled(y_), seed, count, Meaning::Gradient, planned.plan.seed());
    planned.plan.backward();
    const std::vector<Scalar> part = session_.samples(to, planned.plan.gradient(to.value), count, Meaning::Gradient);
    result.relevances.insert(result.relevances.end(), part.begin(), part.end());
  });
  return result;
}

}  // namespace saliency
