#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

OperatorCase product(CaseInput a, CaseInput b) {
  return {.type = "MatMul", .inputs = {std::move(a), std::move(b)}};
}

struct Case {
  Shape a, b, y;
};
const std::vector<Case> kCases = {
    {{3, 4}, {4, 2}, {3, 2}},
    {{4}, {4, 2}, {2}},
    {{3, 4}, {4}, {3}},
    {{4}, {4}, {}},
    {{2, 3, 4}, {4, 2}, {2, 3, 2}},
    {{2, 3, 4}, {2, 4, 5}, {2, 3, 5}},
    {{2, 3, 4}, {1, 4, 5}, {2, 3, 5}},
    {{1, 3, 4}, {2, 4, 5}, {2, 3, 5}},
    {{3, 4}, {2, 2, 4, 5}, {2, 2, 3, 5}},
    {{2, 1, 3, 4}, {3, 4, 2}, {2, 3, 3, 2}},
    {{4}, {2, 4, 3}, {2, 3}},
    {{2, 3, 4}, {4}, {2, 3}},
    {{2, 2, 2, 3, 4}, {2, 1, 2, 4, 1}, {2, 2, 2, 3, 1}},
};

// The sums of numpy.matmul, with each index found anew.
Tensor expected_of(const Case& c, const Tensor& a, const Tensor& b) {
  Shape a_shape = c.a, b_shape = c.b;
  if (a_shape.size() == 1) a_shape.insert(a_shape.begin(), 1);
  if (b_shape.size() == 1) b_shape.push_back(1);
  const std::int64_t m = a_shape[a_shape.size() - 2], k = a_shape.back(), n = b_shape.back();
  const Shape all =
      broadcast(std::span(a_shape).first(a_shape.size() - 2), std::span(b_shape).first(b_shape.size() - 2));
  const auto matrix_of = [&](const Shape& shape, std::int64_t product_index) {
    std::int64_t index = 0, stride = 1;
    for (std::size_t i = 1; i <= all.size(); ++i) {
      const std::int64_t at = product_index % all[all.size() - i];
      product_index /= all[all.size() - i];
      if (i + 2 > shape.size()) continue;
      const std::int64_t size = shape[shape.size() - 2 - i];
      index += (size == 1 ? 0 : at) * stride;
      stride *= size;
    }
    return index;
  };
  Tensor y(c.y);
  for (std::int64_t p = 0; p < element_count(all); ++p) {
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (std::int64_t l = 0; l < k; ++l) {
          sum += static_cast<double>(a.data[static_cast<std::size_t>((matrix_of(a_shape, p) * m + i) * k + l)]) *
                 static_cast<double>(b.data[static_cast<std::size_t>((matrix_of(b_shape, p) * k + l) * n + j)]);
        }
        y.data[static_cast<std::size_t>((p * m + i) * n + j)] = static_cast<Scalar>(sum);
      }
    }
  }
  return y;
}

TEST(MatMul, MatchesTheDefinitionForAnyRanks) {
  for (const Case& c : kCases) {
    const Tensor a = random_tensor(c.a, -1, 1, 1), b = random_tensor(c.b, -1, 1, 2);
    SCOPED_TRACE(to_string(c.a) + " · " + to_string(c.b));
    expect_close(output_of(product(a, b)), expected_of(c, a, b));
    expect_close(output_of(product(a, constant(b))), expected_of(c, a, b));
  }
}

TEST(MatMul, TheGraphMayGiveItABias) {
  const Tensor a = random_tensor({2, 3, 4}), b = random_tensor({4, 2});
  OperatorCase check = product(a, constant(b));
  check.inputs.push_back(constant(Tensor({2}, {1, 2})));

  Tensor expected = output_of(product(a, b));
  for (std::size_t i = 0; i < expected.data.size(); ++i) expected.data[i] += static_cast<Scalar>(i % 2 + 1);

  expect_close(output_of(check), expected);
}

GRADIENT_TEST(MatMul, GradientMatchesFiniteDifferences, "MatMul") {
  for (const Case& c : kCases) {
    const Tensor a = random_tensor(c.a, -1, 1, 1), b = random_tensor(c.b, -1, 1, 2);
    expect_gradient_matches_finite_differences(product(a, b));
    expect_gradient_matches_finite_differences(product(a, constant(b)));
    expect_gradient_matches_finite_differences(product(constant(a), b));
  }
}

