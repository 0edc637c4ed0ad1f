// Words for error messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace saliency {

// Up to three of `known`, quoted, that are most like `name`: "'logits', 'logits_2'".
std::string closest(std::string_view name, const std::vector<std::string>& known);

}  // namespace saliency
