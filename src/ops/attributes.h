// The constants of an ONNX node, by name. A typed accessor with a default returns the default when the attribute is
// absent, and throws ModelInvalid when it is there with another type; one without a default requires it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "tensor/tensor.h"

namespace saliency::ops {

using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>, std::vector<double>,
                               std::vector<std::string>, Tensor>;

class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<std::pair<const std::string, Attribute>> entries) : entries_(entries) {}

  void set(const std::string& name, Attribute value) { entries_[name] = std::move(value); }
  bool has(const std::string& name) const { return entries_.count(name) != 0; }

  std::int64_t integer(const std::string& name, std::int64_t fallback) const;
  std::int64_t integer(const std::string& name) const;
  double real(const std::string& name, double fallback) const;  // an integer is accepted, too
  std::string text(const std::string& name, const std::string& fallback) const;
  std::vector<std::int64_t> integers(const std::string& name, std::vector<std::int64_t> fallback) const;
  std::vector<double> reals(const std::string& name, std::vector<double> fallback) const;
  std::vector<std::string> texts(const std::string& name, std::vector<std::string> fallback) const;
  const Tensor* tensor(const std::string& name) const;  // null when absent

 private:
  std::map<std::string, Attribute> entries_;
};

}  // namespace saliency::ops
