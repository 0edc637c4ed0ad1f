// Normalisations, biases and scaled products that stand in several nodes.
#include <gtest/gtest.h>

#include <algorithm>

#include "onnx/load.h"
#include "support/fusion_check.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;
using Types = std::vector<std::string>;

constexpr double kTolerance = 2e-5;  // of the largest value

ModelBuilder model_of(const Shape& x) {
  ModelBuilder model(13);
  model.input("x", x).initializer("two", {}, {2}).initializer("one", {}, {1}).initializer("epsilon", {}, {1e-3F});
  return model.initializer("half", {}, {0.5F}).initializer("minus_half", {}, {-0.5F});
}

// x → variance + ε, and the deviation d
ModelBuilder& add_moments(ModelBuilder& model, const Integers& axes) {
  return model.node("ReduceMean", {"x"}, {"mean"}, {{"axes", axes}})
      .node("Sub", {"x", "mean"}, {"d"})
      .node("Pow", {"d", "two"}, {"squares"})
      .node("ReduceMean", {"squares"}, {"variance"}, {{"axes", axes}})
      .node("Add", {"variance", "epsilon"}, {"v"});
}

ModelBuilder& add_affine(ModelBuilder& model, const std::string& core, const Shape& parameters) {
  const auto count = static_cast<std::size_t>(element_count(parameters));
  return model.initializer("scale", parameters, random_floats(count, 2))
      .initializer("bias", parameters, random_floats(count, 3))
      .node("Mul", {core, "scale"}, {"scaled"})
      .node("Add", {"bias", "scaled"}, {"y"})
      .output("y");
}

std::vector<std::uint8_t> normalization(const Shape& x, const Integers& axes, const Shape& parameters) {
  ModelBuilder model = model_of(x);
  add_moments(model, axes).node("Sqrt", {"v"}, {"root"}).node("Div", {"d", "root"}, {"n"});
  return add_affine(model, "n", parameters).bytes();
}

TEST(FusedNormalization, OverTheLastAxesIsLayerNormalization) {
  for (const auto& bytes : {normalization({-1, 3, 8}, {-1}, {8}), normalization({-1, 3, 8}, {2}, {8}),
                            normalization({-1, 3, 2, 4}, {2, 3}, {2, 4})}) {
    EXPECT_EQ(computed_types(bytes), Types{"LayerNormalization"});
    expect_fusion_changes_nothing(bytes, kTolerance);
  }
}

TEST(FusedNormalization, OverAnImageIsInstanceNormalization) {
  const auto bytes = normalization({-1, 3, 4, 5}, {2, 3}, {3, 1, 1});

  EXPECT_EQ(computed_types(bytes), (Types{"Transpose", "InstanceNormalization"}));
  expect_fusion_changes_nothing(bytes, kTolerance);
}

// The transpose is that of the image that comes in; what goes out is read as it lies.
TEST(FusedNormalization, OverChannelsIsLayerNormalizationOfPixels) {
  const auto bytes = normalization({-1, 6, 2, 4}, {1}, {6, 1, 1});

  EXPECT_EQ(computed_types(bytes), (Types{"Transpose", "LayerNormalization"}));
  expect_fusion_changes_nothing(bytes, kTolerance);
}

TEST(FusedNormalization, TheRootMayBeWrittenInFourWays) {
  const auto with = [](auto add_core) {
    ModelBuilder model = model_of({-1, 3, 8});
    add_moments(model, {-1});
    add_core(model);
    return model.output("y").bytes();
  };
  const std::vector<std::uint8_t> models[] = {
      with([](ModelBuilder& m) {
        m.node("Sqrt", {"v"}, {"r"}).node("Div", {"d", "r"}, {"y"});
      }),
      with([](ModelBuilder& m) {
        m.node("Pow", {"v", "half"}, {"r"}).node("Div", {"d", "r"}, {"y"});
      }),
      with([](ModelBuilder& m) {
        m.node("Pow", {"v", "minus_half"}, {"r"}).node("Mul", {"r", "d"}, {"y"});
      }),
      with([](ModelBuilder& m) {
        m.node("Sqrt", {"v"}, {"s"}).node("Reciprocal", {"s"}, {"r"}).node("Mul", {"d", "r"}, {"y"});
      }),
      with([](ModelBuilder& m) {
        m.node("Sqrt", {"v"}, {"s"}).node("Div", {"one", "s"}, {"r"}).node("Mul", {"d", "r"}, {"y"});
      }),
  };
  for (const auto& bytes : models) {
    EXPECT_EQ(computed_types(bytes), Types{"LayerNormalization"});
    expect_fusion_changes_nothing(bytes, kTolerance);
  }
}

