// Tensors of every type and storage.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "onnx/reader.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

template <class T>
std::string raw(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

Tensor read_message(const std::string& message) {
  const std::vector<std::uint8_t> bytes(message.begin(), message.end());
  return onnx::read_tensor(bytes);
}

template <class T>
Tensor read_raw(ElementType type, const std::vector<T>& values) {
  return read_message(tensor_message("t", {static_cast<std::int64_t>(values.size())}, type, raw(values)));
}

std::string message_of(const std::string& tensor) {
  try {
    read_message(tensor);
  } catch (const Error& error) {
    return std::string(code_name(error.code())) + " " + error.message();
  }
  return "no error";
}

ModelBuilder model_with(const std::string& initializer) {
  return ModelBuilder(13)
      .input("x", {1})
      .graph_fields(field(5, initializer))
      .node("Mul", {"x", "w"}, {"y"})
      .output("y");
}

std::string float_entry(const std::string& name, const Shape& shape) {
  std::string message;
  for (const std::int64_t size : shape) message += field(1, size);
  return message + field(2, std::int64_t{1}) + field(8, name);
}

TEST(OnnxTensor, ReadsRawDataOfEachType) {
  EXPECT_EQ(read_raw<float>(ElementType::Float, {1.5f, -2}).data, (std::vector<Scalar>{Scalar{1.5}, -2}));
  EXPECT_EQ(read_raw<double>(ElementType::Double, {0.25}).data, std::vector<Scalar>(1, Scalar{0.25}));
  EXPECT_EQ(read_raw<std::int8_t>(ElementType::Int8, {-128, 127}).data, (std::vector<Scalar>{-128, 127}));
  EXPECT_EQ(read_raw<std::uint8_t>(ElementType::Uint8, {0, 255}).data, (std::vector<Scalar>{0, 255}));
  EXPECT_EQ(read_raw<std::int16_t>(ElementType::Int16, {-3, 3}).data, (std::vector<Scalar>{-3, 3}));
  EXPECT_EQ(read_raw<std::uint16_t>(ElementType::Uint16, {65535, 1}).data, (std::vector<Scalar>{65535, 1}));
  EXPECT_EQ(read_raw<std::int32_t>(ElementType::Int32, {-70000, 1}).data, (std::vector<Scalar>{-70000, 1}));
  EXPECT_EQ(read_raw<std::uint32_t>(ElementType::Uint32, {70000, 1}).data, (std::vector<Scalar>{70000, 1}));
  EXPECT_EQ(read_raw<std::int64_t>(ElementType::Int64, {-70000, 1}).data, (std::vector<Scalar>{-70000, 1}));
  EXPECT_EQ(read_raw<std::uint64_t>(ElementType::Uint64, {70000, 1}).data, (std::vector<Scalar>{70000, 1}));
  EXPECT_EQ(read_raw<std::uint8_t>(ElementType::Bool, {0, 2}).data, (std::vector<Scalar>{0, 1}));
  EXPECT_EQ(read_raw<std::uint8_t>(ElementType::Bool, {0, 2}).dtype, DType::Bool);
  EXPECT_EQ(read_raw<std::int64_t>(ElementType::Int64, {1, 2}).dtype, DType::Int);
}

TEST(OnnxTensor, WidensSixteenBitFloats) {
  const Tensor half = read_raw<std::uint16_t>(ElementType::Float16, {0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x8000});
  const Tensor brain = read_raw<std::uint16_t>(ElementType::Bfloat16, {0x3f80, 0xc040});

  EXPECT_EQ(half.data[0], 1);
  EXPECT_EQ(half.data[1], -2);
  EXPECT_EQ(half.data[2], 65504);
  EXPECT_EQ(half.data[3], static_cast<Scalar>(std::ldexp(1.0, -24)));
  EXPECT_EQ(half.data[4], std::numeric_limits<Scalar>::infinity());
  EXPECT_TRUE(std::signbit(half.data[5]));
  EXPECT_EQ(brain.data, (std::vector<Scalar>{1, -3}));
  EXPECT_TRUE(std::isnan(read_raw<std::uint16_t>(ElementType::Float16, {0x7e00, 0}).data[0]));
}

TEST(OnnxTensor, ReadsTypedData) {
  EXPECT_EQ(read_message(float_tensor_message("t", {2, 1}, {1, 2})).shape, (Shape{2, 1}));
  EXPECT_EQ(read_message(int64_tensor_message("t", {2}, {-5, 5})).data, (std::vector<Scalar>{-5, 5}));
  // Unpacked elements, as old writers have them; int32_data holds int8 and the bits of float16.
  const auto of_int32_data = [](ElementType type, std::int64_t value) {
    return read_message(field(2, static_cast<std::int64_t>(type)) + field(5, value)).data.at(0);
  };
  EXPECT_EQ(of_int32_data(ElementType::Int8, -3), -3);
  EXPECT_EQ(of_int32_data(ElementType::Float16, 0x3c00), 1);
  EXPECT_EQ(of_int32_data(ElementType::Bool, 1), 1);
  EXPECT_EQ(of_int32_data(ElementType::Int32, -9), -9);
}

TEST(OnnxTensor, ReadsScalarsAndEmptyTensors) {
  EXPECT_EQ(read_message(tensor_message("t", {}, ElementType::Float, raw<float>({7}))).data, std::vector<Scalar>(1, 7));
  EXPECT_TRUE(read_message(tensor_message("t", {0, 3}, ElementType::Float, "")).data.empty());
}

TEST(OnnxTensor, RefusesWrongLengths) {
  EXPECT_EQ(message_of(tensor_message("t", {3}, ElementType::Float, raw<float>({1, 2}))),
            "MODEL_INVALID tensor 't': shape [3] needs 12 bytes, the file has 8");
  EXPECT_EQ(message_of(float_tensor_message("t", {3}, {1, 2})),
            "MODEL_INVALID tensor 't': shape [3] needs 3 numbers, the file has 2");
  EXPECT_NE(message_of(tensor_message("t", {-1}, ElementType::Float, "")).find("negative"), std::string::npos);
  EXPECT_NE(message_of(tensor_message("t", {1 << 30, 1 << 30}, ElementType::Float, "")).find("2^40"),
            std::string::npos);
}

TEST(OnnxTensor, RefusesStringsAndComplexNumbers) {
  EXPECT_EQ(message_of(tensor_message("t", {1}, ElementType::Complex64, raw<double>({1}))),
            "UNSUPPORTED_OPERATOR tensor 't': has elements of complex64, which is not supported");
  EXPECT_NE(message_of(field(2, std::int64_t{8}) + field(6, std::string("a"))).find("string"), std::string::npos);
}

TEST(OnnxTensor, NamesAnInitializerWithoutData) {
  try {
    onnx::read(model_with(float_entry("w", {2, 3})).bytes());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "tensor 'w': has shape [2, 3] but no data in the file");
  }
}

