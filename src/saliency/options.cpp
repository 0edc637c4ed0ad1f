#include "saliency/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "base/error.h"
#include "base/text.h"

namespace saliency {
namespace {

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string in_words(Range range) {
  if (std::isinf(range.low) && std::isinf(range.high)) return "";
  if (std::isinf(range.high)) return " of at least " + to_text(range.low);
  if (std::isinf(range.low)) return " of at most " + to_text(range.high);
  return " from " + to_text(range.low) + " to " + to_text(range.high);
}

}  // namespace

std::string to_text(double number) {
  if (number == std::floor(number) && std::fabs(number) < 1e15) return std::to_string(static_cast<long long>(number));
  for (int digits = 1; digits < 17; ++digits) {
    std::ostringstream stream;
    stream.precision(digits);
    stream << number;
    double back = 0;
    std::istringstream(stream.str()) >> back;
    if (back == number) return stream.str();
  }
  return std::to_string(number);
}

std::string describe(const OptionValue& value) {
  struct Visitor {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(double number) const { return to_text(number); }
    std::string operator()(const std::string& text) const { return "'" + text + "'"; }
    std::string operator()(const std::vector<double>& list) const { return std::to_string(list.size()) + " numbers"; }
    std::string operator()(const Tensor& tensor) const { return "a tensor " + to_string(tensor.shape); }
  };
  return std::visit(Visitor{}, value.value);
}

void OptionReader::fail(const std::string& name, const std::string& expected, const std::string& actual) const {
  throw Error(ErrorCode::InvalidOption, owner_ + ": option '" + name + "' is " + actual + ", expected " + expected,
              {.expected = expected, .actual = actual, .remedy = "give '" + name + "' as " + expected});
}

bool OptionReader::knows(const std::string& name) const {
  return std::any_of(infos_.begin(), infos_.end(), [&](const OptionInfo& info) { return info.name == name; });
}

const OptionValue* OptionReader::find(const std::string& name, std::string type, std::string fallback,
                                      std::string_view meaning) {
  if (!knows(name)) infos_.push_back({name, std::move(type), std::move(fallback), std::string(meaning)});
  const auto found = options_.find(name);
  return found == options_.end() ? nullptr : &found->second;
}

bool OptionReader::flag(const std::string& name, bool fallback, std::string_view meaning) {
  const OptionValue* given = find(name, "flag", fallback ? "true" : "false", meaning);
  if (given == nullptr) return fallback;
  if (const auto* flag = std::get_if<bool>(&given->value)) return *flag;
  fail(name, "true or false", describe(*given));
}

double OptionReader::number(const std::string& name, double fallback, Range range, std::string_view meaning) {
  const std::string expected = "number" + in_words(range);
  const OptionValue* given = find(name, expected, to_text(fallback), meaning);
  if (given == nullptr) return fallback;
  const auto* number = std::get_if<double>(&given->value);
  if (number == nullptr || !std::isfinite(*number) || *number < range.low || *number > range.high) {
    fail(name, "a " + expected, describe(*given));
  }
  return *number;
}

std::int64_t OptionReader::count(const std::string& name, std::int64_t fallback, Range range,
                                 std::string_view meaning) {
  const std::string expected = "whole number" + in_words(range);
  const OptionValue* given = find(name, expected, std::to_string(fallback), meaning);
  if (given == nullptr) return fallback;
  const auto* number = std::get_if<double>(&given->value);
  if (number == nullptr || !(std::fabs(*number) <= 9007199254740992.0) || *number != std::floor(*number) ||
      *number < range.low || *number > range.high) {
    fail(name, "a " + expected, describe(*given));
  }
  return static_cast<std::int64_t>(*number);
}

std::string OptionReader::choice(const std::string& name, std::string_view fallback,
                                 std::span<const std::string_view> allowed, std::string_view meaning) {
  const std::vector<std::string> words(allowed.begin(), allowed.end());
  const std::string expected = "one of " + joined(words);
  const OptionValue* given = find(name, expected, std::string(fallback), meaning);
  if (given == nullptr) return std::string(fallback);
  const auto* text = std::get_if<std::string>(&given->value);
  if (text == nullptr || std::find(words.begin(), words.end(), *text) == words.end()) {
    fail(name, expected, describe(*given));
  }
  return *text;
}

std::string OptionReader::text(const std::string& name, std::string_view fallback, std::string_view meaning) {
  const OptionValue* given = find(name, "text", std::string(fallback), meaning);
  if (given == nullptr) return std::string(fallback);
  if (const auto* text = std::get_if<std::string>(&given->value)) return *text;
  fail(name, "text", describe(*given));
}

std::vector<double> OptionReader::numbers(const std::string& name, std::string_view fallback,
                                          std::string_view meaning) {
  const OptionValue* given = find(name, "number or list of numbers", std::string(fallback), meaning);
  if (given == nullptr) return {};
  std::vector<double> list;
  if (const auto* number = std::get_if<double>(&given->value)) list = {*number};
  if (const auto* numbers = std::get_if<std::vector<double>>(&given->value)) list = *numbers;
  if (const auto* tensor = std::get_if<Tensor>(&given->value)) list.assign(tensor->data.begin(), tensor->data.end());
  const auto finite = [](double value) { return std::isfinite(value); };
  if (list.empty() || !std::all_of(list.begin(), list.end(), finite)) {
    fail(name, "a number or a list of numbers", describe(*given));
  }
  return list;
}

std::optional<Tensor> OptionReader::tensor(const std::string& name, std::string_view fallback,
                                           std::string_view meaning) {
  const OptionValue* given = find(name, "tensor", std::string(fallback), meaning);
  if (given == nullptr) return {};
  if (const auto* tensor = std::get_if<Tensor>(&given->value)) return *tensor;
  fail(name, "a tensor {data, shape}", describe(*given));
}

std::optional<OptionValue> OptionReader::any(const std::string& name, std::string_view type, std::string_view fallback,
                                             std::string_view meaning) {
  const OptionValue* given = find(name, std::string(type), std::string(fallback), meaning);
  if (given == nullptr) return {};
  return *given;
}

double own_tolerance(OptionReader& reader, std::string_view meaning) {
  return reader.number(reader.knows("tolerance") ? "methodTolerance" : "tolerance", 0, {0, 1}, meaning);
}

void OptionReader::finish() const {
  std::vector<std::string> known;
  for (const OptionInfo& info : infos_) known.push_back(info.name);
  for (const auto& [name, value] : options_) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string likely = closest(name, known);
    const std::string list = known.empty() ? "none" : joined(known);
    throw Error(ErrorCode::InvalidOption,
                owner_ + ": unknown option '" + name + "'" +
                    (likely.empty() ? "" : ", did you mean '" + likely + "'?") + " Known options: " + list,
                {.expected = list,
                 .actual = name,
                 .remedy = likely.empty() ? "leave '" + name + "' out" : "use '" + likely + "'"});
  }
}

}  // namespace saliency
