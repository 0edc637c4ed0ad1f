#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr std::int64_t kUint8 = 2, kInt8 = 3;

OperatorCase quantize(const Tensor& x, std::int64_t type, Scalar zero) {
  return {.type = "QuantizeLinear",
          .attributes = {{"output_dtype", type}},
          .inputs = {x, constant(Tensor({}, Scalar{0.5})), constant(integers({}, {zero}))}};
}

TEST(Quantize, RoundsToEvenAndSaturates) {
  const Tensor x({6}, {0, Scalar{0.25}, Scalar{0.75}, Scalar{-0.75}, 1000, -1000});

  expect_close(output_of(quantize(x, kUint8, 128)), integers({6}, {128, 128, 130, 126, 255, 0}));
  expect_close(output_of(quantize(x, kInt8, 1)), integers({6}, {1, 1, 3, -1, 127, -128}));
}

TEST(Quantize, GradientGoesStraightThroughUnlessSaturated) {
  const Tensor x({3}, {Scalar{0.3}, 1000, Scalar{-7.1}});
  OperatorRun run(quantize(x, kUint8, 128));

  const std::vector<Tensor> gradients = run.backward({Tensor({3}, {1, 1, 2})}, {true, false, false});

  expect_close(gradients.at(0), Tensor({3}, {2, 0, 4}));
}

TEST(Dequantize, ScalesByAxis) {
  const Tensor y = output_of(
      {.type = "DequantizeLinear",
       .attributes = {{"axis", std::int64_t{0}}},
       .inputs = {integers({2, 2}, {1, 2, 3, 4}), constant(Tensor({2}, {10, 100})), constant(integers({2}, {1, 2}))}});

  expect_close(y, Tensor({2, 2}, {0, 10, 100, 200}));
}

TEST(Dequantize, RefusesScalesThatDoNotFit) {
  EXPECT_THROW(output_of({.type = "DequantizeLinear",
                          .inputs = {integers({2, 2}, {1, 2, 3, 4}), constant(Tensor({3}, {1, 2, 3}))}}),
               Error);
}

// Of DequantizeLinear, which is linear; QuantizeLinear's straight-through gradient is checked above by its definition.
GRADIENT_TEST(Dequantize, GradientMatchesFiniteDifferences, "DequantizeLinear") {
  expect_gradient_matches_finite_differences(
      {.type = "DequantizeLinear",
       .inputs = {random_tensor({2, 3, 2}), constant(random_tensor({3}, 1, 2)), constant(random_tensor({3}))}});
}

TEST(Quantize, KeepsBatchesApartAndPullsTransposes) {
  expect_batch_matches_single_samples(quantize(random_tensor({1, 3}), kInt8, 0), {0, -1, -1});
  expect_pulls_transpose({.type = "DequantizeLinear",
                          .attributes = {{"axis", std::int64_t{1}}},
                          .inputs = {random_tensor({2, 3, 4}), constant(random_tensor({3}, 1, 2))}},
                         {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
