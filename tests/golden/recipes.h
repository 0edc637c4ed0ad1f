// Which reference maps are compared: beginnings of the cases' names (methods_test.cpp).
#pragma once

#include <string>
#include <vector>

namespace saliency::testing {

std::vector<std::string> recipe_prefixes();

}  // namespace saliency::testing
