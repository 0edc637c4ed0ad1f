// Nodes that exporters spread out run as one, give the same numbers, and every tensor between them stays within reach.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "graph/fusion/fuse.h"
#include "onnx/load.h"
#include "saliency/network_model.h"
#include "support/fusion_check.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

struct Node {
  std::string type;
  std::vector<std::string> inputs;
  std::string output;
  AttributeList attributes = {};
};

// x → the nodes → y, with the numbers that the nodes name by their value ("3", "0.5").
struct Pattern {
  const char* name;
  std::vector<Node> nodes;
  const char* becomes;
};

std::vector<std::uint8_t> bytes_of(const std::vector<Node>& nodes) {
  ModelBuilder model(13);
  model.input("x", {-1, 5, 3, 4});
  std::set<std::string> numbers;
  for (const Node& node : nodes) {
    for (const std::string& input : node.inputs) {
      if (!input.empty() && (std::isdigit(static_cast<unsigned char>(input[0])) != 0 || input[0] == '-')) {
        numbers.insert(input);
      }
    }
    model.node(node.type, node.inputs, {node.output}, node.attributes);
  }
  for (const std::string& number : numbers) model.initializer(number, {}, {std::stof(number)});
  return model.output("y").bytes();
}

const Pattern kActivations[] = {
    {"SiLU", {{"Sigmoid", {"x"}, "s"}, {"Mul", {"s", "x"}, "y"}}, "Swish"},
    {"QuickGelu", {{"Mul", {"x", "1.702"}, "a"}, {"Sigmoid", {"a"}, "s"}, {"Mul", {"x", "s"}, "y"}}, "Swish"},
    {"HardSwishOfHardSigmoid",
     {{"HardSigmoid", {"x"}, "s", {{"alpha", 1.0 / 6}}}, {"Mul", {"x", "s"}, "y"}},
     "HardSwish"},
    {"HardSwishDividedLast",
     {{"Add", {"x", "3"}, "a"}, {"Clip", {"a", "0", "6"}, "c"}, {"Mul", {"x", "c"}, "m"}, {"Div", {"m", "6"}, "y"}},
     "HardSwish"},
    {"HardSwishScaledFirst",
     {{"Add", {"3", "x"}, "a"},
      {"Clip", {"a", "0", "6"}, "c"},
      {"Mul", {"c", "0.16666667"}, "m"},
      {"Mul", {"m", "x"}, "y"}},
     "HardSwish"},
    {"HardSwishOfReluAndMin",
     {{"Add", {"x", "3"}, "a"},
      {"Relu", {"a"}, "r"},
      {"Min", {"r", "6"}, "c"},
      {"Mul", {"c", "0.16666667"}, "m"},
      {"Mul", {"m", "x"}, "y"}},
     "HardSwish"},
    {"HardSigmoidDivided",
     {{"Add", {"x", "3"}, "a"}, {"Clip", {"a", "0", "6"}, "c"}, {"Div", {"c", "6"}, "y"}},
     "HardSigmoid"},
    {"HardSigmoidOfMaxAndMin",
     {{"Mul", {"x", "0.2"}, "m"}, {"Add", {"m", "0.5"}, "a"}, {"Max", {"a", "0"}, "r"}, {"Min", {"r", "1"}, "y"}},
     "HardSigmoid"},
    {"GeluOfTorch",
     {{"Div", {"x", "1.41421356"}, "d"},
      {"Erf", {"d"}, "e"},
      {"Add", {"e", "1"}, "a"},
      {"Mul", {"x", "a"}, "m"},
      {"Mul", {"m", "0.5"}, "y"}},
     "Gelu"},
    {"GeluOfKeras",
     {{"Mul", {"x", "0.70710678"}, "d"},
      {"Erf", {"d"}, "e"},
      {"Add", {"1", "e"}, "a"},
      {"Mul", {"0.5", "x"}, "h"},
      {"Mul", {"h", "a"}, "y"}},
     "Gelu"},
    {"GeluTanh",
     {{"Pow", {"x", "3"}, "p"},
      {"Mul", {"p", "0.044715"}, "c"},
      {"Add", {"x", "c"}, "s"},
      {"Mul", {"s", "0.79788456"}, "k"},
      {"Tanh", {"k"}, "t"},
      {"Add", {"t", "1"}, "a"},
      {"Mul", {"x", "a"}, "m"},
      {"Mul", {"m", "0.5"}, "y"}},
     "Gelu"},
    {"GeluTanhFactored",
     {{"Mul", {"x", "0.79788456"}, "k"},
      {"Mul", {"x", "x"}, "q"},
      {"Mul", {"q", "0.044715"}, "c"},
      {"Add", {"c", "1"}, "s"},
      {"Mul", {"k", "s"}, "u"},
      {"Tanh", {"u"}, "t"},
      {"Add", {"t", "1"}, "a"},
      {"Mul", {"x", "0.5"}, "h"},
      {"Mul", {"h", "a"}, "y"}},
     "Gelu"},
    {"Mish", {{"Softplus", {"x"}, "p"}, {"Tanh", {"p"}, "t"}, {"Mul", {"x", "t"}, "y"}}, "Mish"},
    {"MishOfLogAndExp",
     {{"Exp", {"x"}, "e"},
      {"Add", {"e", "1"}, "a"},
      {"Log", {"a"}, "p"},
      {"Tanh", {"p"}, "t"},
      {"Mul", {"x", "t"}, "y"}},
     "Mish"},
};