GRADIENT_TEST(FusedMatMul, IsAScaledProductAndMatchesFiniteDifferences, "FusedMatMul") {
  constexpr double kAlpha = 0.375;
  for (const Case& c : kCases) {
    const Tensor a = random_tensor(c.a, -1, 1, 1), b = random_tensor(c.b, -1, 1, 2);
    for (OperatorCase check : {product(a, b), product(a, constant(b)), product(constant(a), b)}) {
      Tensor expected = output_of(check);
      for (Scalar& value : expected.data) value *= static_cast<Scalar>(kAlpha);
      check.type = "FusedMatMul";
      check.attributes.set("alpha", kAlpha);

      expect_close(output_of(check), expected, 1e-6);
      expect_gradient_matches_finite_differences(check);
    }
  }
}

GRADIENT_TEST(FusedMatMul, TakesTransposedMatricesAndMatchesFiniteDifferences, "FusedMatMul") {
  const Tensor a = random_tensor({2, 3, 4}, -1, 1, 1);
  for (const bool broadcasts : {false, true}) {
    const Tensor b = random_tensor(broadcasts ? Shape{5, 4} : Shape{2, 5, 4}, -1, 1, 2);
    Tensor transposed(broadcasts ? Shape{4, 5} : Shape{2, 4, 5});
    for (std::size_t i = 0; i < b.data.size(); ++i) {
      transposed.data[i / 20 * 20 + i % 4 * 5 + i % 20 / 4] = b.data[i];
    }
    for (OperatorCase check : {product(a, b), product(a, constant(b)), product(constant(a), b)}) {
      check.type = "FusedMatMul";
      check.attributes.set("transB", std::int64_t{1});

      expect_close(output_of(check), output_of(product(a, transposed)));
      expect_gradient_matches_finite_differences(check);
    }
  }
}

TEST(MatMul, SamplesAreRowsOrLeadingAxes) {
  const auto computed = [](Shape shape) { return CaseInput(random_tensor(std::move(shape))); };
  const auto fixed = [](Shape shape) { return constant(random_tensor(std::move(shape))); };
  expect_batch_matches_single_samples(product(computed({1, 4}), fixed({4, 3})), {0, -1});
  expect_batch_matches_single_samples(product(computed({1, 5, 4}), fixed({4, 3})), {0, -1});
  expect_batch_matches_single_samples(product(computed({1, 5, 4}), fixed({4})), {0, -1});
  expect_batch_matches_single_samples(product(computed({1, 5, 4}), computed({1, 4, 3})), {0, 0});
  expect_batch_matches_single_samples(product(computed({1, 2, 5, 4}), computed({1, 2, 4, 3})), {0, 0});
  expect_batch_matches_single_samples(product(computed({3, 1, 5, 4}), computed({1, 4, 3})), {1, 0}, 1);
  expect_batch_matches_single_samples(product(computed({1, 2, 5, 4}), fixed({2, 4, 3})), {0, -1});
  expect_batch_matches_single_samples(product(computed({5, 4}), computed({1, 4, 3})), {-1, 0});

  EXPECT_FALSE(batch_axis_of(product(computed({1, 4}), computed({4, 3})), {0, 0}).has_value());
  EXPECT_FALSE(batch_axis_of(product(computed({4}), fixed({4, 3})), {0, -1}).has_value());
  EXPECT_FALSE(batch_axis_of(product(computed({2, 5, 4}), fixed({2, 4, 3})), {0, -1}).has_value());
  EXPECT_FALSE(batch_axis_of(product(computed({2, 1, 4}), fixed({2, 4, 3})), {1, -1}).has_value());
}

TEST(MatMul, TransposesOfRowsPassAPackedMatrix) {
  const OperatorCase packed = product(random_tensor({2, 3, 5, 4}), constant(random_tensor({4, 6})));
  expect_pulls_transpose(packed, {2, 0, 1, 3});
  EXPECT_FALSE(pulled_transpose(packed, {0, 1, 3, 2}).has_value());
  EXPECT_FALSE(pulled_transpose(product(Tensor({2, 3, 4}), Tensor({2, 4, 3})), {1, 0, 2}).has_value());
}

TEST(MatMul, ContradictingSizesAreRefused) {
  EXPECT_THROW(output_of(product(Tensor({2, 3}), Tensor({4, 5}))), Error);
  EXPECT_THROW(output_of(product(Tensor({2, 2, 3}), Tensor({3, 3, 5}))), Error);
  EXPECT_THROW(output_of(product(Tensor(Shape{}), Tensor({4, 5}))), Error);
}

}  // namespace
}  // namespace saliency::testing
