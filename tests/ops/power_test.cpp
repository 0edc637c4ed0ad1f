#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase power(CaseInput a, CaseInput b) {
  return {.type = "Pow", .inputs = {std::move(a), std::move(b)}};
}

OperatorCase remainder(std::int64_t cut, CaseInput a, CaseInput b) {
  return {.type = "Mod", .attributes = {{"fmod", cut}}, .inputs = {std::move(a), std::move(b)}};
}

Tensor positive(Shape shape) {
  return random_tensor(std::move(shape), Scalar(0.3), 2);
}

const std::vector<Scalar> kExponents = {2, 3, Scalar(0.5), Scalar(-0.5), -1, Scalar(1.7), 1, 0};

TEST(Pow, MatchesTheDefinition) {
  const Tensor x = positive({3, 4});
  for (const Scalar exponent : kExponents) {
    Tensor expected = x;
    for (Scalar& value : expected.data) value = std::pow(value, exponent);
    expect_close(output_of(power(x, constant(Tensor({}, exponent)))), expected);
    expect_close(output_of(power(x, constant(Tensor({1}, exponent)))), expected);
    expect_close(output_of(power(x, Tensor({}, exponent))), expected);
    expect_close(output_of(power(x, Tensor({4}, exponent))), expected);
  }
}

TEST(Pow, NegativeNumbersHaveIntegerPowers) {
  const Tensor x({2}, {-2, -3});
  expect_close(output_of(power(x, constant(Tensor({}, 3)))), Tensor({2}, {-8, -27}));
  expect_close(output_of(power(x, constant(Tensor({}, 4)))), Tensor({2}, {16, 81}));
}

TEST(Pow, ALargerExponentGivesTheShape) {
  EXPECT_EQ(output_of(power(Tensor({2}), constant(Tensor({1, 1}, 2)))).shape, (Shape{1, 2}));
}

TEST(Pow, IntegersStayIntegers) {
  const Tensor y = output_of(power(integers({3}, {2, 3, 4}), Tensor({}, Scalar(0.5))));
  expect_close(y, integers({3}, {1, 1, 2}));
  EXPECT_EQ(y.dtype, DType::Int);
}

TEST(Pow, GradientsAtZeroAreThoseOfPyTorch) {
  const OperatorRun run(power(Tensor({4}, {0, 0, 0, 3}), Tensor({4}, {0, 1, 2, 0})));

  const auto gradients = run.backward({Tensor({4}, 1)}, {true, true});

  expect_close(gradients[0], Tensor({4}, {0, 1, 0, 0}));
  expect_close(gradients[1], Tensor({4}, {0, 0, 0, std::log(Scalar(3))}));
}

TEST(Mod, HasTheSignThatIsAskedFor) {
  const Tensor a = integers({4}, {7, -7, 7, -7}), b = integers({4}, {3, 3, -3, -3});

  expect_close(output_of(remainder(0, a, b)), integers({4}, {1, 2, -2, -1}));
  expect_close(output_of(remainder(1, a, b)), integers({4}, {1, -1, 1, -1}));
  expect_close(output_of(remainder(1, Tensor({2}, {Scalar(-4.5), Scalar(4.5)}), Tensor({}, 2))),
               Tensor({2}, {Scalar(-0.5), Scalar(0.5)}));
}

GRADIENT_TEST(Power, GradientsMatchFiniteDifferences, "Pow", "Mod") {
  for (const Scalar exponent : kExponents) {
    expect_gradient_matches_finite_differences(power(positive({2, 3}), constant(Tensor({}, exponent))));
  }
  for (const auto& [a, b] : std::vector<std::pair<Shape, Shape>>{{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{3}, {2, 1}}}) {
    expect_gradient_matches_finite_differences(power(positive(a), random_tensor(b, -1, 2, 5)));
    for (const std::int64_t cut : {0, 1}) {
      expect_gradient_matches_finite_differences(
          remainder(cut, random_tensor(a, -3, 3, 2), random_tensor(b, Scalar(0.6), Scalar(0.9), 3)));
    }
  }
}

TEST(Power, SamplesDoNotMixAndTransposesPass) {
  expect_batch_matches_single_samples(power(positive({1, 3, 4}), constant(Tensor({}, 2))), {0, -1});
  expect_batch_matches_single_samples(power(positive({1, 3, 4}), positive({1, 3, 1})), {0, 0});
  expect_pulls_transpose(power(positive({2, 3, 4}), constant(Tensor({}, 3))), {0, 2, 1});
  expect_pulls_transpose(power(positive({2, 3, 4}), positive({2, 3, 1})), {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
