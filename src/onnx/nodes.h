// NodeProto and AttributeProto.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "graph/network.h"
#include "onnx/tensors.h"
#include "onnx/wire.h"

namespace saliency::onnx {

struct ReadNode {
  graph::NetworkNode node;
  std::vector<std::string> problems;                 // what can't be represented: "sub-graph 'then_branch'"
  std::map<std::string, NamedTensor> sparse_values;  // sparse tensors among the attributes, made dense
  std::map<std::string, ElementType> tensor_types;   // element types of the tensors among the attributes
};

ReadNode read_node(Fields fields, const ReadOptions& options);

// `wanted`, or the first of wanted_2, wanted_3, … that is not in `taken`; it is added to `taken`.
std::string unique_name(const std::string& wanted, std::set<std::string>& taken);

}  // namespace saliency::onnx
