// A plan whose rule ends with one call, so that it is none of the session's kept plans, and its memory.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "graph/plan.h"

namespace saliency {

struct PlanOfCall {
  graph::Plan plan;
  std::vector<std::byte> memory;

  PlanOfCall(const graph::Graph& graph, const graph::Request& request) : plan(graph, request) {
    constexpr std::size_t kAlignment = 64;
    memory.resize(plan.bytes() + kAlignment);
    void* start = memory.data();
    std::size_t space = memory.size();
    plan.bind(static_cast<std::byte*>(std::align(kAlignment, plan.bytes(), start, space)));
  }
};

}  // namespace saliency
