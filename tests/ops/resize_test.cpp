// Expected numbers of single rows come from the ONNX text taken by its letter: taps chosen by their distance, weights
// by their position, one output after the other.
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

constexpr double kTolerance = 1e-6;  // the table has 9 digits

struct RowOptions {
  const char* nearest_mode = "round_prefer_floor";
  std::int64_t antialias = 0;
  std::int64_t exclude_outside = 0;
  double cubic_a = -0.75;
};

struct RowCase {
  const char* mode;
  const char* coordinates;
  double scale;
  std::vector<Scalar> expected;
  RowOptions options = {};
};

// Of the row {1, 5, 2, 8, 3}.
const RowCase kRows[] = {
    {"nearest", "half_pixel", 1.6, {1, 1, 5, 2, 2, 8, 3, 3}, {.nearest_mode = "round_prefer_floor"}},
    {"nearest", "half_pixel", 1.6, {1, 1, 5, 2, 2, 8, 3, 3}, {.nearest_mode = "round_prefer_ceil"}},
    {"nearest", "half_pixel", 1.6, {1, 1, 5, 5, 2, 2, 8, 3}, {.nearest_mode = "floor"}},
    {"nearest", "half_pixel", 1.6, {1, 5, 2, 2, 8, 8, 3, 3}, {.nearest_mode = "ceil"}},
    {"nearest", "pytorch_half_pixel", 1.6, {1, 1, 5, 2, 2, 8, 3, 3}, {.nearest_mode = "round_prefer_floor"}},
    {"nearest", "pytorch_half_pixel", 1.6, {1, 1, 5, 2, 2, 8, 3, 3}, {.nearest_mode = "round_prefer_ceil"}},
    {"nearest", "pytorch_half_pixel", 1.6, {1, 1, 5, 5, 2, 2, 8, 3}, {.nearest_mode = "floor"}},
    {"nearest", "pytorch_half_pixel", 1.6, {1, 5, 2, 2, 8, 8, 3, 3}, {.nearest_mode = "ceil"}},
    {"nearest", "align_corners", 1.6, {1, 5, 5, 2, 2, 8, 8, 3}, {.nearest_mode = "round_prefer_floor"}},
    {"nearest", "align_corners", 1.6, {1, 5, 5, 2, 2, 8, 8, 3}, {.nearest_mode = "round_prefer_ceil"}},
    {"nearest", "align_corners", 1.6, {1, 1, 5, 5, 2, 2, 8, 3}, {.nearest_mode = "floor"}},
    {"nearest", "align_corners", 1.6, {1, 5, 2, 2, 8, 8, 3, 3}, {.nearest_mode = "ceil"}},
    {"nearest", "asymmetric", 1.6, {1, 5, 5, 2, 2, 8, 3, 3}, {.nearest_mode = "round_prefer_floor"}},
    {"nearest", "asymmetric", 1.6, {1, 5, 5, 2, 8, 8, 3, 3}, {.nearest_mode = "round_prefer_ceil"}},
    {"nearest", "asymmetric", 1.6, {1, 1, 5, 5, 2, 8, 8, 3}, {.nearest_mode = "floor"}},
    {"nearest", "asymmetric", 1.6, {1, 5, 2, 2, 8, 3, 3, 3}, {.nearest_mode = "ceil"}},
    {"nearest", "tf_half_pixel_for_nn", 1.6, {1, 5, 2, 2, 8, 8, 3, 3}, {.nearest_mode = "round_prefer_floor"}},
    {"nearest", "tf_half_pixel_for_nn", 1.6, {1, 5, 2, 2, 8, 8, 3, 3}, {.nearest_mode = "round_prefer_ceil"}},
    {"nearest", "tf_half_pixel_for_nn", 1.6, {1, 1, 5, 2, 2, 8, 3, 3}, {.nearest_mode = "floor"}},
    {"nearest", "tf_half_pixel_for_nn", 1.6, {5, 5, 2, 8, 8, 3, 3, 3}, {.nearest_mode = "ceil"}},
    {"linear", "half_pixel", 1.5, {1, 3, 4.5, 2.5, 5, 7.16666667, 3.83333333}},
    {"linear", "half_pixel", 0.5, {3, 5}},
    {"linear", "half_pixel_symmetric", 1.5, {1, 3.66666667, 4, 2, 6, 6.33333333, 3}},
    {"linear", "half_pixel_symmetric", 0.5, {5, 8}},
    {"linear", "pytorch_half_pixel", 1.5, {1, 3, 4.5, 2.5, 5, 7.16666667, 3.83333333}},
    {"linear", "pytorch_half_pixel", 0.5, {3, 5}},
    {"linear", "align_corners", 1.5, {1, 3.66666667, 4, 2, 6, 6.33333333, 3}},
    {"linear", "align_corners", 0.5, {1, 3}},
    {"linear", "asymmetric", 1.5, {1, 3.66666667, 4, 2, 6, 6.33333333, 3}},
    {"linear", "asymmetric", 0.5, {1, 2}},
    {"linear", "half_pixel", 0.3, {4.5}},
    {"linear", "pytorch_half_pixel", 0.3, {1}},
    {"linear", "align_corners", 0.3, {1}},
    {"linear", "half_pixel", 1.5, {1, 3, 4.5, 2.5, 5, 7.16666667, 3.83333333}, {.antialias = 1}},
    {"linear", "half_pixel", 0.6, {2.5, 4, 4.875}, {.antialias = 1}},
    {"linear", "half_pixel", 0.25, {3.4375}, {.antialias = 1}},
    {"linear", "half_pixel", 0.6, {2.71428571, 4, 5.14285714}, {.antialias = 1, .exclude_outside = 1}},
    {"cubic", "half_pixel", 1.5, {0.652777778, 3.28125, 4.8125, 1.97916667, 5.1875, 7.80324074, 3.82175926}},
    {"cubic", "half_pixel", 0.5, {3.28125, 5.1875}},
    {"cubic", "half_pixel_symmetric", 1.5, {1, 4.07407407, 4.16666667, 2, 6.5, 7.09259259, 3}},
    {"cubic", "half_pixel_symmetric", 0.5, {5, 8}},
    {"cubic", "pytorch_half_pixel", 1.5, {0.652777778, 3.28125, 4.8125, 1.97916667, 5.1875, 7.80324074, 3.82175926}},
    {"cubic", "pytorch_half_pixel", 0.5, {3.28125, 5.1875}},
    {"cubic", "align_corners", 1.5, {1, 4.07407407, 4.16666667, 2, 6.5, 7.09259259, 3}},
    {"cubic", "align_corners", 0.5, {1, 3}},
    {"cubic", "asymmetric", 1.5, {1, 4.07407407, 4.16666667, 2, 6.5, 7.09259259, 3}},
    {"cubic", "asymmetric", 0.5, {1, 2}},
    {"cubic", "half_pixel", 0.3, {4.8125}},
    {"cubic", "pytorch_half_pixel", 0.3, {1}},
    {"cubic", "align_corners", 0.3, {1}},
    {"cubic",
     "half_pixel",
     1.5,
     {0.652777778, 3.28125, 4.8125, 1.97916667, 5.1875, 7.80324074, 3.82175926},
     {.antialias = 1}},
    {"cubic", "half_pixel", 0.6, {2.4313253, 4.46428571, 5.08192771}, {.antialias = 1}},
    {"cubic", "half_pixel", 0.25, {3.66235352}, {.antialias = 1}},
    {"cubic", "half_pixel", 0.6, {2.51530612, 4.39583333, 5.20408163}, {.antialias = 1, .exclude_outside = 1}},
    {"cubic",
     "half_pixel",
     1.5,
     {0.594594595, 3.08571429, 4.8125, 1.97916667, 5.1875, 7.72127418, 3.75612354},
     {.exclude_outside = 1}},
    {"cubic",
     "half_pixel",
     1.5,
     {0.768518519, 3.1875, 4.80092593, 2.06018519, 5.125, 7.74537037, 3.6712963},
     {.cubic_a = -0.5}},
};

