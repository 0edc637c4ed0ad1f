#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "support/naive_image.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

struct PoolCase {
  const char* name;
  Shape x;
  Integers kernel;
  Shape y;
  ops::Attributes attributes = {};
  NaiveWindow window = {};
};

const std::vector<PoolCase>& cases() {
  static const std::vector<PoolCase> kCases = {
      {"plain", {2, 3, 5, 6}, {2, 3}, {2, 3, 4, 4}},
      {"strides", {1, 2, 7, 8}, {3, 2}, {1, 2, 3, 3}, {{"strides", Integers{2, 3}}}, {.stride = {2, 3}}},
      {"pads",
       {1, 2, 6, 6},
       {3, 3},
       {1, 2, 3, 3},
       {{"strides", Integers{2, 2}}, {"pads", Integers{1, 1, 1, 1}}},
       {.stride = {2, 2}, .leading = {1, 1}, .trailing = {1, 1}}},
      {"asymmetric pads",
       {1, 2, 5, 5},
       {3, 3},
       {1, 2, 5, 4},
       {{"pads", Integers{0, 1, 2, 0}}},
       {.leading = {0, 1}, .trailing = {2, 0}}},
      {"dilations", {1, 2, 7, 7}, {3, 2}, {1, 2, 3, 4}, {{"dilations", Integers{2, 3}}}, {.dilation = {2, 3}}},
      {"ceil_mode",
       {1, 2, 6, 6},
       {3, 3},
       {1, 2, 3, 3},
       {{"strides", Integers{2, 2}}, {"ceil_mode", std::int64_t{1}}},
       {.stride = {2, 2}}},
      {"ceil_mode and pads",
       {1, 2, 6, 6},
       {3, 3},
       {1, 2, 4, 4},
       {{"strides", Integers{2, 2}}, {"ceil_mode", std::int64_t{1}}, {"pads", Integers{1, 1, 1, 1}}},
       {.stride = {2, 2}, .leading = {1, 1}, .trailing = {1, 1}}},
      // Rounding up gives 3 positions, the last of which begins behind the image.
      {"ceil_mode, a window in the pad",
       {1, 1, 4, 4},
       {2, 2},
       {1, 1, 2, 2},
       {{"strides", Integers{3, 3}}, {"ceil_mode", std::int64_t{1}}, {"pads", Integers{1, 1, 1, 1}}},
       {.stride = {3, 3}, .leading = {1, 1}, .trailing = {1, 1}}},
      {"SAME_UPPER",
       {1, 2, 5, 5},
       {2, 3},
       {1, 2, 5, 3},
       {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Integers{1, 2}}},
       {.stride = {1, 2}, .leading = {0, 1}, .trailing = {1, 1}}},
      {"SAME_LOWER",
       {1, 2, 5, 5},
       {2, 2},
       {1, 2, 5, 5},
       {{"auto_pad", std::string("SAME_LOWER")}},
       {.leading = {1, 1}, .trailing = {0, 0}}},
      {"VALID", {1, 2, 5, 5}, {2, 2}, {1, 2, 4, 4}, {{"auto_pad", std::string("VALID")}}},
      {"one spatial axis",
       {2, 3, 9},
       {3},
       {2, 3, 5},
       {{"strides", Integers{2}}, {"pads", Integers{1, 1}}},
       {.stride = {2}, .leading = {1}, .trailing = {1}}},
      {"one spatial axis, ceil_mode",
       {2, 3, 8},
       {3},
       {2, 3, 4},
       {{"strides", Integers{2}}, {"ceil_mode", std::int64_t{1}}},
       {.stride = {2}}},
      {"three spatial axes", {2, 3, 4, 5, 3}, {2, 3, 2}, {2, 3, 3, 3, 2}},
      {"three spatial axes, strides, pads and dilations",
       {1, 2, 7, 6, 5},
       {2, 3, 2},
       {1, 2, 3, 3, 5},
       {{"strides", Integers{2, 3, 1}}, {"dilations", Integers{2, 1, 2}}, {"pads", Integers{0, 1, 1, 1, 2, 1}}},
       {.stride = {2, 3, 1}, .dilation = {2, 1, 2}, .leading = {0, 1, 1}, .trailing = {1, 2, 1}}},
      {"three spatial axes, ceil_mode",
       {1, 2, 6, 5, 4},
       {3, 2, 3},
       {1, 2, 3, 3, 2},
       {{"strides", Integers{2, 2, 2}}, {"ceil_mode", std::int64_t{1}}},
       {.stride = {2, 2, 2}}},
      {"three spatial axes, SAME_UPPER",
       {1, 1, 5, 4, 3},
       {2, 3, 2},
       {1, 1, 3, 4, 2},
       {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Integers{2, 1, 2}}},
       {.stride = {2, 1, 2}, .leading = {0, 1, 0}, .trailing = {1, 1, 1}}},
  };
  return kCases;
}

