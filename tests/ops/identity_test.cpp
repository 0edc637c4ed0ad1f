#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

TEST(Identity, CopiesItsInput) {
  const Tensor x = random_tensor({2, 3});

  expect_close(output_of({.type = "Identity", .inputs = {x}}), x);
}

TEST(Dropout, IsTheIdentityInInference) {
  const Tensor x = random_tensor({2, 3});

  const std::vector<Tensor> outputs =
      run_operator({.type = "Dropout",
                    .inputs = {x, constant(Tensor({}, Scalar{0.5})), constant(Tensor({}, 0, DType::Bool))},
                    .outputs = 2});

  expect_close(outputs.at(0), x);
  expect_close(outputs.at(1), Tensor({2, 3}, 1, DType::Bool));
}

TEST(Dropout, RefusesTrainingMode) {
  const OperatorCase check{.type = "Dropout",
                           .inputs = {random_tensor({2}), absent(), constant(Tensor({}, 1, DType::Bool))}};

  EXPECT_THROW(output_of(check), Error);
}

GRADIENT_TEST(Identity, GradientMatchesFiniteDifferences, "Identity", "Dropout") {
  expect_gradient_matches_finite_differences({.type = "Identity", .inputs = {random_tensor({2, 3})}});
  expect_gradient_matches_finite_differences({.type = "Dropout", .inputs = {random_tensor({2, 3})}, .outputs = 2});
}

TEST(Identity, KeepsBatchesApartAndPullsTransposes) {
  expect_batch_matches_single_samples({.type = "Identity", .inputs = {random_tensor({1, 3})}}, {0});
  expect_pulls_transpose({.type = "Dropout", .inputs = {random_tensor({2, 3, 4})}}, {2, 0, 1});
}

}  // namespace
}  // namespace saliency::testing
