#include "golden/pair_numbers.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace saliency::testing {
namespace {

std::size_t after_key(const std::string& text, const std::string& key, std::size_t from) {
  std::string quoted = "\"";
  for (const char letter : key) quoted += letter == '"' ? "\\\"" : std::string(1, letter);
  quoted += "\":";
  const std::size_t found = text.find(quoted, from);
  if (found == std::string::npos) throw std::runtime_error("pair_numbers.json has no " + key);
  return found + quoted.size();
}

}  // namespace

std::vector<double> pair_numbers(const std::string& key, const std::string& part) {
  std::ifstream file(SALIENCY_SOURCE_DIR "/tests/golden/pair_numbers.json");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::size_t at = after_key(text, key, 0);
  if (!part.empty()) at = after_key(text, part, at);
  std::vector<double> numbers;
  int depth = 0;
  do {
    const char letter = text.at(at);
    if (letter == '[') ++depth;
    if (letter == ']') --depth;
    if (letter == '-' || (letter >= '0' && letter <= '9')) {
      char* end = nullptr;
      numbers.push_back(std::strtod(text.c_str() + at, &end));
      at = static_cast<std::size_t>(end - text.c_str());
      continue;
    }
    ++at;
  } while (depth > 0 || numbers.empty());
  return numbers;
}

}  // namespace saliency::testing
