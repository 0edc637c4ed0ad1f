// Turns a Network into a Graph: makes the operators, infers shapes, computes what is constant, moves transposes down
// through the graph until they cancel, and finds along which axis the samples of a batch lie.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "graph/graph.h"
#include "graph/network.h"
#include "graph/release.h"

namespace saliency::graph {

enum class Batch {
  Stackable,   // axis 0 of every float input of rank ≥ 2 is the batch: it is set to 1 and any number can be run
  AsDeclared,  // the shapes of the file; the whole input counts as one sample
};

struct LowerOptions {
  std::map<std::string, Shape> input_shapes = {};  // for dynamic sizes; by input name, "": the first
  Batch batch = Batch::Stackable;
  Weights weights = Weights::KeepSmall;
  // Called after each node whose weights have been packed.
  std::function<void(std::size_t done, std::size_t total)> on_prepared = {};
};

// Throws UnsupportedOperator with all that is not supported at once, ShapeMismatch or ModelInvalid.
Graph lower(Network network, const LowerOptions& options = {});

}  // namespace saliency::graph
