// Reads an ONNX file (protobuf, https://onnx.ai/onnx/repo-docs/IR.html) into a Network.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "graph/network.h"

namespace saliency::onnx {

struct ReadOptions {
  // Returns `length` bytes at `offset` of the file that an external initializer names; length 0: to its end.
  // Empty: external data is an error that names the file.
  std::function<std::vector<std::uint8_t>(const std::string& location, std::uint64_t offset, std::uint64_t length)>
      external_data = {};
};

// Throws ModelInvalid for bytes that are no readable model, and UnsupportedOperator, listing all of them at once with
// node names, for what cannot be represented (strings, sequences, sub-graphs, other domains).
graph::Network read(std::span<const std::uint8_t> bytes, const ReadOptions& options = {});

// One TensorProto, as in the .pb files of ONNX's conformance data.
Tensor read_tensor(std::span<const std::uint8_t> bytes);

}  // namespace saliency::onnx
