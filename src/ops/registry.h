// The list of operators: one line each in registry.cpp.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "ops/operator.h"

namespace saliency::ops {

enum class Layout {
  AsInOnnx,
  ChannelsLast,  // input 0 and output 0 as n×…×c, see operator.h
};

struct Registration {
  std::string_view type;
  Layout layout;
  std::unique_ptr<Operator> (*make)(const NodeInfo& info);
};

std::span<const Registration> registrations();
const Registration* find_registration(std::string_view type);  // null: unsupported

}  // namespace saliency::ops
