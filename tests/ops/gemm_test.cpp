#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

enum class Matrix { Constant, Computed };

struct Case {
  std::int64_t transpose_a = 0, transpose_b = 0;
  double alpha = 1, beta = 1;
  std::optional<Shape> c = std::nullopt;
  Matrix b_is = Matrix::Constant, c_is = Matrix::Constant;
};

constexpr std::int64_t kM = 3, kK = 5, kN = 4;

CaseInput made(Tensor tensor, Matrix kind) {
  return kind == Matrix::Constant ? constant(std::move(tensor)) : tensor;
}

OperatorCase case_of(const Case& c, std::int64_t m = kM) {
  OperatorCase check{
      .type = "Gemm",
      .attributes = {{"transA", c.transpose_a}, {"transB", c.transpose_b}, {"alpha", c.alpha}, {"beta", c.beta}},
      .inputs = {random_tensor(c.transpose_a ? Shape{kK, m} : Shape{m, kK}, -1, 1, 1),
                 made(random_tensor(c.transpose_b ? Shape{kN, kK} : Shape{kK, kN}, -1, 1, 2), c.b_is)}};
  if (c.c) check.inputs.push_back(made(random_tensor(*c.c, -1, 1, 3), c.c_is));
  return check;
}

std::vector<Case> cases() {
  std::vector<Case> result;
  for (const Matrix b_is : {Matrix::Constant, Matrix::Computed}) {
    for (const std::int64_t transposed : {0, 1, 2, 3}) {
      result.push_back({.transpose_a = transposed & 1, .transpose_b = transposed >> 1, .alpha = 0.5, .b_is = b_is});
    }
    for (const Shape& c : {Shape{}, Shape{1}, Shape{kN}, Shape{1, kN}, Shape{kM, 1}, Shape{kM, kN}}) {
      for (const Matrix c_is : {Matrix::Constant, Matrix::Computed}) {
        result.push_back({.transpose_b = 1, .alpha = 2, .beta = 0.25, .c = c, .b_is = b_is, .c_is = c_is});
      }
    }
  }
  return result;
}

Tensor expected_of(const Case& c, const OperatorCase& check) {
  const Tensor& a = check.inputs[0].tensor;
  const Tensor& b = check.inputs[1].tensor;
  Tensor y({kM, kN});
  for (std::int64_t i = 0; i < kM; ++i) {
    for (std::int64_t j = 0; j < kN; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < kK; ++k) {
        sum += static_cast<double>(a.data[static_cast<std::size_t>(c.transpose_a ? k * kM + i : i * kK + k)]) *
               static_cast<double>(b.data[static_cast<std::size_t>(c.transpose_b ? j * kK + k : k * kN + j)]);
      }
      sum *= c.alpha;
      if (c.c) {
        const Shape& shape = *c.c;
        const std::int64_t rows = shape.size() == 2 ? shape[0] : 1, columns = shape.empty() ? 1 : shape.back();
        const std::int64_t at = (rows == 1 ? 0 : i * columns) + (columns == 1 ? 0 : j);
        sum += c.beta * static_cast<double>(check.inputs[2].tensor.data[static_cast<std::size_t>(at)]);
      }
      y.data[static_cast<std::size_t>(i * kN + j)] = static_cast<Scalar>(sum);
    }
  }
  return y;
}

TEST(Gemm, MatchesTheDefinition) {
  for (const Case& c : cases()) {
    const OperatorCase check = case_of(c);
    SCOPED_TRACE(describe(check));
    expect_close(output_of(check), expected_of(c, check));
  }
}

GRADIENT_TEST(Gemm, GradientMatchesFiniteDifferences, "Gemm") {
  for (const Case& c : cases()) expect_gradient_matches_finite_differences(case_of(c));
}

TEST(Gemm, SamplesAreRows) {
  for (const Matrix b_is : {Matrix::Constant, Matrix::Computed}) {
    expect_batch_matches_single_samples(case_of({.c = Shape{kN}, .b_is = b_is}, 1), {0, -1, -1});
    expect_batch_matches_single_samples(case_of({.transpose_a = 1, .b_is = b_is}, 1), {1, -1}, 0);
    expect_batch_matches_single_samples(case_of({.c = Shape{1, kN}, .b_is = b_is, .c_is = Matrix::Computed}, 1),
                                        {0, -1, 0});
    EXPECT_FALSE(batch_axis_of(case_of({.c = Shape{kM, kN}, .b_is = b_is}), {0, -1, -1}).has_value());
    EXPECT_FALSE(batch_axis_of(case_of({.b_is = b_is}), {1, -1}).has_value());
  }
  EXPECT_FALSE(batch_axis_of(case_of({.b_is = Matrix::Computed}, 1), {0, 1}).has_value());
}

TEST(Gemm, ConstantsArePackedAndRectifiersFused) {
  EXPECT_TRUE(OperatorRun(case_of({.c = Shape{kN}})).op().fuses_clamp());
  EXPECT_FALSE(OperatorRun(case_of({.c = Shape{kN}, .c_is = Matrix::Computed})).op().fuses_clamp());
  EXPECT_FALSE(OperatorRun(case_of({.b_is = Matrix::Computed})).op().fuses_clamp());
  EXPECT_EQ(OperatorRun(case_of({.c = Shape{kN}})).op().needs().inputs, 0u);
}

TEST(Gemm, ContradictingSizesAreRefused) {
  EXPECT_THROW(output_of({.type = "Gemm", .inputs = {Tensor({2, 3}), Tensor({4, 5})}}), Error);
  EXPECT_THROW(output_of({.type = "Gemm", .inputs = {Tensor({2, 3}), Tensor({3, 5}), Tensor({4})}}), Error);
  EXPECT_THROW(output_of({.type = "Gemm", .inputs = {Tensor({2, 3, 1}), Tensor({3, 5})}}), Error);
}

}  // namespace
}  // namespace saliency::testing
