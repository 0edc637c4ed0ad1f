// Recognises what exporters write as several nodes: activations, normalisations, … The network keeps its nodes; what
// they amount to is noted beside them (Network::fusions), and a plan runs one or the other. So every tensor of the file
// can still be read, explained and fed: a plan that needs the gradient of a tensor in between, or feeds it, runs the
// parts.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "graph/fusion/matcher.h"
#include "graph/network.h"

namespace saliency::graph {

void fuse(Network& network);

// Each recognises its pattern, if `last` is the last node of one. `parts` starts with it.
struct Match {
  std::vector<NetworkNode> nodes;  // instead of the parts; the graph gives the last one its name and output
  Parts parts;
  std::size_t input_rank = 0;                    // holds only if the first node's input has this rank; 0: any
  std::map<std::string, Tensor> constants = {};  // that the nodes read beside those of the network
};
std::optional<Match> match_activation(const Matcher& matcher, const NetworkNode& last);
std::optional<Match> match_normalization(const Matcher& matcher, const NetworkNode& last);
std::optional<Match> match_group_normalization(const Matcher& matcher, const NetworkNode& last);
std::optional<Match> match_expanded_operand(const Matcher& matcher, const NetworkNode& last);
std::optional<Match> match_scaled_product(const Matcher& matcher, const NetworkNode& last);

}  // namespace saliency::graph
