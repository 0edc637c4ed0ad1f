#include "saliency/model.h"

#include "base/error.h"

namespace saliency {

Model::Multipliers Model::multipliers(std::span<const Scalar> /*batch*/, std::span<const Scalar> /*references*/,
                                      const Target& /*target*/, PoolMultipliers /*pools*/) {
  throw Error(ErrorCode::UnsupportedOperator, "this model has no DeepLIFT multipliers",
              {.expected = "a model that is a graph of operators",
               .actual = "a model given by its scores and gradients",
               .remedy = "use IntegratedGradients"});
}

}  // namespace saliency
