// Options as they come over the language border, by name, and the reader that turns them into the struct of a method.
// Each read names the option, its default and its range in one place; what was read is also the documentation.
//
//   IntegratedGradientsOptions read(OptionReader& reader) {
//     return {.steps = reader.count("steps", 25, {1, 1e6}, "nodes on the path")};
//   }
//   reader.finish();  // throws InvalidOption for what nobody read
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tensor/tensor.h"

namespace saliency {

struct OptionValue {
  std::variant<bool, double, std::string, std::vector<double>, Tensor> value;

  OptionValue(bool flag) : value(flag) {}                                   // NOLINT: meant to convert
  OptionValue(double number) : value(number) {}                             // NOLINT
  OptionValue(int number) : value(static_cast<double>(number)) {}           // NOLINT
  OptionValue(std::int64_t number) : value(static_cast<double>(number)) {}  // NOLINT
  OptionValue(const char* text) : value(std::string(text)) {}               // NOLINT
  OptionValue(std::string text) : value(std::move(text)) {}                 // NOLINT
  OptionValue(std::vector<double> numbers) : value(std::move(numbers)) {}   // NOLINT
  OptionValue(Tensor tensor) : value(std::move(tensor)) {}                  // NOLINT
};

using Options = std::map<std::string, OptionValue>;

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// One option as read: for the documentation and for "did you mean".
struct OptionInfo {
  std::string name;
  std::string type;      // "flag", "number", "whole number", "one of a, b", …
  std::string fallback;  // as text
  std::string meaning;
};

class OptionReader {
 public:
  // `owner` is named in errors: "IntegratedGradients". The options are copied.
  OptionReader(std::string owner, Options options) : owner_(std::move(owner)), options_(std::move(options)) {}

  bool flag(const std::string& name, bool fallback, std::string_view meaning);
  double number(const std::string& name, double fallback, Range range, std::string_view meaning);
  std::int64_t count(const std::string& name, std::int64_t fallback, Range range, std::string_view meaning);
  std::string choice(const std::string& name, std::string_view fallback, std::span<const std::string_view> allowed,
                     std::string_view meaning);
  // Free text.
  std::string text(const std::string& name, std::string_view fallback, std::string_view meaning);
  // A number (one value) or a list; empty if not given. `fallback` is its description.
  std::vector<double> numbers(const std::string& name, std::string_view fallback, std::string_view meaning);
  std::optional<Tensor> tensor(const std::string& name, std::string_view fallback, std::string_view meaning);
  // Whatever was given: the caller decides by its type.
  std::optional<OptionValue> any(const std::string& name, std::string_view type, std::string_view fallback,
                                 std::string_view meaning);

  // Whether this name has been read already.
  bool knows(const std::string& name) const;
  const std::string& owner() const { return owner_; }
  const std::vector<OptionInfo>& infos() const { return infos_; }

  // Throws InvalidOption for names that were given and never read, with the known ones and the likely meant one.
  void finish() const;

  [[noreturn]] void fail(const std::string& name, const std::string& expected, const std::string& actual) const;

 private:
  const OptionValue* find(const std::string& name, std::string type, std::string fallback, std::string_view meaning);

  std::string owner_;
  Options options_;
  std::vector<OptionInfo> infos_;
};

// A method's own 'tolerance', a share; 0: none. Named 'methodTolerance' where getSmoothedMask has read a tolerance
// before, which is the standard error of its samples.
double own_tolerance(OptionReader& reader, std::string_view meaning);

// "25", "0.15": the shortest decimal that a person would write.
std::string to_text(double number);
// What was given, in words: "text 'abc'", "3 numbers", "a tensor [3, 4]".
std::string describe(const OptionValue& value);

}  // namespace saliency