std::vector<std::uint8_t> multiplied_out(const std::string& subtracted_mean) {
  ModelBuilder model = model_of({-1, 3, 8});
  return add_moments(model, {-1})
      .initializer("scale", {8}, random_floats(8, 2))
      .initializer("bias", {8}, random_floats(8, 3))
      .node("Sqrt", {"v"}, {"root"})
      .node("Reciprocal", {"root"}, {"inverse"})
      .node("Mul", {"inverse", "scale"}, {"r"})
      .node("Mul", {"x", "r"}, {"product"})
      .node("Mul", {subtracted_mean, "r"}, {"centre"})
      .node("Sub", {"bias", "centre"}, {"shift"})
      .node("Add", {"product", "shift"}, {"y"})
      .output("y")
      .bytes();
}

TEST(FusedNormalization, MayBeMultipliedOutAsTensorFlowDoes) {
  EXPECT_EQ(computed_types(multiplied_out("mean")), Types{"LayerNormalization"});
  expect_fusion_changes_nothing(multiplied_out("mean"), kTolerance);

  const Types another = computed_types(multiplied_out("variance"));
  EXPECT_EQ(std::count(another.begin(), another.end(), "LayerNormalization"), 0);
}

TEST(FusedNormalization, NearMissesStayAsTheyAre) {
  const Types parts = {"ReduceMean", "Sub", "Pow", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add"};

  EXPECT_EQ(computed_types(normalization({-1, 3, 8}, {1}, {8})), parts);        // another axis
  EXPECT_EQ(computed_types(normalization({-1, 3, 2, 4}, {1, 3}, {4})), parts);  // axes with a gap
  ModelBuilder other_mean = model_of({-1, 3, 8});
  other_mean.node("ReduceMean", {"x"}, {"mean"}, {{"axes", Integers{-1}}})
      .node("Sub", {"x", "mean"}, {"d"})
      .node("Mul", {"x", "x"}, {"squares"})  // not about the mean
      .node("ReduceMean", {"squares"}, {"variance"}, {{"axes", Integers{-1}}})
      .node("Add", {"variance", "epsilon"}, {"v"})
      .node("Sqrt", {"v"}, {"root"})
      .node("Div", {"d", "root"}, {"y"})
      .output("y");
  EXPECT_EQ(computed_types(other_mean.bytes()),
            (Types{"ReduceMean", "Sub", "Mul", "ReduceMean", "Add", "Sqrt", "Div"}));
}

std::vector<std::uint8_t> group_normalization(const Integers& split, bool with_affine) {
  ModelBuilder model(13);
  model.input("x", {-1, 6, 4, 5})
      .initializer("group_scale", {2}, {0.5F, 2})
      .initializer("group_bias", {2}, {0.25F, -1})
      .integers("split", {static_cast<std::int64_t>(split.size())}, split)
      .integers("whole", {4}, {-1, 6, 4, 5})
      .node("Reshape", {"x", "split"}, {"groups"})
      .node("InstanceNormalization", {"groups", "group_scale", "group_bias"}, {"n"}, {{"epsilon", 1e-3}})
      .node("Reshape", {"n", "whole"}, {with_affine ? "whole_n" : "y"});
  if (!with_affine) return model.output("y").bytes();
  return add_affine(model, "whole_n", {6, 1, 1}).bytes();
}

TEST(FusedGroupNormalization, IsFoundBehindItsReshapes) {
  for (const bool with_affine : {true, false}) {
    const auto bytes = group_normalization({0, 2, -1}, with_affine);

    EXPECT_EQ(computed_types(bytes), (Types{"Transpose", "GroupNormalization"}));
    expect_fusion_changes_nothing(bytes, kTolerance);
  }
}

TEST(FusedGroupNormalization, OtherShapesStayAsTheyAre) {
  const Types types = computed_types(group_normalization({0, 2, 6, -1}, true));

  EXPECT_EQ(std::count(types.begin(), types.end(), "GroupNormalization"), 0);
}

TEST(FoldedMatMulBias, IsAddedByTheProduct) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {-1, 3, 4})
                         .initializer("w", {5, 4}, random_floats(20, 1))
                         .initializer("b", {5}, random_floats(5, 2))
                         .node("Transpose", {"w"}, {"t"})
                         .node("MatMul", {"x", "t"}, {"product"})
                         .node("Add", {"b", "product"}, {"sum"})
                         .node("Relu", {"sum"}, {"y"})
                         .output("y")
                         .bytes();

  EXPECT_EQ(computed_types(bytes), Types{"MatMul"});
  expect_fusion_changes_nothing(bytes, kTolerance);
}

