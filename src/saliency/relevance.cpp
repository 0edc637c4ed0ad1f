#include "saliency/relevance.h"

#include <utility>

namespace saliency {
namespace {

using Input = LayerRule::Input;
using Weight = LayerRule::Weight;
using Outputs = LayerRule::Outputs;
using Group = LayerRule::Group;

// All contributions that are positive, (a·w)⁺ = a⁺w⁺ + a⁻w⁻, or negative.
Group positive(double factor) {
  return {factor, {{Input::Positive, Weight::Positive}, {Input::Negative, Weight::Negative}}, Weight::Positive};
}
Group negative(double factor) {
  return {factor, {{Input::Positive, Weight::Negative}, {Input::Negative, Weight::Positive}}, Weight::Negative};
}

struct NamedRule {
  std::string_view name;
  std::vector<Group> groups;
};

const std::vector<NamedRule>& table() {
  static const std::vector<NamedRule> kTable = {
      {"epsilon", {}},
      // Contributions of the output's own sign count 1 + γ times; for negative inputs, too.
      {"gamma",
       {{1,
         {{Input::Positive, Weight::FavourPositive}, {Input::Negative, Weight::FavourNegative}},
         Weight::FavourPositive,
         Outputs::Positive},
        {1,
         {{Input::Positive, Weight::FavourNegative}, {Input::Negative, Weight::FavourPositive}},
         Weight::FavourNegative,
         Outputs::Negative}}},
      {"alpha2beta1", {positive(2), negative(-1)}},
      {"alpha1beta0", {positive(1)}},
      {"z-plus", {positive(1)}},
      {"box",
       {{1,
         {{Input::Itself, Weight::Itself}, {Input::Low, Weight::Positive, -1}, {Input::High, Weight::Negative, -1}}}}},
      {"w-square", {{1, {{Input::One, Weight::Square}}}}},
      {"flat", {{1, {{Input::One, Weight::One}}}}},
  };
  return kTable;
}

}  // namespace

std::optional<LayerRule> layer_rule(std::string_view name, double epsilon, double gamma) {
  for (const NamedRule& row : table()) {
    if (row.name == name) return LayerRule{.groups = row.groups, .epsilon = epsilon, .gamma = gamma};
  }
  return std::nullopt;
}

std::string layer_rule_names() {
  std::string names;
  for (const NamedRule& row : table()) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

}  // namespace saliency
