// Numbers that PAIR's saliency 0.2.1 computes, in pair_numbers.json ("_about" there says with which inputs).
#pragma once

#include <string>
#include <vector>

namespace saliency::testing {

// All numbers below `key` (and below `part` in it, where given) in order, whatever their nesting.
std::vector<double> pair_numbers(const std::string& key, const std::string& part = {});

}  // namespace saliency::testing
