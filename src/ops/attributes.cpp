#include "ops/attributes.h"

#include "base/error.h"

namespace saliency::ops {
namespace {

[[noreturn]] void wrong_type(const std::string& name, const char* expected) {
  throw Error(ErrorCode::ModelInvalid, "attribute '" + name + "' is not " + expected);
}

template <class T>
const T* find(const std::map<std::string, Attribute>& entries, const std::string& name, const char* expected) {
  const auto it = entries.find(name);
  if (it == entries.end()) return nullptr;
  const T* value = std::get_if<T>(&it->second);
  if (value == nullptr) wrong_type(name, expected);
  return value;
}

// An empty list has no type of its own in the wire format.
template <class T>
std::vector<T> list_or(const std::map<std::string, Attribute>& entries, const std::string& name,
                       std::vector<T> fallback, const char* expected) {
  const auto it = entries.find(name);
  if (it == entries.end()) return fallback;
  if (const auto* value = std::get_if<std::vector<T>>(&it->second)) return *value;
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&it->second);
  if (integers != nullptr && integers->empty()) return {};
  wrong_type(name, expected);
}

}  // namespace

std::int64_t Attributes::integer(const std::string& name, std::int64_t fallback) const {
  const auto* value = find<std::int64_t>(entries_, name, "an integer");
  return value ? *value : fallback;
}

std::int64_t Attributes::integer(const std::string& name) const {
  const auto* value = find<std::int64_t>(entries_, name, "an integer");
  if (value == nullptr) throw Error(ErrorCode::ModelInvalid, "attribute '" + name + "' is missing");
  return *value;
}

double Attributes::real(const std::string& name, double fallback) const {
  const auto it = entries_.find(name);
  if (it == entries_.end()) return fallback;
  if (const auto* integer = std::get_if<std::int64_t>(&it->second)) return static_cast<double>(*integer);
  return *find<double>(entries_, name, "a number");
}

std::string Attributes::text(const std::string& name, const std::string& fallback) const {
  const auto* value = find<std::string>(entries_, name, "a string");
  return value ? *value : fallback;
}

std::vector<std::int64_t> Attributes::integers(const std::string& name, std::vector<std::int64_t> fallback) const {
  return list_or<std::int64_t>(entries_, name, std::move(fallback), "a list of integers");
}

std::vector<double> Attributes::reals(const std::string& name, std::vector<double> fallback) const {
  return list_or<double>(entries_, name, std::move(fallback), "a list of numbers");
}

std::vector<std::string> Attributes::texts(const std::string& name, std::vector<std::string> fallback) const {
  return list_or<std::string>(entries_, name, std::move(fallback), "a list of strings");
}

const Tensor* Attributes::tensor(const std::string& name) const {
  return find<Tensor>(entries_, name, "a tensor");
}

}  // namespace saliency::ops