TEST(OnnxTensor, AsksForMissingData) {
  std::string asked;
  onnx::ReadOptions options;
  options.fill_missing = [&](const std::string& name, Tensor& tensor) {
    asked = name + saliency::to_string(tensor.shape);
    tensor.data.assign(static_cast<std::size_t>(element_count(tensor.shape)), Scalar{3});
    return true;
  };

  const graph::Network network = onnx::read(model_with(float_entry("w", {2})).bytes(), options);

  EXPECT_EQ(asked, "w[2]");
  EXPECT_EQ(network.initializers.at("w").data, (std::vector<Scalar>{3, 3}));
}

TEST(OnnxTensor, FetchesExternalData) {
  const auto entry = [](const std::string& key, const std::string& value) {
    return field(13, field(1, key) + field(2, value));
  };
  const std::string tensor = float_entry("w", {2}) + entry("location", "weights.bin") + entry("offset", "64") +
                             entry("length", "8") + field(14, std::int64_t{1});
  onnx::ReadOptions options;
  options.external_data = [](const std::string& location, std::uint64_t offset, std::uint64_t length) {
    EXPECT_EQ(location, "weights.bin");
    EXPECT_EQ(offset, 64u);
    EXPECT_EQ(length, 8u);
    const std::string bytes = raw<float>({4, 5});
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  };

  EXPECT_EQ(onnx::read(model_with(tensor).bytes(), options).initializers.at("w").data, (std::vector<Scalar>{4, 5}));
  try {
    onnx::read(model_with(tensor).bytes());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "tensor 'w': its numbers are in another file, 'weights.bin'");
  }
}

