#include "saliency/options.h"

#include <gtest/gtest.h>

#include "saliency/method_check.h"

namespace saliency {
namespace {

using testing::expect_error;

TEST(Options, GivenValuesReplaceDefaults) {
  OptionReader reader("Method", {{"steps", 7}, {"rule", "left"}, {"sqrt", true}, {"value", std::vector<double>{1, 2}}});

  EXPECT_EQ(reader.count("steps", 25, {1, 100}, ""), 7);
  EXPECT_EQ(reader.number("spread", 0.15, {0, 1}, ""), 0.15);
  EXPECT_TRUE(reader.flag("sqrt", false, ""));
  EXPECT_EQ(reader.numbers("value", "0", ""), (std::vector<double>{1, 2}));
  static constexpr std::string_view kRules[] = {"left", "right"};
  EXPECT_EQ(reader.choice("rule", "right", kRules, ""), "left");
  EXPECT_NO_THROW(reader.finish());
}

TEST(Options, UnknownNamesNameTheLikelyMeantOne) {
  OptionReader reader("IntegratedGradients", {{"step", 7}});
  reader.count("steps", 25, {1, 100}, "");
  reader.flag("magnitude", true, "");

  expect_error(ErrorCode::InvalidOption, "did you mean 'steps'?", [&] { reader.finish(); });
  expect_error(ErrorCode::InvalidOption, "steps, magnitude", [&] { reader.finish(); });
}

TEST(Options, WrongTypesAndValuesSayWhatWasExpectedAndGiven) {
  OptionReader reader("M", {{"steps", 2.5}, {"spread", -1}, {"rule", "up"}, {"flag", 1}, {"list", "a"}, {"t", 1}});
  static constexpr std::string_view kRules[] = {"left", "right"};

  expect_error(ErrorCode::InvalidOption, "is 2.5, expected a whole number from 1 to 100", [&] {
    reader.count("steps", 25, {1, 100}, "");
  });
  expect_error(ErrorCode::InvalidOption, "is -1, expected a number of at least 0",
               [&] { reader.number("spread", 0.15, {.low = 0}, ""); });
  expect_error(ErrorCode::InvalidOption, "is 'up', expected one of left, right",
               [&] { reader.choice("rule", "left", kRules, ""); });
  expect_error(ErrorCode::InvalidOption, "expected true or false", [&] { reader.flag("flag", false, ""); });
  expect_error(ErrorCode::InvalidOption, "expected a number or a list", [&] { reader.numbers("list", "0", ""); });
  expect_error(ErrorCode::InvalidOption, "expected a tensor", [&] { reader.tensor("t", "none", ""); });
}

TEST(Options, NotANumberIsRefused) {
  OptionReader reader("M", {{"spread", std::nan("")}, {"steps", std::nan("")}, {"many", 1e300}});

  expect_error(ErrorCode::InvalidOption, "spread", [&] { reader.number("spread", 1, {}, ""); });
  expect_error(ErrorCode::InvalidOption, "steps", [&] { reader.count("steps", 1, {}, ""); });
  expect_error(ErrorCode::InvalidOption, "many", [&] { reader.count("many", 1, {}, ""); });
}

TEST(Options, ReadingIsTheDocumentation) {
  OptionReader reader("M", {});
  reader.count("steps", 25, {1, 100}, "points of the path");

  ASSERT_EQ(reader.infos().size(), 1U);
  EXPECT_EQ(reader.infos()[0].type, "whole number from 1 to 100");
  EXPECT_EQ(reader.infos()[0].fallback, "25");
  EXPECT_EQ(reader.infos()[0].meaning, "points of the path");
}

TEST(Options, NumbersAreWrittenShort) {
  EXPECT_EQ(to_text(0.15), "0.15");
  EXPECT_EQ(to_text(25), "25");
  EXPECT_EQ(to_text(-2), "-2");
  EXPECT_EQ(to_text(1.0 / 3), "0.3333333333333333");
}

}  // namespace
}  // namespace saliency
