#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

const Tensor kSix({6}, {1, 2, 3, 4, 5, 6});

TEST(Split, CutsEqualPiecesByDefault) {
  const std::vector<Tensor> pieces = run_operator({.type = "Split", .opset = 13, .inputs = {kSix}, .outputs = 3});

  ASSERT_EQ(pieces.size(), 3u);
  expect_close(pieces[1], Tensor({2}, {3, 4}));
}

TEST(Split, TakesSizesFromInputOrAttribute) {
  const auto pieces = run_operator({.type = "Split", .inputs = {kSix, constant(integers({2}, {4, 2}))}, .outputs = 2});
  const auto older = run_operator(
      {.type = "Split", .attributes = {{"split", Integers{1, 5}}}, .opset = 11, .inputs = {kSix}, .outputs = 2});

  expect_close(pieces.at(1), Tensor({2}, {5, 6}));
  expect_close(older.at(0), Tensor({1}, 1));
}

TEST(Split, LeavesTheRestForTheLastPiece) {
  const Tensor x({1, 7}, {1, 2, 3, 4, 5, 6, 7});
  const auto pieces = run_operator({.type = "Split",
                                    .attributes = {{"axis", std::int64_t{1}}, {"num_outputs", std::int64_t{3}}},
                                    .opset = 18,
                                    .inputs = {x},
                                    .outputs = 3});

  EXPECT_EQ(pieces.at(0).shape, (Shape{1, 3}));
  expect_close(pieces.at(2), Tensor({1, 1}, 7));
}

TEST(Split, RefusesSizesThatDoNotAddUp) {
  const OperatorCase check{.type = "Split", .inputs = {kSix, constant(integers({2}, {4, 3}))}, .outputs = 2};

  EXPECT_THROW(run_operator(check), Error);
}

GRADIENT_TEST(Split, GradientMatchesFiniteDifferences, "Split") {
  for (const std::int64_t axis : {0, 1}) {
    expect_gradient_matches_finite_differences({.type = "Split",
                                                .attributes = {{"axis", axis}},
                                                .opset = 13,
                                                .inputs = {random_tensor({4, 4, 2})},
                                                .outputs = 2});
  }
}

TEST(Split, KeepsBatchesApartAndPullsTransposes) {
  const OperatorCase check{.type = "Split",
                           .attributes = {{"axis", std::int64_t{1}}},
                           .opset = 13,
                           .inputs = {random_tensor({1, 4, 3})},
                           .outputs = 2};
  expect_batch_matches_single_samples(check, {0});
  EXPECT_EQ(batch_axis_of(check, {1}), std::nullopt);
  expect_pulls_transpose(check, {0, 2, 1});
}

}  // namespace
}  // namespace saliency::testing