TEST(FusedActivation, RunsAsOneNodeWithTheSameValuesAndGradients) {
  for (const Pattern& pattern : kActivations) {
    SCOPED_TRACE(pattern.name);
    const auto bytes = bytes_of(pattern.nodes);

    EXPECT_EQ(computed_types(bytes), std::vector<std::string>{pattern.becomes});
    expect_fusion_changes_nothing(bytes, 1e-5);
  }
}

const Pattern kNearMisses[] = {
    {"SigmoidOfSomethingElse", {{"Sin", {"x"}, "q"}, {"Sigmoid", {"q"}, "s"}, {"Mul", {"s", "x"}, "y"}}, ""},
    {"GateThatIsReadTwice", {{"Sigmoid", {"x"}, "s"}, {"Mul", {"s", "x"}, "m"}, {"Add", {"m", "s"}, "y"}}, ""},
    {"HardSwishWithAnotherShift",
     {{"Add", {"x", "2"}, "a"}, {"Clip", {"a", "0", "6"}, "c"}, {"Mul", {"x", "c"}, "m"}, {"Div", {"m", "6"}, "y"}},
     ""},
    {"HardSigmoidOfAnotherHeight",
     {{"Add", {"x", "3"}, "a"}, {"Clip", {"a", "0", "5"}, "c"}, {"Div", {"c", "6"}, "y"}},
     ""},
    {"GeluWithHalfPrecisionRoot",
     {{"Div", {"x", "1.4140625"}, "d"},
      {"Erf", {"d"}, "e"},
      {"Add", {"e", "1"}, "a"},
      {"Mul", {"x", "a"}, "m"},
      {"Mul", {"m", "0.5"}, "y"}},
     ""},
    {"GeluWithoutItsHalf",
     {{"Div", {"x", "1.41421356"}, "d"}, {"Erf", {"d"}, "e"}, {"Add", {"e", "1"}, "a"}, {"Mul", {"x", "a"}, "y"}},
     ""},
    {"MishOfDoubledLog",
     {{"Exp", {"x"}, "e"},
      {"Add", {"e", "2"}, "a"},
      {"Log", {"a"}, "p"},
      {"Tanh", {"p"}, "t"},
      {"Mul", {"x", "t"}, "y"}},
     ""},
};

TEST(FusedActivation, NearMissesStayAsTheyAre) {
  for (const Pattern& pattern : kNearMisses) {
    std::vector<std::string> types;
    for (const Node& node : pattern.nodes) types.push_back(node.type);

    EXPECT_EQ(computed_types(bytes_of(pattern.nodes)), types) << pattern.name;
  }
}

TEST(Fusion, AnOutputOfTheModelIsNoInnerTensor) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {-1, 4})
                         .node("Sigmoid", {"x"}, {"s"})
                         .node("Mul", {"x", "s"}, {"y"})
                         .output("y")
                         .output("s")
                         .bytes();

  EXPECT_EQ(computed_types(bytes), (std::vector<std::string>{"Sigmoid", "Mul"}));
}

// Guided backpropagation stops at the Clip of a HardSwish that is written with one, fused or not.
TEST(Fusion, RectifiersAmongThePartsKeepTheirRules) {
  const auto bytes = bytes_of(kActivations[3].nodes);
  const auto fused = onnx::load(bytes);
  graph::Session plain(graph::lower(onnx::read(bytes)));
  const std::vector<Scalar> x = random_tensor({1, 5, 3, 4}, -5, 5).data;
  Target target = Target::of_class(0);
  target.of = Of::Logit;
  NetworkModel with(*fused), without(plain);

  for (const BackwardRule rule : {BackwardRule::Guided, BackwardRule::DeconvNet}) {
    EXPECT_EQ(with.gradients(x, target, rule).gradients, without.gradients(x, target, rule).gradients);
  }
  EXPECT_EQ(with.warnings(target, BackwardRule::Guided), without.warnings(target, BackwardRule::Guided));
}

}  // namespace
}  // namespace saliency::testing
