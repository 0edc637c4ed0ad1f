#include "graph/fusion/fuse.h"

#include <set>
#include <utility>

namespace saliency::graph {
namespace {

constexpr std::optional<Match> (*kPatterns[])(const Matcher&, const NetworkNode&) = {
    match_normalization, match_group_normalization, match_activation, match_scaled_product, match_expanded_operand,
};

}  // namespace

// From the back, so that the largest pattern comes first; a part of one is no end of another.
void fuse(Network& network) {
  const Matcher matcher(network);
  std::set<std::string> taken;
  for (auto last = network.nodes.rbegin(); last != network.nodes.rend(); ++last) {
    if (last->outputs.size() != 1 || matcher.maker(last->outputs[0]) != &*last) continue;
    const std::string& output = last->outputs[0];
    if (taken.count(output) != 0) continue;
    for (const auto& pattern : kPatterns) {
      std::optional<Match> match = pattern(matcher, *last);
      if (!match) continue;
      auto inner = matcher.inner(match->parts);
      if (!inner) continue;
      taken.insert(inner->begin(), inner->end());
      for (NetworkNode& node : match->nodes) {
        node.opset = last->opset;
        if (node.name.empty()) node.name = last->name;
      }
      match->nodes.back().outputs = {output};
      network.initializers.merge(match->constants);
      network.fusions[output] = {std::move(match->nodes), std::move(*inner), match->input_rank};
      break;
    }
  }
}

}  // namespace saliency::graph
