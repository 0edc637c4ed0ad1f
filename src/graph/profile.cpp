#include "graph/profile.h"

#include <algorithm>

namespace saliency::graph {

void Profile::add(const NodeCost& cost) {
  const auto row = std::find_if(costs_.begin(), costs_.end(), [&](const NodeCost& known) {
    return known.node == cost.node && known.pass == cost.pass;
  });
  if (row == costs_.end()) {
    costs_.push_back(cost);
    return;
  }
  row->seconds += cost.seconds;
  row->flops += cost.flops;
  row->bytes += cost.bytes;
}

}  // namespace saliency::graph