OperatorCase pool(const char* type, const PoolCase& c, Tensor x) {
  ops::Attributes attributes = c.attributes;
  attributes.set("kernel_shape", c.kernel);
  return {.type = type, .attributes = attributes, .inputs = {std::move(x)}};
}

OperatorCase pool(const char* type, const PoolCase& c) {
  return pool(type, c, random_tensor(c.x));
}

double largest(const std::vector<double>& inside, std::int64_t) {
  return inside.empty() ? -std::numeric_limits<double>::infinity() : *std::max_element(inside.begin(), inside.end());
}

double sum(const std::vector<double>& inside) {
  return std::accumulate(inside.begin(), inside.end(), 0.0);
}

TEST(MaxPool, MatchesItsDefinition) {
  for (const PoolCase& c : cases()) {
    SCOPED_TRACE(c.name);
    const OperatorCase check = pool("MaxPool", c);
    expect_close(output_of(check), naive_pool(check.inputs[0].tensor, c.kernel, c.window, c.y, largest));
  }
}

TEST(MaxPool, TheFirstOfEqualValuesGetsTheGradient) {
  const OperatorCase check{
      .type = "MaxPool", .attributes = {{"kernel_shape", Integers{2, 2}}}, .inputs = {Tensor({1, 1, 2, 3}, 4)}};
  const OperatorRun run(check);

  const Tensor dx = run.backward({Tensor({1, 1, 1, 2}, {5, 7})}, {true})[0];

  expect_close(dx, Tensor({1, 1, 2, 3}, {5, 7, 0, 0, 0, 0}));
}

TEST(MaxPool, IndicesPointIntoTheFlattenedInput) {
  const std::vector<Scalar> numbers = {1, 9, 2, 3, 4, 8, 7, 0, 5, 5, 6, 1};
  OperatorCase check{.type = "MaxPool",
                     .attributes = {{"kernel_shape", Integers{2, 2}}},
                     .inputs = {Tensor({1, 2, 2, 3}, numbers)},
                     .outputs = 2};

  const std::vector<Tensor> row_major = run_operator(check);
  check.attributes.set("storage_order", std::int64_t{1});
  const std::vector<Tensor> column_major = run_operator(check);

  expect_close(row_major[0], Tensor({1, 2, 1, 2}, {9, 9, 7, 6}));
  expect_close(row_major[1], integers({1, 2, 1, 2}, {1, 1, 6, 10}));
  expect_close(column_major[1], integers({1, 2, 1, 2}, {2, 2, 6, 9}));
}

GRADIENT_TEST(MaxPool, GradientMatchesFiniteDifferences, "MaxPool") {
  for (const PoolCase& c : cases()) {
    SCOPED_TRACE(c.name);
    expect_gradient_matches_finite_differences(pool("MaxPool", c));
  }
}

TEST(AveragePool, MatchesItsDefinition) {
  for (const PoolCase& c : cases()) {
    SCOPED_TRACE(c.name);
    OperatorCase check = pool("AveragePool", c);
    const auto of_taps_inside = [](const std::vector<double>& inside, std::int64_t) {
      return sum(inside) / static_cast<double>(inside.size());
    };
    const auto of_padded = [](const std::vector<double>& inside, std::int64_t padding) {
      return sum(inside) / static_cast<double>(static_cast<std::int64_t>(inside.size()) + padding);
    };

    expect_close(output_of(check), naive_pool(check.inputs[0].tensor, c.kernel, c.window, c.y, of_taps_inside));
    check.attributes.set("count_include_pad", std::int64_t{1});
    expect_close(output_of(check), naive_pool(check.inputs[0].tensor, c.kernel, c.window, c.y, of_padded));
  }
}

GRADIENT_TEST(AveragePool, GradientMatchesFiniteDifferences, "AveragePool") {
  for (const PoolCase& c : cases()) {
    SCOPED_TRACE(c.name);
    OperatorCase check = pool("AveragePool", c);
    expect_gradient_matches_finite_differences(check);
    check.attributes.set("count_include_pad", std::int64_t{1});
    expect_gradient_matches_finite_differences(check);
  }
}

