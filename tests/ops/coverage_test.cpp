// Every registered operator has a gradient test (GRADIENT_TEST, wherever it stands) or a line below that says why not.
// GRADIENT_TEST declares at static initialisation, so that this holds under --gtest_filter and sharding, too.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "ops/registry.h"
#include "support/operator_check.h"

namespace saliency::testing {
namespace {

struct NotDifferentiable {
  std::string_view type;
  std::string_view reason;
};

constexpr NotDifferentiable kNotDifferentiable[] = {
    {"And", "a truth value"},
    {"ArgMax", "an index"},
    {"ArgMin", "an index"},
    {"ConstantOfShape", "a constant"},
    {"Equal", "a truth value"},
    {"EyeLike", "sizes only"},
    {"Greater", "a truth value"},
    {"GreaterOrEqual", "a truth value"},
    {"Hardmax", "a choice"},
    {"IsInf", "a truth value"},
    {"IsNaN", "a truth value"},
    {"Less", "a truth value"},
    {"LessOrEqual", "a truth value"},
    {"NonZero", "positions"},
    {"Not", "a truth value"},
    {"OneHot", "made of indices"},
    {"Or", "a truth value"},
    {"QuantizeLinear", "rounds; its straight-through gradient is tested by its definition"},
    {"Range", "constants"},
    {"Shape", "sizes only"},
    {"Size", "sizes only"},
    {"Xor", "a truth value"},
};

bool listed(std::string_view type) {
  return std::any_of(std::begin(kNotDifferentiable), std::end(kNotDifferentiable),
                     [&](const NotDifferentiable& line) { return line.type == type; });
}

TEST(Coverage, EveryOperatorHasAGradientTestOrAReason) {
  for (const ops::Registration& registration : ops::registrations()) {
    const std::string type(registration.type);
    EXPECT_TRUE(gradient_tested_types().count(type) == 1 || listed(type))
        << type << ": add a GRADIENT_TEST, or a line to kNotDifferentiable in " << __FILE__;
  }
}

TEST(Coverage, NoOperatorIsBothTestedAndListed) {
  for (const NotDifferentiable& line : kNotDifferentiable) {
    EXPECT_EQ(gradient_tested_types().count(std::string(line.type)), 0u) << line.type << ": " << line.reason;
  }
}

TEST(Coverage, GradientTestsNameRegisteredOperators) {
  for (const std::string& type : gradient_tested_types()) {
    EXPECT_NE(ops::find_registration(type), nullptr) << type;
  }
}

}  // namespace
}  // namespace saliency::testing
