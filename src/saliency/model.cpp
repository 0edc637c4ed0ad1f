#include "saliency/model.h"

#include <algorithm>

#include "base/error.h"
#include "ops/strided.h"

namespace saliency {

std::vector<Scalar> Model::patched_scores(std::span<const Scalar> image, std::span<const Patch> patches,
                                          const Target& target) {
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, batch_size()));
  const Shape strides = strides_of(input_shape());
  std::vector<Scalar> result;
  for (std::size_t first = 0; first < patches.size(); first += most) {
    const auto part = patches.subspan(first, std::min(most, patches.size() - first));
    std::vector<Scalar> batch;
    batch.reserve(part.size() * image.size());
    for (const Patch& patch : part) {
      Scalar* copy = batch.data() + batch.size();
      batch.insert(batch.end(), image.begin(), image.end());
      for (std::size_t axis = 0; axis < strides.size(); ++axis) copy += patch.begin[axis] * strides[axis];
      ops::copy_strided(patch.size, patch.values.data(), strides_of(patch.size), copy, strides);
    }
    const std::vector<Scalar> some = scores(batch, target);
    result.insert(result.end(), some.begin(), some.end());
  }
  return result;
}

std::vector<Scalar> Model::scores_from(std::span<const Scalar> /*image*/, const std::string& /*layer*/,
                                       std::span<const Scalar> /*activations*/, const Target& /*target*/) {
  throw Error(ErrorCode::UnsupportedOperator, "this model can't be run from one of its layers",
              {.expected = "a model that is a graph of operators",
               .actual = "a model given by its scores and gradients",
               .remedy = "use GradCam"});
}

Model::Multipliers Model::multipliers(std::span<const Scalar> /*batch*/, std::span<const Scalar> /*references*/,
                                      const Target& /*target*/, const DeepLiftRules& /*rules*/) {
  throw Error(ErrorCode::UnsupportedOperator, "this model has no DeepLIFT multipliers",
              {.expected = "a model that is a graph of operators",
               .actual = "a model given by its scores and gradients",
               .remedy = "use IntegratedGradients"});
}

Model::Relevance Model::relevance(std::span<const Scalar> /*batch*/, const Target& /*target*/,
                                  const RelevanceRequest& /*request*/) {
  throw Error(ErrorCode::UnsupportedOperator, "this model has no relevance propagation",
              {.expected = "a model that is a graph of operators",
               .actual = "a model given by its scores and gradients",
               .remedy = "use InputXGradient"});
}

Model::FullGradients Model::full_gradients(std::span<const Scalar> /*batch*/, const Target& /*target*/) {
  throw Error(ErrorCode::UnsupportedOperator, "this model has no gradients of biases",
              {.expected = "a model that is a graph of operators",
               .actual = "a model given by its scores and gradients",
               .remedy = "use InputXGradient"});
}

}  // namespace saliency
