#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kEpsilon = 1e-3;

OperatorCase batch_normalization(Shape x, bool constant_parameters = true) {
  const std::int64_t channels = x[1];
  OperatorCase check{
      .type = "BatchNormalization", .attributes = {{"epsilon", kEpsilon}}, .inputs = {random_tensor(std::move(x))}};
  for (const std::uint64_t seed : {2u, 3u, 4u}) check.inputs.push_back(random_tensor({channels}, -1, 1, seed));
  check.inputs.push_back(random_tensor({channels}, Scalar(0.1), 2, 5));
  for (std::size_t i = 1; i < 5; ++i) check.inputs[i].constant = constant_parameters;
  return check;
}

const Shape kShapes[] = {{2, 3, 4, 5}, {2, 3, 4}, {3, 5}, {1, 2, 2, 3, 2}};

TEST(BatchNormalization, MatchesItsFormula) {
  for (const Shape& shape : kShapes) {
    const OperatorCase check = batch_normalization(shape);
    const Tensor& x = check.inputs[0].tensor;
    Tensor expected = x;
    const std::int64_t pixels = x.size() / (shape[0] * shape[1]);
    for (std::size_t i = 0; i < x.data.size(); ++i) {
      const std::size_t c = i / static_cast<std::size_t>(pixels) % static_cast<std::size_t>(shape[1]);
      const auto parameter = [&](std::size_t k) { return static_cast<double>(check.inputs[k].tensor.data[c]); };
      expected.data[i] = static_cast<Scalar>((static_cast<double>(x.data[i]) - parameter(3)) /
                                                 std::sqrt(parameter(4) + kEpsilon) * parameter(1) +
                                             parameter(2));
    }

    expect_close(output_of(check), expected);
    expect_close(output_of(batch_normalization(shape, false)), expected);
  }
}

GRADIENT_TEST(BatchNormalization, GradientMatchesFiniteDifferences, "BatchNormalization") {
  for (const Shape& shape : kShapes) {
    expect_gradient_matches_finite_differences(batch_normalization(shape));
    expect_gradient_matches_finite_differences(batch_normalization(shape, false));
  }
}

TEST(BatchNormalization, KeepsSamplesApart) {
  expect_batch_matches_single_samples(batch_normalization({1, 3, 4, 5}), {0, -1, -1, -1, -1});
}

TEST(BatchNormalization, RefusesTraining) {
  OperatorCase check = batch_normalization({1, 3, 4, 5});
  check.attributes.set("training_mode", std::int64_t{1});
  EXPECT_THROW(OperatorRun{check}, Error);

  check = batch_normalization({1, 3, 4, 5});
  check.opset = 9;
  check.outputs = 5;
  EXPECT_THROW(OperatorRun{check}, Error);
}

TEST(BatchNormalization, ErrorsSayWhatDoesNotFit) {
  OperatorCase check = batch_normalization({1, 3, 4, 5});
  check.inputs[3] = constant(Tensor({4}));
  try {
    OperatorRun run(check);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "input has 3 channels, 'mean' has 4 values");
  }
}

}  // namespace
}  // namespace saliency::testing
