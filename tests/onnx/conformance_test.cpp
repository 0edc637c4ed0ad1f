// ONNX's own conformance cases (Debian's package libonnx-testdata): each must give its expected outputs, but for those
// that conformance_exceptions.txt lists with a reason. A listed case that passes is an error, too.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "graph/lower.h"
#include "graph/session.h"
#include "onnx/half.h"
#include "onnx/reader.h"
#include "support/golden.h"

namespace saliency::testing {
namespace {

constexpr double kRelative = 1e-3, kAbsolute = 1e-5;  // ONNX's own runner has 1e-3 and 1e-7 in float32
constexpr double kBfloat16 = 1.0 / 128;               // one unit in the last place: its files are cut, not rounded

// Which inputs of a case are given at run time; the others become constants at load. Integers always do.
enum class Computed { AllFloats, First, None };

Path data_directory() {
#ifdef ONNX_TESTDATA_DIR
  return ONNX_TESTDATA_DIR;
#else
  return {};
#endif
}

std::map<std::string, std::string> listed_exceptions() {
  std::ifstream file(source_directory() / "tests/onnx/conformance_exceptions.txt");
  std::map<std::string, std::string> exceptions;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) exceptions[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return exceptions;
}

std::vector<Path> sorted_folders(const Path& parent, const std::string& prefix) {
  std::vector<Path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(parent)) {
    if (entry.path().filename().string().compare(0, prefix.size(), prefix) == 0) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

// The files hold bfloat16 as the integers that its bits are.
bool holds_bits(DType declared, const Tensor& tensor) {
  return declared == DType::Float && tensor.dtype == DType::Int;
}
Tensor widened(Tensor tensor) {
  tensor.dtype = DType::Float;
  for (Scalar& value : tensor.data) value = onnx::float_from_bfloat16(static_cast<std::uint16_t>(value));
  return tensor;
}

std::string difference_of(const Tensor& actual, const Tensor& expected, double relative = kRelative) {
  if (actual.shape != expected.shape) {
    return "shape " + saliency::to_string(actual.shape) + ", expected " + saliency::to_string(expected.shape);
  }
  if (actual.dtype != expected.dtype) return "another type than expected";
  for (std::size_t i = 0; i < expected.data.size(); ++i) {
    const auto a = static_cast<double>(actual.data[i]), e = static_cast<double>(expected.data[i]);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    if (std::abs(a - e) <= kAbsolute + relative * std::abs(e)) continue;
    return "element " + std::to_string(i) + " is " + std::to_string(a) + ", expected " + std::to_string(e);
  }
  return {};
}

// Empty: as expected.
std::string run_data_set(graph::Network network, const Path& data, Computed computed) {
  std::map<std::string, Tensor> feeds;
  std::vector<graph::NetworkInput> computed_inputs;
  for (std::size_t i = 0; i < network.inputs.size(); ++i) {
    graph::NetworkInput input = network.inputs[i];
    const Path file = data / ("input_" + std::to_string(i) + ".pb");
    if (!std::filesystem::exists(file)) continue;
    Tensor tensor = onnx::read_tensor(read_bytes(file));
    if (holds_bits(input.dtype, tensor)) tensor = widened(std::move(tensor));
    const bool given = computed == Computed::AllFloats || (computed == Computed::First && i == 0);
    if (given && tensor.dtype == DType::Float) {
      input.shape = tensor.shape;
      feeds[input.name] = std::move(tensor);
      computed_inputs.push_back(std::move(input));
    } else {
      network.initializers[input.name] = std::move(tensor);
    }
  }
  network.inputs = std::move(computed_inputs);
  std::vector<std::string> names;
  std::vector<DType> types;
  for (const graph::NetworkInput& output : network.outputs) {
    names.push_back(output.name);
    types.push_back(output.dtype);
  }

  graph::Session session(graph::lower(std::move(network), {.batch = graph::Batch::AsDeclared}));
  const std::vector<Tensor> outputs = session.run(feeds, names);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Tensor expected = onnx::read_tensor(read_bytes(data / ("output_" + std::to_string(i) + ".pb")));
    const bool bits = holds_bits(types[i], expected);
    if (bits) expected = widened(std::move(expected));
    const std::string difference = difference_of(outputs[i], expected, bits ? kBfloat16 : kRelative);
    if (!difference.empty()) return "output " + std::to_string(i) + ": " + difference;
  }
  return {};
}

std::string run_case(const Path& folder) {
  std::string failure;
  try {
    const graph::Network network = onnx::read(read_bytes(folder / "model.onnx"));
    for (const Path& data : sorted_folders(folder, "test_data_set_")) {
      for (const Computed computed : {Computed::AllFloats, Computed::First, Computed::None}) {
        try {
          failure = run_data_set(network, data, computed);
          break;
        } catch (const Error& error) {
          if (error.code() != ErrorCode::UnsupportedOperator) throw;  // perhaps it wants a constant
          failure = error.message();
        }
      }
      if (!failure.empty()) return failure;
    }
  } catch (const Error& error) {
    failure = error.message();
  }
  return failure;
}

TEST(OnnxConformance, EveryCaseInScopeGivesItsOutputs) {
  const Path root = data_directory();
  if (root.empty() || !std::filesystem::is_directory(root)) {
    GTEST_SKIP() << "ONNX's conformance data is not installed (Debian's package libonnx-testdata)";
  }
  std::map<std::string, std::string> exceptions = listed_exceptions();
  const std::size_t listed = exceptions.size();
  std::size_t cases = 0, passed = 0;
  for (const char* group : {"node", "pytorch-operator", "pytorch-converted", "simple"}) {
    for (const Path& folder : sorted_folders(root / group, "test_")) {
      const std::string name = std::string(group) + "/" + folder.filename().string();
      const std::string failure = run_case(folder);
      const bool expected_to_fail = exceptions.erase(name) != 0;
      ++cases;
      passed += failure.empty() ? 1 : 0;
      if (failure.empty() && expected_to_fail) ADD_FAILURE() << name << " passes: take it off the list";
      if (!failure.empty() && !expected_to_fail) ADD_FAILURE() << name << ": " << failure;
    }
  }
  for (const auto& [name, reason] : exceptions) ADD_FAILURE() << name << " is listed, but there is no such case";
  std::cout << "ONNX conformance: " << passed << " of " << cases << " cases pass, " << listed << " are listed\n";
}

}  // namespace
}  // namespace saliency::testing
