// Every method has a page in docs/methods, whose table of options is what the code reads.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "saliency/every_method.h"
#include "saliency/methods.h"
#include "support/golden.h"
#include "support/page.h"

namespace saliency::testing {
namespace {

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodInfo& info : methods()) names.emplace_back(info.name);
  return names;
}

std::string in_cell(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '|') result += '\\';
    result += letter;
  }
  return result;
}

std::string option_table(const std::vector<OptionInfo>& options) {
  if (options.empty()) return "It has no options of its own.";
  std::string table = "| option | value | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const OptionInfo& info : options) {
    const std::string fallback = info.fallback.empty() ? "–" : in_cell(info.fallback);
    table +=
        "| `" + info.name + "` | " + in_cell(info.type) + " | " + fallback + " | " + in_cell(info.meaning) + " |\n";
  }
  return table;
}

std::string text_of(const std::string& path) {
  std::ifstream input(source_directory() / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

class PageOfMethod : public MethodTest {
 protected:
  std::string page() const { return "docs/methods/" + page_name(name()) + ".md"; }
};

TEST_P(PageOfMethod, ListsTheOptionsThatTheCodeReads) {
  expect_page_part(page(), "options", option_table(mask_options(name())));
}

TEST_P(PageOfMethod, SaysWhatItMustAndShowsAPictureOfItsOwn) {
  const std::string text = text_of(page());

  for (const char* heading : {"## Definition", "## Source", "## Options", "## Weakness"}) {
    EXPECT_NE(text.find(heading), std::string::npos) << page() << " has no '" << heading << "'";
  }
  const std::string picture = "images/methods/" + page_name(name()) + ".png";
  EXPECT_NE(text.find("](../" + picture + ")"), std::string::npos) << page() << " does not show " << picture;
  EXPECT_TRUE(std::filesystem::exists(source_directory() / "docs" / picture))
      << "docs/" << picture << " is missing: node tools/method-pictures.mjs makes it";
}

INSTANTIATE_TEST_SUITE_P(Methods, PageOfMethod, ::testing::ValuesIn(method_names()), own_name);

TEST(Pages, SmoothGradListsTheOptionsThatTheCodeReads) {
  // Those of a method without options, smoothed.
  expect_page_part("docs/methods/smoothgrad.md", "options", option_table(smoothed_mask_options("VanillaGradients")));
}

TEST(Pages, TheListHasEveryMethod) {
  std::string list;
  for (const MethodInfo& info : methods()) {
    list += "- [" + std::string(info.name) + "](" + page_name(info.name) + ".md): " + std::string(info.summary) + "\n";
  }
  expect_page_part("docs/methods/README.md", "methods", list);
}

}  // namespace
}  // namespace saliency::testing
