// What each node cost, for whoever wants to know where the time goes.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace saliency::graph {

enum class Pass { Forward, Backward };

struct NodeCost {
  int node = 0;
  int fused = -1;  // the rectifier that the node's kernel applies
  Pass pass = Pass::Forward;
  double seconds = 0;
  double flops = 0;        // by the definition of the operator, whatever the algorithm needs
  std::int64_t bytes = 0;  // of all operands and results, once
};

// The costs of all that ran, a row for each node and pass, in the order in which they ran first.
class Profile {
 public:
  using Clock = std::chrono::steady_clock;

  void add(const NodeCost& cost);
  const std::vector<NodeCost>& costs() const { return costs_; }

 private:
  std::vector<NodeCost> costs_;
};

}  // namespace saliency::graph
