#include "base/text.h"

#include <gtest/gtest.h>

#include <vector>

namespace saliency {
namespace {

const std::vector<std::string> kNames = {"steps", "samples", "stdevSpread"};

TEST(Text, TheClosestWordIsWhatWasMeant) {
  EXPECT_EQ(closest("stepz", kNames), "steps");
  EXPECT_EQ(closest("STEPS", kNames), "steps");
  EXPECT_EQ(closest("stdevspred", kNames), "stdevSpread");
}

TEST(Text, NothingIsCloseToAnotherWord) {
  EXPECT_EQ(closest("colour", kNames), "");
  EXPECT_EQ(closest("steps", {}), "");
}

TEST(Text, SimilarWordsAreThreeAtMostAndQuoted) {
  EXPECT_EQ(similar("step", kNames), "'steps', 'samples', 'stdevSpread'");
  EXPECT_EQ(similar("a", std::vector<std::string>{"a", "ab", "abc", "abcd"}), "'a', 'ab', 'abc'");
}

}  // namespace
}  // namespace saliency