TEST(OnnxTensor, FetchesLargeExternalDataInParts) {
  constexpr std::int64_t kCount = 2'500'000;  // 10 MB
  const std::string tensor = float_entry("w", {kCount}) +
                             field(13, field(1, std::string("location")) + field(2, std::string("weights.bin"))) +
                             field(14, std::int64_t{1});
  std::uint64_t fetched = 0, calls = 0;
  onnx::ReadOptions options;
  options.external_data = [&](const std::string&, std::uint64_t offset, std::uint64_t length) {
    EXPECT_EQ(offset, fetched);
    std::vector<float> values(length / sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(offset / sizeof(float) + i);
    fetched += length;
    ++calls;
    const std::string bytes = raw<float>(values);
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
  };

  const graph::Network network = onnx::read(model_with(tensor).bytes(), options);

  const std::vector<Scalar>& data = network.initializers.at("w").data;
  ASSERT_EQ(data.size(), static_cast<std::size_t>(kCount));
  EXPECT_GT(calls, 1u);
  for (const std::size_t i : {std::size_t{0}, data.size() / 2, data.size() - 1}) EXPECT_EQ(data[i], Scalar(i));
}

TEST(OnnxTensor, KeepsExternalDataBelowTheModel) {
  for (const char* location : {"../secret", "/etc/passwd", ""}) {
    const std::string tensor = float_entry("w", {2}) +
                               field(13, field(1, std::string("location")) + field(2, std::string(location))) +
                               field(14, std::int64_t{1});
    onnx::ReadOptions options;
    options.external_data = [](const std::string&, std::uint64_t, std::uint64_t) {
      ADD_FAILURE() << "must not be read";
      return std::vector<std::uint8_t>(8);
    };
    EXPECT_THROW(onnx::read(model_with(tensor).bytes(), options), Error) << location;
  }
}

TEST(OnnxTensor, ExpandsSparseInitializers) {
  const auto sparse = [](const std::string& indices, std::int64_t columns) {
    return field(15, field(1, float_tensor_message("s", {2}, {5, 6})) + field(2, indices) + field(3, std::int64_t{2}) +
                         field(3, columns));
  };
  const auto read = [&](const std::string& fields) {
    return onnx::read(model_with(float_tensor_message("w", {1}, {1})).graph_fields(fields).bytes())
        .initializers.at("s")
        .data;
  };

  EXPECT_EQ(read(sparse(int64_tensor_message("", {2}, {1, 3}), 2)), (std::vector<Scalar>{0, 5, 0, 6}));
  EXPECT_EQ(read(sparse(int64_tensor_message("", {2, 2}, {0, 0, 1, 1}), 2)), (std::vector<Scalar>{5, 0, 0, 6}));
  EXPECT_THROW(read(sparse(int64_tensor_message("", {2}, {1, 4}), 2)), Error);
  EXPECT_THROW(read(sparse(int64_tensor_message("", {1}, {1}), 2)), Error);
  EXPECT_THROW(read(sparse(int64_tensor_message("", {2}, {1, 3}), std::int64_t{1} << 38)), Error);
}

TEST(OnnxTensor, RefusesIntegersThatAreNotExactWhereTheyAreRead) {
  const auto model = [](std::int64_t value, const std::string& type, const AttributeList& attributes) {
    return ModelBuilder(13)
        .input("x", {1})
        .integers("w", {1}, {value})
        .node(type, {"w"}, {"i"}, attributes)
        .node("Relu", {"x"}, {"y"})
        .output("y")
        .bytes();
  };
  constexpr std::int64_t kLarge = (1 << 24) + 1;

  EXPECT_THROW(onnx::read(model(kLarge, "Neg", {})), Error);
  EXPECT_NO_THROW(onnx::read(model(1 << 24, "Neg", {})));
  EXPECT_NO_THROW(onnx::read(model(INT64_MAX, "Neg", {})));
  EXPECT_NO_THROW(onnx::read(model(INT32_MAX, "Neg", {})));
  EXPECT_NO_THROW(onnx::read(model(kLarge, "Cast", {{"to", std::int64_t{1}}})));
  EXPECT_THROW(onnx::read(model(kLarge, "Cast", {{"to", std::int64_t{6}}})), Error);
}

}  // namespace
}  // namespace saliency::testing
