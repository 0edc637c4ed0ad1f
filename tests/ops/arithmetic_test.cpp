#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase binary(const std::string& type, CaseInput a, CaseInput b) {
  return {.type = type, .inputs = {std::move(a), std::move(b)}};
}

// Away from zero, for quotients.
Tensor positive(Shape shape, std::uint64_t seed) {
  return random_tensor(std::move(shape), Scalar(0.5), 2, seed);
}

const std::vector<std::pair<Shape, Shape>> kShapes = {
    {{2, 3, 4}, {2, 3, 4}},
    {{2, 3, 4}, {}},
    {{}, {2, 3}},
    {{2, 3, 4}, {4}},
    {{2, 3, 4}, {3, 1}},
    {{2, 1, 4}, {1, 3, 1}},
    {{3, 1, 2, 1}, {5, 1, 3}},
    {{1, 1}, {3}},
    {{4, 1, 1, 3}, {4, 5, 2, 3}},
    {{}, {}},
    {{300, 2}, {300, 1}},
    {{2, 300}, {300}},
};

TEST(Arithmetic, BroadcastsAsNumPy) {
  const Tensor a({2, 1, 2}, {1, 2, 3, 4});
  const Tensor b({3, 1}, {10, 20, 40});

  const Tensor sum = output_of(binary("Add", a, b));
  const Tensor difference = output_of(binary("Sub", a, b));
  const Tensor product = output_of(binary("Mul", a, b));
  const Tensor quotient = output_of(binary("Div", a, b));

  expect_close(sum, Tensor({2, 3, 2}, {11, 12, 21, 22, 41, 42, 13, 14, 23, 24, 43, 44}));
  expect_close(difference, Tensor({2, 3, 2}, {-9, -8, -19, -18, -39, -38, -7, -6, -17, -16, -37, -36}));
  expect_close(product, Tensor({2, 3, 2}, {10, 20, 20, 40, 40, 80, 30, 40, 60, 80, 120, 160}));
  expect_close(quotient,
               Tensor({2, 3, 2}, {Scalar(.1), Scalar(.2), Scalar(.05), Scalar(.1), Scalar(.025), Scalar(.05),
                                  Scalar(.3), Scalar(.4), Scalar(.15), Scalar(.2), Scalar(.075), Scalar(.1)}));
}

TEST(Arithmetic, EmptyTensorsStayEmpty) {
  EXPECT_EQ(output_of(binary("Add", Tensor({0, 3}), Tensor({3}))).shape, (Shape{0, 3}));
}

TEST(Arithmetic, QuotientsOfIntegersAreCutTowardsZero) {
  const Tensor a = integers({5}, {7, -7, 7, -7, 16777215});
  const Tensor b = integers({5}, {2, 2, -2, -2, 16777214});

  const Tensor quotient = output_of(binary("Div", a, b));

  expect_close(quotient, integers({5}, {3, -3, -3, 3, 1}));
  EXPECT_EQ(quotient.dtype, DType::Int);
}

TEST(Arithmetic, ShapesThatDoNotBroadcastAreRefused) {
  EXPECT_THROW(output_of(binary("Add", Tensor({2, 3}), Tensor({2}))), Error);
}

TEST(Arithmetic, OnlyWhatGradientsReadIsKept) {
  const Tensor x({2, 3});

  EXPECT_EQ(OperatorRun(binary("Add", x, x)).op().needs().inputs, 0u);
  EXPECT_EQ(OperatorRun(binary("Mul", x, x)).op().needs().inputs, 3u);
  EXPECT_EQ(OperatorRun(binary("Mul", x, constant(x))).op().needs().inputs, 2u);
  EXPECT_EQ(OperatorRun(binary("Mul", constant(x), x)).op().needs().inputs, 1u);
  EXPECT_EQ(OperatorRun(binary("Div", x, constant(x))).op().needs().inputs, 2u);
}

GRADIENT_TEST(Arithmetic, GradientsMatchFiniteDifferences, "Add", "Sub", "Mul", "Div") {
  for (const char* type : {"Add", "Sub", "Mul", "Div"}) {
    for (const auto& [a, b] : kShapes) {
      expect_gradient_matches_finite_differences(binary(type, positive(a, 1), positive(b, 2)));
      expect_gradient_matches_finite_differences(binary(type, positive(a, 1), constant(positive(b, 2))));
      expect_gradient_matches_finite_differences(binary(type, constant(positive(a, 1)), positive(b, 2)));
    }
  }
}

TEST(Arithmetic, SamplesDoNotMix) {
  for (const char* type : {"Add", "Sub", "Mul", "Div"}) {
    expect_batch_matches_single_samples(binary(type, positive({1, 3, 4}, 1), positive({1, 3, 4}, 2)), {0, 0});
    expect_batch_matches_single_samples(binary(type, positive({1, 3, 4}, 1), positive({1, 3, 1}, 2)), {0, 0});
    expect_batch_matches_single_samples(binary(type, positive({1, 3, 4}, 1), constant(positive({3, 1}, 2))), {0, -1});
    expect_batch_matches_single_samples(binary(type, positive({1, 3, 4}, 1), positive({4}, 2)), {0, -1});
  }
  EXPECT_FALSE(batch_axis_of(binary("Add", positive({2, 3}, 1), positive({2, 3}, 2)), {0, -1}).has_value());
  EXPECT_FALSE(batch_axis_of(binary("Add", positive({2, 3}, 1), positive({3}, 2)), {0, 0}).has_value());
}

TEST(Arithmetic, TransposesPassThrough) {
  for (const char* type : {"Add", "Sub", "Mul", "Div"}) {
    expect_pulls_transpose(binary(type, positive({2, 3, 4}, 1), positive({2, 3, 1}, 2)), {0, 2, 1});
  }
}

}  // namespace
}  // namespace saliency::testing