TEST(FoldedMatMulBias, ABiasOfAnotherShapeStays) {
  const auto bytes = ModelBuilder(13)
                         .input("x", {-1, 3, 4})
                         .initializer("w", {4, 5}, random_floats(20, 1))
                         .initializer("b", {3, 1}, random_floats(3, 2))
                         .node("MatMul", {"x", "w"}, {"product"})
                         .node("Add", {"product", "b"}, {"y"})
                         .output("y")
                         .bytes();

  EXPECT_EQ(computed_types(bytes), (Types{"MatMul", "Add"}));
}

// One head: softmax(q·kᵀ / 2)·v with q, k, v made of x; `last` makes "scores" of "q" and "k".
std::vector<std::uint8_t> attention(const std::vector<std::pair<std::string, std::vector<std::string>>>& nodes) {
  ModelBuilder model = model_of({-1, 3, 4});
  for (const char* name : {"q", "k", "v"}) {
    model.initializer(std::string("w") + name, {4, 4}, random_floats(16, static_cast<std::uint64_t>(*name)))
        .node("MatMul", {"x", std::string("w") + name}, {name});
  }
  model.node("Transpose", {"k"}, {"kt"}, {{"perm", Integers{0, 2, 1}}});
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    model.node(nodes[i].first, nodes[i].second, {i + 1 == nodes.size() ? "scores" : "part" + std::to_string(i)});
  }
  return model.node("Softmax", {"scores"}, {"p"}, {{"axis", std::int64_t{-1}}})
      .node("MatMul", {"p", "v"}, {"y"})
      .output("y")
      .bytes();
}

TEST(FusedProduct, TakesTheScaleAndTheTransposeOfAttention) {
  const Types expected = {"MatMul", "MatMul", "MatMul", "FusedMatMul", "Softmax", "MatMul"};
  for (const auto& bytes :
       {attention({{"MatMul", {"q", "kt"}}, {"Div", {"part0", "two"}}}), attention({{"MatMul", {"q", "kt"}}}),
        attention({{"Mul", {"q", "half"}}, {"MatMul", {"part0", "kt"}}}),
        attention({{"Mul", {"q", "half"}}, {"Mul", {"kt", "half"}}, {"MatMul", {"part0", "part1"}}})}) {
    EXPECT_EQ(computed_types(bytes), expected);
    expect_fusion_changes_nothing(bytes, kTolerance);
  }
}

TEST(FusedProduct, AProductThatIsReadTwiceStays) {
  const auto bytes = model_of({-1, 3, 3})
                         .node("MatMul", {"x", "x"}, {"product"})
                         .node("Mul", {"product", "half"}, {"scaled"})
                         .node("Add", {"product", "scaled"}, {"y"})
                         .output("y")
                         .bytes();

  EXPECT_EQ(computed_types(bytes), (Types{"MatMul", "Mul", "Add"}));
}

}  // namespace
}  // namespace saliency::testing
