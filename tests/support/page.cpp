#include "support/page.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "support/golden.h"

namespace saliency::testing {

void expect_page_part(const std::string& path, const std::string& part, const std::string& content) {
  const Path file = source_directory() / path;
  std::ifstream input(file, std::ios::binary);
  ASSERT_TRUE(input) << path << " is missing; docs/adding-a-method.md says what belongs there";
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  input.close();
  const std::string open = "<!-- " + part + ": made by the tests -->\n";
  const std::string close = "<!-- end of " + part + " -->";
  const std::size_t begin = text.find(open);
  const std::size_t end = text.find(close);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end)
      << path << " has no lines '" << open << "' and '" << close << "'";
  const std::size_t start = begin + open.size();
  // Blank lines on both sides, so that Markdown sees what lies between for itself.
  const std::string expected = "\n" + content.substr(0, content.find_last_not_of('\n') + 1) + "\n\n";
  if (text.substr(start, end - start) == expected) return;
  if (std::getenv("SALIENCY_WRITE_DOCS") == nullptr) {
    ADD_FAILURE() << path << ": the " << part << " are not those of the code. Run the tests with SALIENCY_WRITE_DOCS=1"
                  << " to write them anew. Expected:\n"
                  << content;
    return;
  }
  std::ofstream(file, std::ios::binary) << text.substr(0, start) << expected << text.substr(end);
}

std::string page_name(std::string_view method) {
  std::string name;
  for (std::size_t i = 0; i < method.size(); ++i) {
    const auto letter = static_cast<unsigned char>(method[i]);
    if (std::isupper(letter) == 0) {
      name += method[i];
      continue;
    }
    if (i > 0) name += '-';
    name += static_cast<char>(std::tolower(letter));
  }
  return name;
}

}  // namespace saliency::testing