// Resize's inputs: X, roi, scales, sizes.
OperatorCase resize(Tensor x, ops::Attributes attributes, CaseInput scales, CaseInput sizes = absent()) {
  return {.type = "Resize", .attributes = std::move(attributes), .inputs = {std::move(x), absent(), scales, sizes}};
}

CaseInput scales(std::vector<double> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return constant(Tensor({count}, std::vector<Scalar>(values.begin(), values.end())));
}

CaseInput sizes(std::vector<Scalar> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return constant(integers({count}, std::move(values)));
}

ops::Attributes attributes_of(const RowCase& c) {
  return {{"mode", std::string(c.mode)},
          {"coordinate_transformation_mode", std::string(c.coordinates)},
          {"nearest_mode", std::string(c.options.nearest_mode)},
          {"antialias", c.options.antialias},
          {"exclude_outside", c.options.exclude_outside},
          {"cubic_coeff_a", c.options.cubic_a}};
}

std::string name_of(const RowCase& c) {
  return std::string(c.mode) + ", " + c.coordinates + ", " + c.options.nearest_mode + ", scale " +
         std::to_string(c.scale);
}

TEST(Resize, RowsMatchTheOnnxText) {
  for (const RowCase& c : kRows) {
    SCOPED_TRACE(name_of(c));
    const Tensor x({5}, {1, 5, 2, 8, 3});

    const Tensor y = output_of(resize(x, attributes_of(c), scales({c.scale})));

    expect_close(y, Tensor({static_cast<std::int64_t>(c.expected.size())}, c.expected), kTolerance);
  }
}

GRADIENT_TEST(Resize, GradientMatchesFiniteDifferences, "Resize") {
  for (const RowCase& c : kRows) {
    SCOPED_TRACE(name_of(c));
    const OperatorCase check =
        resize(random_tensor({2, 3, 5, 4}), attributes_of(c), scales({1, 1, c.scale, c.scale > 1 ? 1.75 : 0.5}));
    expect_gradient_matches_finite_differences(check);
    expect_pulls_transpose(check, {0, 3, 1, 2});
  }
}

