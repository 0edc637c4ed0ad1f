// The axioms of the field, for every method that claims them (method_checks.cpp says which do not, and why).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "saliency/every_method.h"
#include "saliency/method_checks.h"

namespace saliency::testing {
namespace {

double largest(const std::vector<Scalar>& map) {
  double result = 0;
  for (const Scalar value : map) result = std::max(result, std::fabs(static_cast<double>(value)));
  return result;
}

// Within `tolerance` of the largest expected value.
void expect_same_map(const std::vector<Scalar>& actual, const std::vector<Scalar>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  const double allowed = tolerance * largest(expected);
  EXPECT_GT(allowed, 0) << "an empty map would agree with anything";
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], allowed) << "at " << i;
}

constexpr double kRounding = 1e-4;  // of float32, over some hundred additions

class CompleteMethod : public MethodTest {};

// What is left of the difference of scores after so many steps, of paths and of random points on them.
constexpr int kSteps = 2000;
constexpr double kPathGap = 0.02;

TEST_P(CompleteMethod, SumsToTheDifferenceOfScores) {
  EveryToy model(EveryToy::Terms{1, 1});
  Options options = small_settings(name());
  if (takes(name(), "steps")) options.insert_or_assign("steps", kSteps);

  const Mask mask = mask_of(name(), model, waves(), options);

  ASSERT_TRUE(mask.completeness);
  double sum = 0;
  for (const Scalar value : mask.data) sum += value;
  const double size = std::fabs(mask.completeness->expected);
  EXPECT_GT(size, 1);
  EXPECT_NEAR(mask.completeness->delta, mask.completeness->sum - mask.completeness->expected, 1e-9);
  if (mask.shape.size() == 3) {
    EXPECT_NEAR(sum, mask.completeness->sum, kRounding * size);
  }
  EXPECT_NEAR(mask.completeness->delta, 0, kPathGap * size);
}

INSTANTIATE_TEST_SUITE_P(Methods, CompleteMethod, ::testing::ValuesIn(methods_for(Check::Complete)), own_name);

class LinearMethod : public MethodTest {};

TEST_P(LinearMethod, ExplainsASumOfScoresByTheSumOfTheMaps) {
  EveryToy squares(EveryToy::Terms{1, 0});
  EveryToy lines(EveryToy::Terms{0, 1});
  EveryToy both(EveryToy::Terms{2, -3});
  Options options = small_settings(name());
  if (takes(name(), "relu")) options.insert_or_assign("relu", false);

  const Mask a = mask_of(name(), squares, waves(), options);
  const Mask b = mask_of(name(), lines, waves(), options);
  const Mask sum = mask_of(name(), both, waves(), options);

  std::vector<Scalar> expected;
  for (std::size_t i = 0; i < a.data.size(); ++i) expected.push_back(2 * a.data[i] - 3 * b.data[i]);
  expect_same_map(sum.data, expected, 10 * kRounding);
}

INSTANTIATE_TEST_SUITE_P(Methods, LinearMethod, ::testing::ValuesIn(methods_for(Check::Linear)), own_name);

class SymmetricMethod : public MethodTest {};

// Also the axiom of symmetry: pixels that the score treats alike, and that are alike, get the same.
TEST_P(SymmetricMethod, MirrorsItsMapWithTheImage) {
  EveryToy model(EveryToy::Terms{1, 1});
  Options options = small_settings(name());

  const Mask plain = mask_of(name(), model, waves(), options);
  const auto segments = options.find("segments");
  if (segments != options.end()) {
    segments->second = Tensor({kSide, kSide}, mirrored(std::get<Tensor>(segments->second.value).data));
  }
  const Mask turned = mask_of(name(), model, mirrored(waves()), options);

  expect_same_map(turned.data, mirrored(plain.data), 10 * kRounding);
}

INSTANTIATE_TEST_SUITE_P(Methods, SymmetricMethod, ::testing::ValuesIn(methods_for(Check::Symmetric)), own_name);

class DummyMethod : public MethodTest {};

// A score of zero everywhere, with gradients of zero.
TEST_P(DummyMethod, GivesNothingWhereTheScoreIgnoresTheImage) {
  EveryToy model(EveryToy::Terms{0, 0});

  const Mask mask = mask_of(name(), model, waves(), small_settings(name()));

  EXPECT_EQ(mask.zeros, 1);
  EXPECT_FALSE(mask.warnings.empty());
}

INSTANTIATE_TEST_SUITE_P(Methods, DummyMethod, ::testing::ValuesIn(methods_for(Check::Dummy)), own_name);

}  // namespace
}  // namespace saliency::testing
