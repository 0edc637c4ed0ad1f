#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

struct Reduce {
  const char* type;
  std::function<double(const std::vector<double>&)> formula;
};

double total(const std::vector<double>& x, const std::function<double(double)>& term) {
  double sum = 0;
  for (const double value : x) sum += term(value);
  return sum;
}

const std::vector<Reduce> kReductions = {
    {"ReduceSum", [](const auto& x) { return total(x, [](double v) { return v; }); }},
    {"ReduceMean", [](const auto& x) { return total(x, [](double v) { return v; }) / static_cast<double>(x.size()); }},
    {"ReduceL1", [](const auto& x) { return total(x, [](double v) { return std::abs(v); }); }},
    {"ReduceL2", [](const auto& x) { return std::sqrt(total(x, [](double v) { return v * v; })); }},
    {"ReduceSumSquare", [](const auto& x) { return total(x, [](double v) { return v * v; }); }},
    {"ReduceLogSum", [](const auto& x) { return std::log(total(x, [](double v) { return v; })); }},
    {"ReduceLogSumExp", [](const auto& x) { return std::log(total(x, [](double v) { return std::exp(v); })); }},
    {"ReduceMax", [](const auto& x) { return *std::max_element(x.begin(), x.end()); }},
    {"ReduceMin", [](const auto& x) { return *std::min_element(x.begin(), x.end()); }},
    {"ReduceProd",
     [](const auto& x) {
       double product = 1;
       for (const double value : x) product *= value;
       return product;
     }},
};

struct Case {
  Shape shape;
  std::vector<std::int64_t> axes;
};
const std::vector<Case> kCases = {
    {{2, 3, 4}, {0}},    {{2, 3, 4}, {1}},   {{2, 3, 4}, {2}},   {{2, 3, 4}, {-1, 1}}, {{2, 3, 4}, {0, 2}},
    {{2, 3, 4}, {0, 1}}, {{2, 3, 4}, {}},    {{5}, {0}},         {{2, 1, 3}, {1}},     {{2, 3, 2, 2}, {2, 3}},
    {{600}, {0}},        {{2, 300, 3}, {1}}, {{2, 2, 300}, {1}}, {{1, 1}, {0, 1}},
};

OperatorCase case_of(const char* type, const Case& c, std::int64_t keep, std::int64_t opset = 12) {
  OperatorCase check{.type = type,
                     .attributes = {{"keepdims", keep}},
                     .opset = opset,
                     .inputs = {random_tensor(c.shape, Scalar(0.5), Scalar(1.5))}};
  if (!c.axes.empty() && opset < 13) check.attributes.set("axes", c.axes);
  if (!c.axes.empty() && opset >= 13) {
    check.inputs.push_back(constant(
        integers({static_cast<std::int64_t>(c.axes.size())}, std::vector<Scalar>(c.axes.begin(), c.axes.end()))));
  }
  return check;
}

// Collects the numbers of each result, index by index.
Tensor expected_of(const Reduce& reduce, const Case& c, const Tensor& x, bool keep) {
  std::vector<bool> reduced(c.shape.size(), c.axes.empty());
  for (const std::int64_t axis : c.axes)
    reduced[static_cast<std::size_t>(normalized_axis(axis, c.shape.size()))] = true;
  Shape kept, shape;
  for (std::size_t a = 0; a < c.shape.size(); ++a) {
    kept.push_back(reduced[a] ? 1 : c.shape[a]);
    if (!reduced[a] || keep) shape.push_back(kept.back());
  }
  const Shape strides = strides_of(c.shape), kept_strides = strides_of(kept);
  std::vector<std::vector<double>> groups(static_cast<std::size_t>(element_count(kept)));
  for (std::int64_t i = 0; i < x.size(); ++i) {
    std::int64_t group = 0;
    for (std::size_t a = 0; a < c.shape.size(); ++a) {
      if (!reduced[a]) group += i / strides[a] % c.shape[a] * kept_strides[a];
    }
    groups[static_cast<std::size_t>(group)].push_back(static_cast<double>(x.data[static_cast<std::size_t>(i)]));
  }
  Tensor y(shape);
  for (std::size_t i = 0; i < groups.size(); ++i) y.data[i] = static_cast<Scalar>(reduce.formula(groups[i]));
  return y;
}

TEST(Reductions, MatchTheDefinitionForAnyAxes) {
  for (const Reduce& reduce : kReductions) {
    for (const Case& c : kCases) {
      for (const std::int64_t keep : {0, 1}) {
        const OperatorCase check = case_of(reduce.type, c, keep);
        SCOPED_TRACE(describe(check));
        expect_close(output_of(check), expected_of(reduce, c, check.inputs[0].tensor, keep != 0));
      }
    }
  }
}

