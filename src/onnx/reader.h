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
  // Returns `length` bytes at `offset` of the file that an external initializer names; a large one is asked for in
  // parts. Empty: external data is an error that names the file.
  std::function<std::vector<std::uint8_t>(const std::string& location, std::uint64_t offset, std::uint64_t length)>
      external_data = {};

  // Asked for each initializer whose file entry has sizes but no numbers. Fills tensor.data (shape and dtype are set,
  // data is empty) and returns true; returns false where it knows nothing, which is an error. Empty: always an error.
  std::function<bool(const std::string& name, Tensor& tensor)> fill_missing = {};
};

// Opsets 7 to 21; 6, too, where its operators mean the same, and 1 to 5 for a few. Constant nodes become initializers.
// Numbers of all types become Scalars; integers beyond ±2^24 are refused where a node reads them as integers, except
// for those of at least 2^31 − 1, which mean "to the end". QuantizeLinear gets the attribute output_dtype of its zero
// point.
//
// Throws ModelInvalid for bytes that are no readable model, and UnsupportedOperator, listing all of them at once with
// node names, for what cannot be represented (strings, sequences, sub-graphs, other domains).
graph::Network read(std::span<const std::uint8_t> bytes, const ReadOptions& options = {});

// One TensorProto, as in the .pb files of ONNX's conformance data.
Tensor read_tensor(std::span<const std::uint8_t> bytes);

}  // namespace saliency::onnx
