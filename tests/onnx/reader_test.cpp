// Reading whole models: inputs, nodes, order, versions, and what is refused.
#include "onnx/reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

ModelBuilder relu_model(std::int64_t opset = 13) {
  return ModelBuilder(opset).input("x", {1, 4}).node("Relu", {"x"}, {"y"}).output("y", {1, 4});
}

Error error_of(const std::vector<std::uint8_t>& bytes, const onnx::ReadOptions& options = {}) {
  try {
    onnx::read(bytes, options);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(ErrorCode::Disposed, "");
}

void expect_error(const std::vector<std::uint8_t>& bytes, ErrorCode code, const std::string& part) {
  const Error error = error_of(bytes);
  EXPECT_EQ(code_name(error.code()), code_name(code)) << error.message();
  EXPECT_NE(error.message().find(part), std::string::npos) << error.message();
}

TEST(OnnxRead, GivesInputsOutputsAndNodes) {
  const graph::Network network = onnx::read(ModelBuilder(13)
                                                .input("image", {-1, 3, 8, -1}, ElementType::Float, {"batch"})
                                                .initializer("w", {2}, {0.5f, -1})
                                                .input("w", {2})
                                                .node("Mul", {"image", "w"}, {"y"}, {}, "scale")
                                                .output("y", {-1, 3, 8, 2})
                                                .metadata("classes", "cat,dog")
                                                .bytes());

  ASSERT_EQ(network.inputs.size(), 1u);
  EXPECT_EQ(network.inputs[0].name, "image");
  EXPECT_EQ(network.inputs[0].shape, (Shape{-1, 3, 8, -1}));
  EXPECT_EQ(network.inputs[0].dimension_names.at(0), "batch");
  ASSERT_EQ(network.nodes.size(), 1u);
  EXPECT_EQ(network.nodes[0].name, "scale");
  EXPECT_EQ(network.nodes[0].opset, 13);
  EXPECT_EQ(network.initializers.at("w").data, (std::vector<Scalar>{Scalar{0.5}, -1}));
  EXPECT_EQ(network.outputs.at(0).name, "y");
  EXPECT_EQ(network.metadata.at("classes"), "cat,dog");
  EXPECT_EQ(network.producer, "saliency tests");
}

TEST(OnnxRead, KeepsAttributesOfEachType) {
  const graph::Network network = onnx::read(ModelBuilder(13)
                                                .input("x", {1})
                                                .node("Relu", {"x"}, {"y"},
                                                      {{"i", std::int64_t{-3}},
                                                       {"f", 0.5},
                                                       {"s", std::string("same")},
                                                       {"is", Integers{1, -2}},
                                                       {"fs", std::vector<double>{0.25}},
                                                       {"ss", std::vector<std::string>{"a", "b"}},
                                                       {"t", Tensor({2}, {1, 2})},
                                                       {"none", Integers{}}})
                                                .output("y")
                                                .bytes());

  const ops::Attributes& attributes = network.nodes.at(0).attributes;
  EXPECT_EQ(attributes.integer("i"), -3);
  EXPECT_EQ(attributes.real("f", 0), 0.5);
  EXPECT_EQ(attributes.text("s", ""), "same");
  EXPECT_EQ(attributes.integers("is", {}), (Integers{1, -2}));
  EXPECT_EQ(attributes.reals("fs", {}), std::vector<double>{0.25});
  EXPECT_EQ(attributes.texts("ss", {}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(attributes.tensor("t")->data, (std::vector<Scalar>{1, 2}));
  EXPECT_TRUE(attributes.integers("none", {7}).empty());
}

TEST(OnnxRead, TurnsConstantNodesIntoInitializers) {
  const graph::Network network = onnx::read(relu_model()
                                                .node("Constant", {}, {"a"}, {{"value", Tensor({2}, {3, 4})}})
                                                .node("Constant", {}, {"b"}, {{"value_float", 1.5}})
                                                .node("Constant", {}, {"c"}, {{"value_int", std::int64_t{7}}})
                                                .node("Constant", {}, {"d"}, {{"value_ints", Integers{1, 2}}})
                                                .node("Constant", {}, {"e"}, {{"value_floats", std::vector<double>{2}}})
                                                .bytes());

  EXPECT_EQ(network.nodes.size(), 1u);
  EXPECT_EQ(network.initializers.at("a").data, (std::vector<Scalar>{3, 4}));
  EXPECT_EQ(network.initializers.at("b").shape, Shape{});
  EXPECT_EQ(network.initializers.at("c").dtype, DType::Int);
  EXPECT_EQ(network.initializers.at("d").data, (std::vector<Scalar>{1, 2}));
  EXPECT_EQ(network.initializers.at("e").shape, Shape{1});
}

TEST(OnnxRead, OrdersNodesAndKeepsTheFilesOrderOtherwise) {
  const graph::Network network = onnx::read(ModelBuilder(13)
                                                .input("x", {1})
                                                .node("Relu", {"b"}, {"c"}, {}, "last")
                                                .node("Abs", {"x"}, {"a"}, {}, "first")
                                                .node("Neg", {"a"}, {"b"}, {}, "second")
                                                .node("Exp", {"x"}, {"d"}, {}, "free")
                                                .output("c")
                                                .bytes());

  std::vector<std::string> names;
  for (const graph::NetworkNode& node : network.nodes) names.push_back(node.name);
  EXPECT_EQ(names, (std::vector<std::string>{"first", "second", "last", "free"}));
}

TEST(OnnxRead, MakesNodeNamesUnique) {
  const graph::Network network = onnx::read(ModelBuilder(13)
                                                .input("x", {1})
                                                .node("Relu", {"x"}, {"a"}, {}, "r")
                                                .node("Relu", {"a"}, {"b"}, {}, "r")
                                                .node("Relu", {"b"}, {"c"})
                                                .output("c")
                                                .bytes());

  EXPECT_EQ(network.nodes[0].name, "r");
  EXPECT_EQ(network.nodes[1].name, "r_2");
  EXPECT_EQ(network.nodes[2].name, "Relu_2");
}

TEST(OnnxRead, NamesWhatIsWrongWithTheGraph) {
  const auto model = [] { return ModelBuilder(13).input("x", {1}).output("y"); };
  expect_error(model().node("Relu", {"z"}, {"y"}).bytes(), ErrorCode::ModelInvalid, "'z' is made by no node");
  expect_error(model().node("Add", {"x", "b"}, {"a"}, {}, "n1").node("Relu", {"a"}, {"b"}, {}, "n2").bytes(),
               ErrorCode::ModelInvalid, "cycle, through or in front of Add 'n1', Relu 'n2'");
  expect_error(model().node("Relu", {"x"}, {"y"}).node("Abs", {"x"}, {"y"}).bytes(), ErrorCode::ModelInvalid,
               "'y' is made twice");
  expect_error(model().node("Relu", {"y"}, {"x"}).bytes(), ErrorCode::ModelInvalid, "'x' is an input or initializer");
  expect_error(model().bytes(), ErrorCode::ModelInvalid, "output 'y' of the graph is made by no node");
  expect_error(ModelBuilder(13).input("x", {1}).node("Relu", {"x"}, {"y"}).bytes(), ErrorCode::ModelInvalid,
               "no outputs");
}

TEST(OnnxRead, RequiresTheInputsOfEachOperator) {
  const auto model = [](const std::string& type, const std::vector<std::string>& inputs) {
    return ModelBuilder(13).input("x", {1}).node(type, inputs, {"y"}, {}, "n").output("y").bytes();
  };
  expect_error(model("Relu", {}), ErrorCode::ModelInvalid, "Relu 'n': its input 0 is missing");
  expect_error(model("Add", {"x"}), ErrorCode::ModelInvalid, "Add 'n': its input 1 is missing");
  expect_error(model("Where", {"x", "", "x"}), ErrorCode::ModelInvalid, "Where 'n': its input 1 is missing");
  expect_error(model("Concat", {"x", "x", ""}), ErrorCode::ModelInvalid, "Concat 'n': its input 2 is missing");
  EXPECT_NO_THROW(onnx::read(model("Clip", {"x", "", "x"})));
}

TEST(OnnxRead, AcceptsSupportedOpsetsOnly) {
  for (const std::int64_t opset : {7, 13, 21}) EXPECT_NO_THROW(onnx::read(relu_model(opset).bytes()));
  for (const std::int64_t opset : {1, 5, 22}) {
    expect_error(relu_model(opset).bytes(), ErrorCode::UnsupportedOperator, "opsets 7 to 21 are supported");
  }
}

TEST(OnnxRead, ListsAllUnsupportedPartsAtOnce) {
  const Error error = error_of(relu_model()
                                   .input("labels", {1}, ElementType::String)
                                   .node("FusedConv", {"x"}, {"a"}, {}, "fc", "com.microsoft")
                                   .node("NoSuchOperator", {"x"}, {"b"}, {}, "odd")
                                   .bytes());

  EXPECT_EQ(error.code(), ErrorCode::UnsupportedOperator);
  for (const char* part : {"3 unsupported parts", "FusedConv (node 'fc', domain 'com.microsoft')",
                           "NoSuchOperator (node 'odd')", "input 'labels' (string)"}) {
    EXPECT_NE(error.message().find(part), std::string::npos) << part << " in: " << error.message();
  }
}

TEST(OnnxRead, RefusesSubGraphsByNode) {
  const std::string attribute = field(1, std::string("body")) + field(6, std::string()) + field(20, std::int64_t{5});
  const std::string node = field(1, std::string("x")) + field(2, std::string("a")) + field(3, std::string("loop")) +
                           field(4, std::string("Loop")) + field(5, attribute);

  expect_error(relu_model().graph_fields(field(1, node)).bytes(), ErrorCode::UnsupportedOperator,
               "Loop (node 'loop', sub-graph 'body')");
}

TEST(OnnxRead, RecognisesOtherFiles) {
  struct Case {
    std::string start;
    const char* part;
  };
  const Case cases[] = {
      {"", "the file is empty"},
      {std::string("PK\x03\x04", 4), "ZIP archive"},
      {"\x89HDF\r\n\x1a\n", "HDF5"},
      {std::string("\x1c\0\0\0TFL3", 8), "TensorFlow Lite"},
      {"\x80\x02}q", "pickle"},
      {"version https://git-lfs.github.com/spec/v1\n", "Git LFS"},
      {"\n <!DOCTYPE html><html>", "HTML"},
      {"{\"a\": 1}", "JSON"},
      {"just some text", "text file"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.part);
    expect_error({c.start.begin(), c.start.end()}, ErrorCode::ModelInvalid, c.part);
    expect_error({c.start.begin(), c.start.end()}, ErrorCode::ModelInvalid, "this is not an ONNX file");
  }
}

TEST(OnnxRead, EveryTruncationIsAnError) {
  const std::vector<std::uint8_t> bytes = ModelBuilder(13)
                                              .input("x", {1, 4})
                                              .initializer("w", {2, 2}, {1, 2, 3, 4})
                                              .node("Gemm", {"x", "w"}, {"y"}, {{"alpha", 0.5}, {"t", Tensor({1}, 7)}})
                                              .output("y", {1, 2})
                                              .bytes();
  ASSERT_NO_THROW(onnx::read(bytes));

  // The fields behind the graph are the opsets; without them the opset is 1, which is refused as well.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(onnx::read(std::span(bytes).first(size)), Error) << size;
  }
}

TEST(OnnxRead, ChangedBytesNeverCrash) {
  const std::vector<std::uint8_t> original = ModelBuilder(13)
                                                 .input("x", {1, -1})
                                                 .integers("shape", {2}, {1, -1})
                                                 .initializer("w", {2, 2}, {1, 2, 3, 4})
                                                 .node("Reshape", {"x", "shape"}, {"r"})
                                                 .node("Gemm", {"r", "w"}, {"y"}, {{"transB", std::int64_t{1}}})
                                                 .output("y", {1, 2})
                                                 .bytes();
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (const int value : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<std::uint8_t> bytes = original;
      bytes[at] = static_cast<std::uint8_t>(value);
      try {
        onnx::read(bytes);
      } catch (const Error&) {
      }
    }
  }
}

TEST(OnnxRead, RemembersTheWidthOfZeroPoints) {
  const std::string zero = tensor_message("zero", {}, ElementType::Int8, std::string(1, '\xfe'));
  const graph::Network network = onnx::read(ModelBuilder(13)
                                                .input("x", {1})
                                                .initializer("scale", {}, {0.5f})
                                                .graph_fields(field(5, zero))
                                                .node("QuantizeLinear", {"x", "scale", "zero"}, {"y"})
                                                .output("y")
                                                .bytes());

  EXPECT_EQ(network.nodes.at(0).attributes.integer("output_dtype"), 3);
  EXPECT_EQ(network.initializers.at("zero").data, std::vector<Scalar>(1, -2));
}

TEST(OnnxRead, AcceptsOlderOpsetsOfOperatorsThatHaveNotChanged) {
  const auto model = [](const std::string& type) {
    return ModelBuilder(1).input("x", {1, 3, 4, 4}).node(type, {"x"}, {"y"}).output("y").bytes();
  };

  EXPECT_NO_THROW(onnx::read(model("GlobalAveragePool")));
  expect_error(model("Relu"), ErrorCode::UnsupportedOperator, "opsets 7 to 21 are supported");
}

}  // namespace
}  // namespace saliency::testing