TEST(Resize, ImagesAreResampledAlongBothAxes) {
  const ops::Attributes attributes = {{"mode", std::string("linear")}};
  const Tensor x({1, 1, 2, 2}, {1, 2, 3, 4});

  const Tensor y = output_of(resize(x, attributes, scales({1, 1, 2, 1.5})));

  const Scalar half = Scalar(0.5);
  expect_close(
      y, Tensor({1, 1, 4, 3}, {1, Scalar(1.5), 2, Scalar(1.5), 2, Scalar(2.5), 2 + half, 3, 3 + half, 3, 3 + half, 4}));
}

TEST(Resize, TakesSizesAndAspectPolicies) {
  const Tensor x({1, 1, 4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const auto shape_of = [&](const char* policy) {
    return output_of(resize(x,
                            {{"mode", std::string("linear")},
                             {"axes", Integers{2, 3}},
                             {"keep_aspect_ratio_policy", std::string(policy)}},
                            absent(), sizes({6, 5})))
        .shape;
  };

  EXPECT_EQ(shape_of("stretch"), (Shape{1, 1, 6, 5}));
  EXPECT_EQ(shape_of("not_larger"), (Shape{1, 1, 6, 3}));
  EXPECT_EQ(shape_of("not_smaller"), (Shape{1, 1, 10, 5}));
}

TEST(Resize, AnEmptyScalesInputCountsAsAbsent) {
  const Tensor y = output_of(resize(Tensor({1, 1, 1, 2}, {1, 2}), {}, constant(Tensor({0})), sizes({1, 1, 2, 4})));

  expect_close(y, Tensor({1, 1, 2, 4}, {1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST(Resize, CropsAndExtrapolates) {
  OperatorCase check = resize(Tensor({5}, {1, 5, 2, 8, 3}),
                              {{"mode", std::string("linear")},
                               {"coordinate_transformation_mode", std::string("tf_crop_and_resize")},
                               {"extrapolation_value", 10.0}},
                              scales({1.2}));
  check.inputs[1] = constant(Tensor({2}, {Scalar(0.2), Scalar(1.1)}));

  expect_close(output_of(check), Tensor({6}, {Scalar(4.2), Scalar(3.44), Scalar(3.44), Scalar(7.76), Scalar(4.6), 10}),
               1e-5);
  expect_gradient_matches_finite_differences(check);
}

TEST(Resize, OfOpset10IsAsymmetric) {
  const OperatorCase check{.type = "Resize",
                           .attributes = {{"mode", std::string("linear")}},
                           .opset = 10,
                           .inputs = {Tensor({1, 1, 1, 2}, {1, 3}), scales({1, 1, 1, 2})}};

  expect_close(output_of(check), Tensor({1, 1, 1, 4}, {1, 2, 3, 3}));
}

TEST(Resize, KeepsSamplesApart) {
  const OperatorCase check =
      resize(random_tensor({1, 2, 3, 3}), {{"mode", std::string("cubic")}}, scales({1, 1, 2, 2}));
  expect_batch_matches_single_samples(check, {0, -1, -1, -1});
  expect_batch_matches_single_samples(check, {1, -1, -1, -1}, 1);
  EXPECT_EQ(batch_axis_of(check, {2, -1, -1, -1}), std::nullopt);
}

TEST(Resize, ErrorsSayWhatDoesNotFit) {
  const auto message = [](const OperatorCase& check) -> std::string {
    try {
      OperatorRun run(check);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const Tensor x({1, 1, 2, 2});

  EXPECT_EQ(message(resize(x, {{"mode", std::string("area")}}, scales({1, 1, 2, 2}))), "'mode' is 'area'");
  EXPECT_EQ(message(resize(x, {}, scales({2, 2}))), "'scales' has 2 values for 4 axes");
  EXPECT_EQ(message(resize(x, {}, CaseInput(Tensor({4})))), "'scales' must be constant, but it is computed");
  EXPECT_EQ(message(resize(x, {}, scales({1, 1, 0.25, 2}))), "'scales' makes an axis of 2 values empty");
}

GRADIENT_TEST(Upsample, IsAsymmetric, "Upsample") {
  for (const char* mode : {"nearest", "linear"}) {
    OperatorCase by_input{.type = "Upsample",
                          .attributes = {{"mode", std::string(mode)}},
                          .opset = 9,
                          .inputs = {Tensor({1, 1, 1, 2}, {1, 3}), scales({1, 1, 2, 2})}};
    const OperatorCase by_attribute{.type = "Upsample",
                                    .attributes = {{"mode", std::string(mode)}, {"scales", Reals{1, 1, 2, 2}}},
                                    .opset = 7,
                                    .inputs = {Tensor({1, 1, 1, 2}, {1, 3})}};
    const Tensor expected = mode == std::string("nearest") ? Tensor({1, 1, 2, 4}, {1, 1, 3, 3, 1, 1, 3, 3})
                                                           : Tensor({1, 1, 2, 4}, {1, 2, 3, 3, 1, 2, 3, 3});

    expect_close(output_of(by_input), expected);
    expect_close(output_of(by_attribute), expected);
    expect_gradient_matches_finite_differences(by_input);
  }
}

}  // namespace
}  // namespace saliency::testing
