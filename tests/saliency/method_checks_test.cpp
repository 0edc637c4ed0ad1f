// Every method has a test for every check or a reason why the check does not apply; and the table of both in
// docs/methods/README.md is what the tests are.
#include "saliency/method_checks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "golden/recipes.h"
#include "saliency/methods.h"
#include "support/page.h"

namespace saliency::testing {
namespace {

// "Suite.Name" of every test, those with parameters as "Instance/Suite.Name/parameter".
const std::set<std::string>& registered_tests() {
  static const std::set<std::string> kTests = [] {
    std::set<std::string> tests;
    const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i) {
      const ::testing::TestSuite& suite = *all.GetTestSuite(i);
      for (int k = 0; k < suite.total_test_count(); ++k) {
        tests.insert(std::string(suite.name()) + "." + suite.GetTestInfo(k)->name());
      }
    }
    return tests;
  }();
  return kTests;
}

// Whole, or the beginning of one with a parameter.
bool is_test(const std::string& name) {
  const auto found = registered_tests().lower_bound(name);
  return found != registered_tests().end() && (*found == name || found->rfind(name + "/", 0) == 0);
}

bool has_reference(const MethodRow& row) {
  const std::vector<std::string> prefixes = recipe_prefixes();
  return std::find(prefixes.begin(), prefixes.end(), row.reference) != prefixes.end() ||
         is_test(std::string(row.reference));
}

TEST(MethodChecks, EveryMethodHasARow) {
  for (const MethodInfo& info : methods()) {
    EXPECT_NE(find_row(info.name), nullptr) << info.name << ": add a row to tests/saliency/method_rows.cpp";
  }
}

TEST(MethodChecks, EveryRowNamesAMethodAndItsTests) {
  std::set<std::string_view> names;
  for (const MethodRow& row : method_rows()) {
    SCOPED_TRACE(row.method);
    EXPECT_NO_THROW(method_info(row.method));
    EXPECT_TRUE(names.insert(row.method).second) << "twice";
    EXPECT_TRUE(is_test(std::string(row.closed_form))) << "no test is called " << row.closed_form;
    EXPECT_TRUE(has_reference(row) || row.reference.find(' ') != std::string_view::npos)
        << row.reference << " is neither a test, nor a recipe of tests/golden/methods_test.cpp, nor a reason";
  }
}

TEST(MethodChecks, EveryCheckIsRunForEveryMethodOrExcused) {
  for (const CheckInfo& check : method_checks()) {
    if (check.test.empty()) continue;
    for (const MethodInfo& info : methods()) {
      const std::string test = "Methods/" + std::string(check.test) + "/" + std::string(info.name);
      EXPECT_NE(registered_tests().count(test) == 1, !excuse(info.name, check.check).empty()) << test;
    }
  }
}

// A reason's number, in the order of first use.
class Notes {
 public:
  std::string mark(std::string_view reason) {
    auto found = std::find(reasons_.begin(), reasons_.end(), reason);
    if (found == reasons_.end()) found = reasons_.insert(reasons_.end(), std::string(reason));
    return "–<sup>" + std::to_string(found - reasons_.begin() + 1) + "</sup>";
  }
  std::string list() const {
    std::string text;
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      text += std::to_string(i + 1) + ". " + reasons_[i] + "\n";
    }
    return text;
  }

 private:
  std::vector<std::string> reasons_;
};

std::string cell(const MethodRow& row, Check check, Notes& notes) {
  if (check == Check::Reference && !has_reference(row)) return notes.mark(row.reference);
  const std::string_view reason = excuse(row.method, check);
  return reason.empty() ? "✓" : notes.mark(reason);
}

std::string check_table() {
  Notes notes;
  std::string table = "| method |";
  std::string rule = "| --- |";
  std::string legend;
  for (const CheckInfo& check : method_checks()) {
    table += " " + std::string(check.title) + " |";
    rule += " :-: |";
    legend += "- **" + std::string(check.title) + "**: " + std::string(check.meaning) + "\n";
  }
  table += "\n" + rule + "\n";
  for (const MethodInfo& info : methods()) {
    const MethodRow* row = find_row(info.name);
    if (row == nullptr) continue;
    table += "| [" + std::string(info.name) + "](" + page_name(info.name) + ".md) |";
    for (const CheckInfo& check : method_checks()) table += " " + cell(*row, check.check, notes) + " |";
    table += "\n";
  }
  return table + "\nWhat the columns say:\n\n" + legend + "\nWhere a check does not apply:\n\n" + notes.list();
}

TEST(MethodChecks, TheTableInTheDocumentsIsUpToDate) {
  expect_page_part("docs/methods/README.md", "checks", check_table());
}

}  // namespace
}  // namespace saliency::testing
