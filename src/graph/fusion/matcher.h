// Looks from a node of a network back at the nodes in front of it, for passes that recognise what exporters spread over
// several nodes. Names are those of tensors; a null result is "no match".
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "graph/network.h"

namespace saliency::graph {

using Parts = std::vector<const NetworkNode*>;  // the nodes of a match, last first

class Matcher {
 public:
  // The network's nodes must stay where they are.
  explicit Matcher(const Network& network);

  // The standard operator with one output that makes a tensor; with a type: only if it is one of that type.
  const NetworkNode* maker(const std::string& name, std::string_view type = {}) const;
  // How many inputs of nodes read a tensor; an output of the network counts as one more.
  int readers(const std::string& name) const;
  const Tensor* initializer(const std::string& name) const;
  // The number that a constant of one element holds.
  std::optional<double> scalar(const std::string& name) const;

  // Whether it follows from initializers alone.
  bool is_constant(const std::string& name) const;

  // ∏ factors · scale: Mul nodes, and divisions by a number, as long as only the product reads them.
  struct Product {
    double scale = 1;
    std::vector<std::string> factors;
    Parts parts;
  };
  Product product(const std::string& name) const;

  // x + shift, x if nothing is added.
  struct Shifted {
    std::string x;
    double shift = 0;
    Parts parts;
  };
  Shifted shifted(const std::string& name) const;

  // The node's input that is an initializer of the file and its other one; for operators of two inputs.
  struct WithConstant {
    std::string x;
    std::string constant;
  };
  std::optional<WithConstant> with_constant(const NetworkNode& node) const;

  // The tensors that `parts` make, without that of the first; nothing if something else reads one of them.
  std::optional<std::vector<std::string>> inner(const Parts& parts) const;

 private:
  void expand(const std::string& name, bool is_root, Product& product) const;

  const Network& network_;
  std::map<std::string, const NetworkNode*> makers_;
  std::map<std::string, int> readers_;
  std::set<std::string> constants_;
};

// Equal up to the rounding of a float.
bool is_about(double actual, double expected);

}  // namespace saliency::graph
