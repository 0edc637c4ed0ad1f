#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase case_of(const std::string& equation, const std::vector<Shape>& shapes) {
  OperatorCase check{.type = "Einsum", .attributes = {{"equation", equation}}, .inputs = {}};
  for (const Shape& shape : shapes) check.inputs.push_back(random_tensor(shape, -1, 1, check.inputs.size() + 1));
  return check;
}

struct Case {
  std::string equation;
  std::vector<Shape> shapes;
  Shape result;
};
const std::vector<Case> kCases = {
    {"ij,jk->ik", {{2, 3}, {3, 4}}, {2, 4}},
    {"bhid,bhjd->bhij", {{2, 2, 3, 4}, {2, 2, 5, 4}}, {2, 2, 3, 5}},
    {"bhij,bhjd->bihd", {{2, 2, 3, 4}, {2, 2, 4, 5}}, {2, 3, 2, 5}},
    {"bchw,c->bhw", {{2, 3, 2, 2}, {3}}, {2, 2, 2}},
    {"b c h w, c -> b c h w", {{2, 3, 2, 2}, {3}}, {2, 3, 2, 2}},
    {"...ij,...jk->...ik", {{2, 3, 4}, {2, 4, 2}}, {2, 3, 2}},
    {"...ij,jk->...ik", {{2, 2, 3, 4}, {4, 2}}, {2, 2, 3, 2}},
    {"...ij,...jk", {{2, 3, 4}, {1, 4, 2}}, {2, 3, 2}},
    {"i...,i...->...", {{3, 2}, {3, 2}}, {2}},
    {"ij,jk", {{2, 3}, {3, 4}}, {2, 4}},
    {"ba,cb", {{3, 2}, {4, 3}}, {2, 4}},
    {"i,j->ij", {{3}, {4}}, {3, 4}},
    {"i,i", {{3}, {3}}, {}},
    {"ij->ji", {{2, 3}}, {3, 2}},
    {"ij->", {{2, 3}}, {}},
    {"ij->j", {{2, 3}}, {3}},
    {"ii->i", {{3, 3}}, {3}},
    {"ii", {{3, 3}}, {}},
    {"ii,ij->j", {{3, 3}, {3, 2}}, {2}},
    {"ij,kl->i", {{2, 3}, {2, 2}}, {2}},
    {"ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 4}}, {2, 4}},
    {"ij,ij->ij", {{2, 1}, {2, 3}}, {2, 3}},
};

// The same sum as a product of explicit matrices.
TEST(Einsum, IsAMatrixProduct) {
  const OperatorCase check = case_of("bij,bjk->bik", {{2, 3, 4}, {2, 4, 5}});
  expect_close(output_of(check), output_of({.type = "MatMul", .inputs = check.inputs}));
}

TEST(Einsum, AttentionScoresContractTheLastAxes) {
  const OperatorCase check = case_of("bid,bjd->bij", {{2, 3, 4}, {2, 5, 4}});
  const Tensor k = transposed(check.inputs[1].tensor, std::vector<int>{0, 2, 1});
  expect_close(output_of(check), output_of({.type = "MatMul", .inputs = {check.inputs[0], k}}));
}

TEST(Einsum, TracesDiagonalsAndSums) {
  const Tensor x({2, 2}, {1, 2, 3, 4});
  const auto result = [&](const std::string& equation) {
    return output_of({.type = "Einsum", .attributes = {{"equation", equation}}, .inputs = {x}});
  };

  expect_close(result("ii"), Tensor(Shape{}, 5));
  expect_close(result("ii->i"), Tensor({2}, {1, 4}));
  expect_close(result("ij->i"), Tensor({2}, {3, 7}));
  expect_close(result("ji"), Tensor({2, 2}, {1, 3, 2, 4}));
  expect_close(result("...j->..."), Tensor({2}, {3, 7}));
}

TEST(Einsum, ShapesFollowTheEquation) {
  for (const Case& c : kCases) EXPECT_EQ(output_of(case_of(c.equation, c.shapes)).shape, c.result) << c.equation;
}

TEST(Einsum, ContradictionsAreRefused) {
  EXPECT_THROW(output_of(case_of("ij,jk->ik", {{2, 3}, {4, 2}})), Error);
  EXPECT_THROW(output_of(case_of("ij,jk->ik", {{2, 3}})), Error);
  EXPECT_THROW(output_of(case_of("ij->ik", {{2, 3}})), Error);
  EXPECT_THROW(output_of(case_of("ijk->ik", {{2, 3}})), Error);
  EXPECT_THROW(output_of(case_of("i?->i", {{2, 3}})), Error);
}

GRADIENT_TEST(Einsum, GradientMatchesFiniteDifferences, "Einsum") {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.equation);
    expect_gradient_matches_finite_differences(case_of(c.equation, c.shapes));
  }
}

TEST(Einsum, SamplesLieAlongOneLabel) {
  expect_batch_matches_single_samples(case_of("bid,bjd->bij", {{1, 3, 4}, {1, 5, 4}}), {0, 0});
  expect_batch_matches_single_samples(case_of("bid,jd->jib", {{1, 3, 4}, {5, 4}}), {0, -1}, 2);
  expect_batch_matches_single_samples(case_of("...ij,jk->...ik", {{1, 3, 4}, {4, 2}}), {0, -1});
  EXPECT_FALSE(batch_axis_of(case_of("ij,jk->ik", {{2, 3}, {3, 4}}), {1, -1}).has_value());
  EXPECT_FALSE(batch_axis_of(case_of("bi,bi->bi", {{1, 3}, {1, 3}}), {0, -1}).has_value());
}

}  // namespace
}  // namespace saliency::testing
