// A network as its file describes it: plain data, ONNX names and ONNX layouts. The reader makes it, the simplifying
// passes rewrite it, and lower() turns it into a Graph of operators.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ops/attributes.h"
#include "tensor/tensor.h"

namespace saliency::graph {

struct NetworkNode {
  std::string name;    // unique; made from the type and position when the file has none
  std::string type;    // "Conv"
  std::string domain;  // "" is ai.onnx
  std::int64_t opset = 13;
  ops::Attributes attributes;
  std::vector<std::string> inputs;   // "": absent
  std::vector<std::string> outputs;  // "": not wanted
};

// A size of −1 is dynamic; `names` keeps what the file calls it ("batch").
struct NetworkInput {
  std::string name;
  Shape shape;
  std::vector<std::string> dimension_names;
  DType dtype = DType::Float;
};

// A tensor that a pass has folded away, as a function of one that is left: folded = (kept − shift) / scale, by channel,
// which in ONNX's layout is axis 1 of images and the last one of rows.
struct FoldedTensor {
  enum class Axis { Channel, Last };
  std::string kept;
  std::vector<Scalar> scale;
  std::vector<Scalar> shift;
  Axis axis = Axis::Channel;
};

// What several nodes amount to: `nodes` make the same tensor out of the same inputs. The parts stay in the network.
struct Fusion {
  std::vector<NetworkNode> nodes;  // the last one makes the tensor
  std::vector<std::string> inner;  // the tensors between the parts
  std::size_t input_rank = 0;      // holds only if the first node's input has this rank; 0: any
};

struct Network {
  std::vector<NetworkNode> nodes;  // in an order in which each input is made before it is read
  std::map<std::string, Tensor> initializers;
  std::vector<NetworkInput> inputs;  // without the initializers, which may be listed as inputs, too
  std::vector<NetworkInput> outputs;
  std::map<std::string, std::string> metadata;  // metadata_props of the file
  std::string producer;
  std::map<std::string, FoldedTensor> folded;  // by the name of the tensor that is gone
  std::map<std::string, Fusion> fusions;       // by the name of the tensor that they make
};

}  // namespace saliency::graph
