// x · Expand(g), as squeeze-and-excite and layer scales are sometimes written: the product broadcasts g by itself, and
// its backward pass then sums as it goes. The same for sums, differences and quotients.
#include "graph/fusion/fuse.h"

namespace saliency::graph {

std::optional<Match> match_expanded_operand(const Matcher& matcher, const NetworkNode& last) {
  const bool broadcasts = last.type == "Mul" || last.type == "Add" || last.type == "Sub" || last.type == "Div";
  if (!broadcasts || last.inputs.size() != 2) return std::nullopt;
  NetworkNode node = last;
  Parts parts = {&last};
  for (std::string& input : node.inputs) {
    const NetworkNode* expand = matcher.maker(input, "Expand");
    if (expand == nullptr || matcher.is_constant(input)) continue;
    parts.push_back(expand);
    input = expand->inputs.at(0);
  }
  if (parts.size() != 2) return std::nullopt;  // of two expanded operands one gives the shape
  return Match{{std::move(node)}, std::move(parts)};
}

}  // namespace saliency::graph
