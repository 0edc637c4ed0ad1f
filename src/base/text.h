// Words for error messages.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace saliency {

// The candidate that `name` probably means: fewest edits, whatever the case, and about a third of the word at most.
// Empty if none is that close.
std::string closest(std::string_view name, std::span<const std::string> candidates);

// Up to three of `known`, quoted, that are most like `name`: "'logits', 'logits_2'".
std::string similar(std::string_view name, std::span<const std::string> known);

}  // namespace saliency
