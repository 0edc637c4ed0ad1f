// A network made of operators, with every shape known for one sample. Plain data: values, and nodes in the order of
// execution. Images are n×h×w×c; a tensor that ONNX names is found through `names`, which says how to transpose it
// back.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ops/operator.h"
#include "tensor/tensor.h"

namespace saliency::graph {

using ValueId = int;
constexpr ValueId kNoValue = -1;

constexpr int kShared = -1;     // batch axis of a value that all samples share
constexpr int kUnbatched = -2;  // samples can't be stacked: the graph runs them one by one

inline bool contains(const std::vector<ValueId>& ids, ValueId id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

struct Value {
  std::string name;
  Shape shape;  // of one sample
  DType dtype = DType::Float;
  int batch_axis = kShared;
  int producer = -1;  // node, −1 for inputs and constants
  int parts = -1;     // the node that makes it when a fused producer must give way to its parts; −1: it is not fused
  bool is_constant = false;
  std::unique_ptr<Tensor> constant;  // null when its readers have packed it
};

struct Node {
  std::string name;
  std::string type;
  std::unique_ptr<ops::Operator> op;
  std::vector<ValueId> inputs;   // kNoValue: absent
  std::vector<ValueId> outputs;  // kNoValue: not wanted
  std::vector<ValueId> inner;    // of a fused node: the values between its parts
  bool hides_rectifier = false;  // one of the parts is a rectifier, the fused node is none
};

// A tensor of the ONNX file: `value` with its axes reordered by `permutation` (empty: as it is) and, where batch
// normalisation or a bias was folded into the layer in front, (value − shift) / scale by channel or along the last
// axis.
struct NamedTensor {
  ValueId value = kNoValue;
  std::vector<int> permutation = {};
  std::vector<Scalar> scale = {};
  std::vector<Scalar> shift = {};
  bool channels_are_last = false;  // in ONNX's layout
};

struct GraphInput {
  std::string name;
  ValueId value = kNoValue;
  Shape declared;                            // −1: dynamic
  std::vector<std::string> dimension_names;  // of the dynamic ones
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<GraphInput> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, NamedTensor> names;
  std::map<std::string, std::string> unavailable;  // by name of a tensor: the unsupported node that it needs
  std::vector<std::string> order;                  // names of computed float tensors, in the order of execution
  std::map<std::string, std::string> metadata;
};

// Shape of a value for a batch of `batch` samples.
Shape batched_shape(const Value& value, std::int64_t batch);

}  // namespace saliency::graph
