// What is checked of every method, and what is not and why: the rows are read by the tests, which run a check for each
// method that is not excused from it, and by the table in docs/methods/README.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saliency::testing {

enum class Check {
  // A test of its own.
  ClosedForm,
  Reference,
  // Tests of every method.
  Complete,
  Linear,
  Symmetric,
  Dummy,
  Function,
  Smoothed,
  ConstantImage,
  ZeroGradient,
  Layouts,
  OnePixel,
  OptionEnds,
  NotFinite,
  Progress,
  Partial,
  Cancelled,
  BatchSize,
  Threads,
  Seed,
};

struct CheckInfo {
  Check check;
  std::string_view title;    // of the column
  std::string_view meaning;  // what holds
  std::string_view test;     // "Suite.Name" of the test of every method; empty: the row names its own
};

struct MethodRow {
  std::string_view method;
  std::string_view closed_form;                                  // "Suite.Name"
  std::string_view reference;                                    // "Suite.Name" or the prefix of reference maps
  std::vector<std::pair<Check, std::string_view>> excused = {};  // why the check does not apply
};

std::span<const CheckInfo> method_checks();
std::span<const MethodRow> method_rows();
const MethodRow* find_row(std::string_view method);
// Why a method is excused; empty: it is not.
std::string_view excuse(std::string_view method, Check check);
// The names of the methods that a check applies to.
std::vector<std::string> methods_for(Check check);

}  // namespace saliency::testing
