// Odd inputs and options, for every method: a clear error or a defined result, never NaN.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "saliency/every_method.h"
#include "saliency/method_checks.h"

namespace saliency::testing {
namespace {

void expect_finite(const Mask& mask) {
  EXPECT_FALSE(mask.data.empty());
  EXPECT_EQ(static_cast<std::size_t>(element_count(mask.shape)), mask.data.size());
  for (const Scalar value : mask.data) ASSERT_TRUE(std::isfinite(value));
}

// A finite map, or an error that blames an option or the image's shape and says more than a word.
void expect_defined(const std::string& method, Model& model, const std::vector<Scalar>& image, const Options& options) {
  try {
    expect_finite(mask_of(method, model, image, options));
  } catch (const Error& error) {
    EXPECT_TRUE(error.code() == ErrorCode::InvalidOption || error.code() == ErrorCode::ShapeMismatch)
        << code_name(error.code()) << ": " << error.message();
    EXPECT_GT(error.message().size(), 20U) << error.message();
  }
}

class EdgeOfMethod : public MethodTest {};

TEST_P(EdgeOfMethod, AConstantImageHasAFiniteMap) {
  EveryToy model(EveryToy::Terms{1, 1});
  for (const Scalar level : {-1, 0, 1}) {
    SCOPED_TRACE(level);
    const std::vector<Scalar> image(64, level);

    expect_finite(mask_of(name(), model, image, small_settings(name())));
    expect_finite(smoothed_mask_of(name(), model, image, small_settings(name())));
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, EdgeOfMethod, ::testing::ValuesIn(methods_for(Check::ConstantImage)), own_name);

class LayoutOfMethod : public MethodTest {};

TEST_P(LayoutOfMethod, DoesNotMatter) {
  EveryToy last(EveryToy::Terms{1, 1}, 3, InputLayout::ChannelsLast);
  EveryToy first(EveryToy::Terms{1, 1}, 3, InputLayout::ChannelsFirst);
  const Options options = small_settings(name());

  const Mask a = mask_of(name(), last, waves(3, InputLayout::ChannelsLast), options);
  const Mask b = mask_of(name(), first, waves(3, InputLayout::ChannelsFirst), options);

  ASSERT_EQ(a.data.size(), b.data.size());
  const std::size_t channels = a.data.size() / 64;
  double size = 0;
  for (const Scalar value : a.data) size = std::max(size, std::fabs(static_cast<double>(value)));
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    EXPECT_NEAR(a.data[i], b.data[i % channels * 64 + i / channels], 1e-4 * size) << "at " << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, LayoutOfMethod, ::testing::ValuesIn(methods_for(Check::Layouts)), own_name);

class OnePixelOfMethod : public MethodTest {};

TEST_P(OnePixelOfMethod, HasADefinedMap) {
  auto model = linear_model({1, 1, 1}, {2});
  model.layer_values = [](const Values& x) { return Model::Layer{{1, 1, 1}, {}, {static_cast<Scalar>(x[0])}, {2}}; };
  Options options = small_settings(name());
  if (takes(name(), "size")) options.insert_or_assign("size", 1);
  if (takes(name(), "segments")) options.insert_or_assign("segments", Tensor({1, 1}));

  const Mask mask = mask_of(name(), model, {3}, options);

  expect_finite(mask);
  EXPECT_EQ(mask.data.size(), 1U);
  EXPECT_NEAR(mask.score, 6, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Methods, OnePixelOfMethod, ::testing::ValuesIn(methods_for(Check::OnePixel)), own_name);

class OptionsOfMethod : public MethodTest {};

// "whole number from 1 to 100": 1; "number of at least 0": 0.
std::optional<double> low_end(const OptionInfo& info) {
  if (info.type.find("number") == std::string::npos) return {};
  for (const char* mark : {" from ", " at least "}) {
    const std::size_t found = info.type.find(mark);
    if (found != std::string::npos) return std::stod(info.type.substr(found + std::string(mark).size()));
  }
  return {};
}

TEST_P(OptionsOfMethod, MayBeAtTheirLowestAndWiderThanTheImage) {
  EveryToy model(EveryToy::Terms{1, 1});
  for (const OptionInfo& info : mask_options(name())) {
    SCOPED_TRACE(info.name);
    Options options = small_settings(name());
    if (const std::optional<double> low = low_end(info)) {
      options.insert_or_assign(info.name, *low);
      expect_defined(name(), model, waves(), options);
      options.insert_or_assign(info.name, *low - 1);
      expect_error(ErrorCode::InvalidOption, "'" + info.name + "'", [&] { mask_of(name(), model, waves(), options); });
    }
    if (info.name == "size" || info.name == "stride" || info.name == "cells" || info.name == "maxSigma") {
      for (const int wide : {8, 9, 100}) {
        options.insert_or_assign(info.name, wide);
        expect_defined(name(), model, waves(), options);
      }
    }
  }
}

TEST_P(OptionsOfMethod, AreRefusedInAnotherType) {
  EveryToy model;
  for (const OptionInfo& info : mask_options(name())) {
    if (info.type.find("number") == std::string::npos && info.type.find("one of") == std::string::npos) continue;
    SCOPED_TRACE(info.name);
    Options options = small_settings(name());
    options.insert_or_assign(info.name, true);

    expect_error(ErrorCode::InvalidOption, info.name, [&] { mask_of(name(), model, waves(), options); });
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, OptionsOfMethod, ::testing::ValuesIn(methods_for(Check::OptionEnds)), own_name);

class OverflowOfMethod : public MethodTest {};

TEST_P(OverflowOfMethod, NeverReachesTheMap) {
  for (const double poison : {std::numeric_limits<double>::quiet_NaN(), HUGE_VAL}) {
    SCOPED_TRACE(poison);
    ToyModel model(
        {kSide, kSide, 1}, [=](const Values&) { return poison; },
        [=](const Values& x) {
          Values slopes(x.size(), 1);
          slopes[5] = poison;
          return slopes;
        },
        3);
    model.layer_values = [=](const Values&) {
      const auto bad = static_cast<Scalar>(poison);
      return Model::Layer{{1, 2, 2}, {}, {bad, 1, 2, 3}, {1, bad, 1, 1}};
    };

    expect_finite(mask_of(name(), model, waves(), small_settings(name())));
    Options few = small_settings(name());
    few.insert_or_assign("samples", 2);
    expect_finite(smoothed_mask_of(name(), model, waves(), few));
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, OverflowOfMethod, ::testing::ValuesIn(methods_for(Check::NotFinite)), own_name);

class SeedOfMethod : public MethodTest {};

TEST_P(SeedOfMethod, DecidesEveryByte) {
  EveryToy model(EveryToy::Terms{1, 1});
  Options options = small_settings(name());
  if (takes(name(), "segments")) {  // so many that not all sets of them are tried
    Tensor labels({kSide, kSide});
    for (std::size_t i = 0; i < 64; ++i) labels.data[i] = static_cast<Scalar>(i / 16 * 4 + i % 8 / 2);
    options.insert_or_assign("segments", labels);
  }
  const Mask once = mask_of(name(), model, waves(), options);
  const Mask again = mask_of(name(), model, waves(), options);
  Options smooth = options;
  smooth.insert_or_assign("samples", 3);
  smooth.insert_or_assign("seed", 7);

  EXPECT_EQ(once.data, again.data);
  EXPECT_EQ(smoothed_mask_of(name(), model, waves(), smooth).data,
            smoothed_mask_of(name(), model, waves(), smooth).data);
  if (once.seed) {
    options.insert_or_assign("seed", 8);
    EXPECT_NE(mask_of(name(), model, waves(), options).data, once.data) << "a seed without effect";
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, SeedOfMethod, ::testing::ValuesIn(methods_for(Check::Seed)), own_name);

}  // namespace
}  // namespace saliency::testing
