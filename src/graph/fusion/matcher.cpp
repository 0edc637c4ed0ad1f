#include "graph/fusion/matcher.h"

#include <algorithm>
#include <cmath>

namespace saliency::graph {

bool is_about(double actual, double expected) {
  constexpr double kRounding = 1e-6;
  return std::fabs(actual - expected) <= kRounding * std::fabs(expected);
}

Matcher::Matcher(const Network& network) : network_(network) {
  for (const auto& initializer : network.initializers) constants_.insert(initializer.first);
  for (const NetworkNode& node : network.nodes) {
    const bool constant = std::all_of(node.inputs.begin(), node.inputs.end(), [&](const std::string& input) {
      return input.empty() || constants_.count(input) != 0;
    });
    if (constant) constants_.insert(node.outputs.begin(), node.outputs.end());
    for (const std::string& input : node.inputs) ++readers_[input];
    if (!node.domain.empty() && node.domain != "ai.onnx") continue;
    if (node.opset < 7) continue;  // where Add and its like broadcast in another way
    if (node.outputs.size() == 1) makers_[node.outputs[0]] = &node;
  }
  for (const NetworkInput& output : network.outputs) ++readers_[output.name];
}

const NetworkNode* Matcher::maker(const std::string& name, std::string_view type) const {
  const auto it = makers_.find(name);
  if (it == makers_.end() || (!type.empty() && it->second->type != type)) return nullptr;
  return it->second;
}

int Matcher::readers(const std::string& name) const {
  const auto it = readers_.find(name);
  return it == readers_.end() ? 0 : it->second;
}

const Tensor* Matcher::initializer(const std::string& name) const {
  const auto it = network_.initializers.find(name);
  return it == network_.initializers.end() ? nullptr : &it->second;
}

bool Matcher::is_constant(const std::string& name) const {
  return constants_.count(name) != 0;
}

std::optional<double> Matcher::scalar(const std::string& name) const {
  const Tensor* tensor = initializer(name);
  if (tensor == nullptr || tensor->data.size() != 1) return std::nullopt;
  return static_cast<double>(tensor->data[0]);
}

Matcher::Product Matcher::product(const std::string& name) const {
  Product result;
  expand(name, true, result);
  return result;
}

void Matcher::expand(const std::string& name, bool is_root, Product& product) const {
  if (const auto number = scalar(name)) {
    product.scale *= *number;
    return;
  }
  const NetworkNode* node = maker(name);
  const bool own = is_root || readers(name) == 1;
  if (node != nullptr && own && node->inputs.size() == 2) {
    if (node->type == "Mul") {
      product.parts.push_back(node);
      for (const std::string& input : node->inputs) expand(input, false, product);
      return;
    }
    const auto divisor = node->type == "Div" ? scalar(node->inputs[1]) : std::nullopt;
    if (divisor) {
      product.parts.push_back(node);
      product.scale /= *divisor;
      expand(node->inputs[0], false, product);
      return;
    }
  }
  product.factors.push_back(name);
}

Matcher::Shifted Matcher::shifted(const std::string& name) const {
  const NetworkNode* node = maker(name);
  if (node == nullptr || node->inputs.size() != 2 || (node->type != "Add" && node->type != "Sub")) return {.x = name};
  const double sign = node->type == "Sub" ? -1 : 1;
  if (const auto number = scalar(node->inputs[1])) return {node->inputs[0], sign * *number, {node}};
  const auto number = node->type == "Add" ? scalar(node->inputs[0]) : std::nullopt;
  if (number) return {node->inputs[1], *number, {node}};
  return {.x = name};
}

std::optional<Matcher::WithConstant> Matcher::with_constant(const NetworkNode& node) const {
  if (node.inputs.size() != 2) return std::nullopt;
  for (std::size_t i = 0; i < 2; ++i) {
    if (initializer(node.inputs[i]) != nullptr) return WithConstant{node.inputs[1 - i], node.inputs[i]};
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> Matcher::inner(const Parts& parts) const {
  std::vector<std::string> names;
  for (std::size_t i = 1; i < parts.size(); ++i) names.push_back(parts[i]->outputs[0]);
  for (const std::string& name : names) {
    std::ptrdiff_t own = 0;
    for (const NetworkNode* part : parts) own += std::count(part->inputs.begin(), part->inputs.end(), name);
    if (own != readers(name)) return std::nullopt;
  }
  return names;
}

}  // namespace saliency::graph
