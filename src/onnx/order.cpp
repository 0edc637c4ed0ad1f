#include "onnx/order.h"

#include <functional>
#include <map>
#include <queue>
#include <utility>

#include "base/error.h"

namespace saliency::onnx {
namespace {

std::string label(const graph::NetworkNode& node) {
  return node.type + " '" + node.name + "'";
}

std::map<std::string, std::size_t> makers_of(const std::vector<graph::NetworkNode>& nodes,
                                             const std::set<std::string>& known) {
  std::map<std::string, std::size_t> makers;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& output : nodes[i].outputs) {
      if (output.empty()) continue;
      if (known.count(output) != 0) {
        throw Error(ErrorCode::ModelInvalid,
                    label(nodes[i]) + ": its output '" + output + "' is an input or initializer of the model, too");
      }
      const auto [maker, is_new] = makers.emplace(output, i);
      if (!is_new) {
        throw Error(ErrorCode::ModelInvalid,
                    "'" + output + "' is made twice, by " + label(nodes[maker->second]) + " and by " + label(nodes[i]));
      }
    }
  }
  return makers;
}

}  // namespace

// Kahn's algorithm; of the nodes that are ready, the first in the file goes first.
void sort_nodes(std::vector<graph::NetworkNode>& nodes, const std::set<std::string>& known) {
  const std::map<std::string, std::size_t> makers = makers_of(nodes, known);
  std::vector<std::vector<std::size_t>> readers(nodes.size());
  std::vector<std::size_t> missing(nodes.size(), 0);  // inputs that are not yet made
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (const std::string& input : nodes[i].inputs) {
      if (input.empty() || known.count(input) != 0) continue;
      const auto maker = makers.find(input);
      if (maker == makers.end()) {
        throw Error(ErrorCode::ModelInvalid,
                    label(nodes[i]) + ": its input '" + input + "' is made by no node, input or initializer");
      }
      readers[maker->second].push_back(i);
      ++missing[i];
    }
  }

  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (missing[i] == 0) ready.push(i);
  }
  std::vector<graph::NetworkNode> sorted;
  sorted.reserve(nodes.size());
  while (!ready.empty()) {
    const std::size_t i = ready.top();
    ready.pop();
    for (const std::size_t reader : readers[i]) {
      if (--missing[reader] == 0) ready.push(reader);
    }
    sorted.push_back(std::move(nodes[i]));
  }
  if (sorted.size() < nodes.size()) {
    std::string names;
    int listed = 0;
    for (std::size_t i = 0; i < nodes.size() && listed < 5; ++i) {
      if (missing[i] != 0) names += (listed++ ? ", " : "") + label(nodes[i]);
    }
    throw Error(ErrorCode::ModelInvalid, "the graph has a cycle, through or in front of " + names);
  }
  nodes = std::move(sorted);
}

}  // namespace saliency::onnx