TEST(LpPool, MatchesItsDefinition) {
  for (const PoolCase& c : cases()) {
    SCOPED_TRACE(c.name);
    for (const std::int64_t p : {1, 2, 3}) {
      OperatorCase check = pool("LpPool", c);
      check.attributes.set("p", p);
      const auto norm = [p](const std::vector<double>& inside, std::int64_t) {
        double total = 0;
        for (const double value : inside) total += std::pow(std::abs(value), static_cast<double>(p));
        return std::pow(total, 1 / static_cast<double>(p));
      };
      expect_close(output_of(check), naive_pool(check.inputs[0].tensor, c.kernel, c.window, c.y, norm));
    }
  }
}

GRADIENT_TEST(LpPool, GradientMatchesFiniteDifferences, "LpPool") {
  for (const PoolCase& c : cases()) {
    SCOPED_TRACE(c.name);
    for (const std::int64_t p : {1, 2, 3}) {
      OperatorCase check = pool("LpPool", c);
      check.attributes.set("p", p);
      expect_gradient_matches_finite_differences(check);
    }
  }
}

TEST(LpPool, TheGradientOfZerosIsZero) {
  const OperatorCase check{
      .type = "LpPool", .attributes = {{"kernel_shape", Integers{2, 2}}}, .inputs = {Tensor({1, 1, 2, 2})}};
  expect_close(OperatorRun(check).backward({Tensor({1, 1, 1, 1}, 1)}, {true})[0], Tensor({1, 1, 2, 2}));
}

TEST(Pool, KeepsSamplesApart) {
  for (const char* type : {"MaxPool", "AveragePool", "LpPool"}) {
    for (PoolCase c : cases()) {
      SCOPED_TRACE(c.name);
      c.x[0] = 1;
      expect_batch_matches_single_samples(pool(type, c), {0});
    }
  }
}

// 40 channels: more than one block of the loops.
const Shape kGlobalShapes[] = {{2, 3, 4, 5}, {2, 40, 3, 2}, {1, 3, 200}, {2, 2, 3, 2, 4}};

void expect_global_pool(OperatorCase check, const std::function<double(const std::vector<double>&)>& reduce) {
  for (const Shape& shape : kGlobalShapes) {
    check.inputs = {random_tensor(shape)};
    const Tensor& x = check.inputs[0].tensor;
    Shape reduced = shape;
    std::fill(reduced.begin() + 2, reduced.end(), 1);
    Tensor expected(reduced);
    const auto pixels = static_cast<std::size_t>(x.size() / expected.size());
    for (std::size_t i = 0; i < expected.data.size(); ++i) {
      const std::vector<double> values(x.data.begin() + static_cast<std::ptrdiff_t>(i * pixels),
                                       x.data.begin() + static_cast<std::ptrdiff_t>((i + 1) * pixels));
      expected.data[i] = static_cast<Scalar>(reduce(values));
    }
    expect_close(output_of(check), expected);
    expect_gradient_matches_finite_differences(check);
    Shape one = shape;
    one[0] = 1;
    check.inputs = {random_tensor(one)};
    expect_batch_matches_single_samples(check, {0});
  }
}

GRADIENT_TEST(GlobalAveragePool, MatchesItsDefinitionAndFiniteDifferences, "GlobalAveragePool") {
  expect_global_pool({.type = "GlobalAveragePool"}, [](const std::vector<double>& values) {
    return sum(values) / static_cast<double>(values.size());
  });
}

GRADIENT_TEST(GlobalMaxPool, MatchesItsDefinitionAndFiniteDifferences, "GlobalMaxPool") {
  expect_global_pool({.type = "GlobalMaxPool"}, [](const std::vector<double>& values) { return largest(values, 0); });
}

GRADIENT_TEST(GlobalLpPool, MatchesItsDefinitionAndFiniteDifferences, "GlobalLpPool") {
  for (const std::int64_t p : {1, 2, 3}) {
    expect_global_pool({.type = "GlobalLpPool", .attributes = {{"p", p}}}, [p](const std::vector<double>& values) {
      double total = 0;
      for (const double value : values) total += std::pow(std::abs(value), static_cast<double>(p));
      return std::pow(total, 1 / static_cast<double>(p));
    });
  }
}

}  // namespace
}  // namespace saliency::testing