TEST(Reductions, AxesMayBeAnInput) {
  for (const Reduce& reduce : kReductions) {
    for (const Case& c : kCases) {
      const OperatorCase check = case_of(reduce.type, c, 1, 18);
      expect_close(output_of(check), expected_of(reduce, c, check.inputs[0].tensor, true));
    }
  }
}

TEST(Reductions, EmptyAxesMayMeanNone) {
  const Tensor x({2, 2}, {1, -2, 3, -4});
  const OperatorCase sum{.type = "ReduceSum", .attributes = {{"noop_with_empty_axes", std::int64_t{1}}}, .inputs = {x}};
  const OperatorCase norm{.type = "ReduceL1",
                          .attributes = {{"noop_with_empty_axes", std::int64_t{1}}},
                          .inputs = {x, constant(integers({0}, {}))}};

  expect_close(output_of(sum), x);
  expect_close(output_of(norm), Tensor({2, 2}, {1, 2, 3, 4}));
}

TEST(Reductions, AxesThatCannotBeAreRefused) {
  EXPECT_THROW(output_of(case_of("ReduceSum", {{2, 3}, {2}}, 1)), Error);
  EXPECT_THROW(output_of(case_of("ReduceSum", {{2, 3}, {1, -1}}, 1)), Error);
}

TEST(Reductions, LogSumExpOfLargeNumbersDoesNotOverflow) {
  const Tensor x({1, 2}, {1000, 1000});
  expect_close(output_of({.type = "ReduceLogSumExp", .inputs = {x}}), Tensor({1, 1}, 1000 + std::log(Scalar(2))));
}

TEST(Reductions, TheFirstOfEqualExtremesTakesTheGradient) {
  for (const char* type : {"ReduceMax", "ReduceMin"}) {
    const OperatorRun run(case_of(type, {{2, 3}, {1}}, 1));
    const_cast<OperatorRun&>(run).set_input(0, Tensor({2, 3}, {5, 5, 5, 2, 2, 2}));

    const Tensor gradient = run.backward({Tensor({2, 1}, {1, 2})}, {true})[0];

    expect_close(gradient, Tensor({2, 3}, {1, 0, 0, 2, 0, 0}));
  }
}

TEST(Reductions, AProductWithZerosHasAGradient) {
  const OperatorRun run({.type = "ReduceProd", .inputs = {Tensor({3}, {2, 0, 4})}});

  const Tensor gradient = run.backward({Tensor({1}, 1)}, {true})[0];

  expect_close(gradient, Tensor({3}, {0, 8, 0}));
}

GRADIENT_TEST(Reductions, GradientsMatchFiniteDifferences, "ReduceSum", "ReduceMean", "ReduceL1", "ReduceL2",
              "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMin", "ReduceProd") {
  for (const Reduce& reduce : kReductions) {
    for (const Case& c : kCases) {
      if (element_count(c.shape) > 100) continue;  // finite differences of long products are poor
      for (const std::int64_t keep : {0, 1}) expect_gradient_matches_finite_differences(case_of(reduce.type, c, keep));
    }
  }
}

TEST(Reductions, SamplesDoNotMix) {
  for (const Reduce& reduce : kReductions) {
    for (const std::int64_t keep : {0, 1}) {
      expect_batch_matches_single_samples(case_of(reduce.type, {{1, 3, 4}, {1, 2}}, keep), {0});
      expect_batch_matches_single_samples(case_of(reduce.type, {{1, 3, 4}, {1}}, keep), {0});
    }
    EXPECT_FALSE(batch_axis_of(case_of(reduce.type, {{1, 3}, {0}}, 1), {0}).has_value());
    EXPECT_EQ(batch_axis_of(case_of(reduce.type, {{3, 1, 2}, {0}}, 0), {1}), 0);
  }
}

TEST(Reductions, TransposesPassThrough) {
  for (const Reduce& reduce : kReductions) {
    for (const std::int64_t keep : {0, 1}) {
      expect_pulls_transpose(case_of(reduce.type, {{2, 3, 4}, {1, 2}}, keep), {0, 2, 1});
      expect_pulls_transpose(case_of(reduce.type, {{2, 3, 4}, {0}}, keep), {2, 0, 1});
      expect_pulls_transpose(case_of(reduce.type, {{2, 3, 4}, {}}, keep), {2, 0, 1});
    }
  }
}

}  // namespace
}  // namespace saliency::testing
