// Layer-wise relevance propagation (Bach et al., 2015; Montavon et al., 2019): the score goes back through the network,
// each layer sharing it among its inputs by a rule; the map is what arrives at the pixels, and sums to the score but
// for what biases and stabilisers absorb. Each rule tells another story, and with ε → 0 in all layers a network of
// rectifiers gives gradient × input and its noise: the composites suit a rule to the depth.
//   composite             convolutions  first layer  fully connected
//   epsilon               ε             ε            ε
//   epsilon-plus          z⁺            z⁺           ε
//   epsilon-gamma-box     γ             zᴮ           ε
//   epsilon-alpha2-beta1  α2β1          α2β1         ε
//   …-flat: as without it, but flat in the first layer
// Batch normalisation is part of the layer in front of it ('merge'), as in the network that is run; 'own' makes it a
// layer whose shift absorbs relevance. What happens between layers: relevance_rule.h.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/gradient_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

struct Composite {
  std::string_view name;
  std::string_view convolution;
  std::string_view first;  // empty: as the other convolutions
};

constexpr Composite kComposites[] = {
    {"epsilon", "epsilon", ""},
    {"epsilon-plus", "z-plus", ""},
    {"epsilon-gamma-box", "gamma", "box"},
    {"epsilon-alpha2-beta1", "alpha2beta1", ""},
    {"epsilon-plus-flat", "z-plus", "flat"},
    {"epsilon-alpha2-beta1-flat", "alpha2beta1", "flat"},
};

struct LrpOptions {
  RelevanceRules rules;
  std::vector<double> value_range = {};

  static LrpOptions read(OptionReader& reader);
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// "first=box, Gemm=epsilon, /layer1/Conv=gamma"
void read_rules(OptionReader& reader, double epsilon, double gamma, RelevanceRules& rules) {
  const std::string text = reader.text(
      "rules", "", "rules of single layers: first, last, a type or a node's name, as in 'first=box, Gemm=epsilon'");
  std::string_view rest = text;
  while (!trimmed(rest).empty()) {
    const std::string_view entry = trimmed(rest.substr(0, rest.find(',')));
    rest.remove_prefix(
        std::min(rest.size(), rest.find(',') == std::string_view::npos ? rest.size() : rest.find(',') + 1));
    const std::size_t equals = entry.rfind('=');
    const auto rule =
        equals == std::string_view::npos ? std::nullopt : layer_rule(trimmed(entry.substr(equals + 1)), epsilon, gamma);
    if (!rule)
      reader.fail("rules", "layer=rule, separated by commas, with a rule of " + layer_rule_names(), std::string(entry));
    const std::string where(trimmed(entry.substr(0, equals)));
    if (where == "first") {
      rules.first = rule;
    } else if (where == "last") {
      rules.last = rule;
    } else if (where == "Conv" || where == "ConvTranspose" || where == "Gemm" || where == "MatMul") {
      rules.by_type[where] = *rule;
    } else {
      rules.by_name[where] = *rule;
    }
  }
}

LrpOptions LrpOptions::read(OptionReader& reader) {
  static constexpr std::string_view kBatchNorm[] = {"merge", "own"};
  static constexpr std::string_view kCompat[] = {"none", "captum"};
  std::vector<std::string_view> names;
  for (const Composite& composite : kComposites) names.push_back(composite.name);
  LrpOptions options;
  RelevanceRules& rules = options.rules;
  const std::string name = reader.choice("composite", "epsilon-plus", names, "which rule for which layers");
  rules.epsilon = reader.number("epsilon", 1e-6, {0, 1e6}, "of the ε-rule, and what keeps other quotients finite");
  const double gamma =
      reader.number("gamma", 0.25, {0, 1e6}, "of the γ-rule: how much contributions of the output's sign are favoured");
  for (const Composite& composite : kComposites) {
    if (composite.name != name) continue;
    rules.convolution = *layer_rule(composite.convolution, rules.epsilon, gamma);
    rules.dense = *layer_rule("epsilon", rules.epsilon, gamma);
    if (!composite.first.empty()) rules.first = layer_rule(composite.first, rules.epsilon, gamma);
  }
  read_rules(reader, rules.epsilon, gamma, rules);
  const bool own =
      reader.choice("batchNorm", "merge", kBatchNorm, "'own': batch normalisation is a layer of its own") == "own";
  const bool captum = reader.choice("compat", "none", kCompat,
                                    "'captum': as batchNorm 'own', and max pools by the ε-rule, too") == "captum";
  rules.batch_norm = own || captum ? RelevanceRules::BatchNorm::Own : RelevanceRules::BatchNorm::Merged;
  rules.max_pool = captum ? RelevanceRules::MaxPool::Epsilon : RelevanceRules::MaxPool::Winner;
  options.value_range =
      reader.numbers("valueRange", "the model's, from its preprocessing; else the image's",
                     "of the rule 'box': two numbers, or all channels' lowest and then their highest values");
  if (options.value_range.size() % 2 != 0) {
    reader.fail("valueRange", "an even number of values", std::to_string(options.value_range.size()));
  }
  return options;
}

class Lrp final : public Method {
 public:
  explicit Lrp(LrpOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "Lrp"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* /*partial*/) const override {
    const RelevanceRules rules = with_box(model);
    const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
    std::vector<Mask> masks;
    for (std::size_t begin = 0; begin < images.size(); begin += step) {
      const std::size_t end = std::min(images.size(), begin + step);
      const Model::Relevance result = model.relevance(concatenated(images, begin, end), target, {.rules = rules});
      for (std::size_t i = begin; i < end; ++i) {
        const std::size_t length = images[i].size();
        const auto first = result.relevances.begin() + static_cast<std::ptrdiff_t>((i - begin) * length);
        Mask mask = blank_mask(model, name(), target);
        mask.data.assign(first, first + static_cast<std::ptrdiff_t>(length));
        mask.score = result.scores[i - begin];
        mask.evaluations = 1;
        Completeness completeness{.expected = result.started[i - begin]};
        for (const Scalar value : mask.data) completeness.sum += static_cast<double>(value);
        completeness.delta = completeness.sum - completeness.expected;
        mask.completeness = completeness;
        seal(mask);
        masks.push_back(std::move(mask));
      }
      const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(images.size())};
      co_yield progress;
    }
    co_return masks;
  }

 private:
  RelevanceRules with_box(const Model& model) const {
    RelevanceRules rules = options_.rules;
    const auto middle = options_.value_range.begin() + static_cast<std::ptrdiff_t>(options_.value_range.size() / 2);
    rules.low.assign(options_.value_range.begin(), middle);
    rules.high.assign(middle, options_.value_range.end());
    if (const auto range = model.value_range(); rules.low.empty() && range) {
      rules.low = range->black;
      rules.high = range->white;
    }
    return rules;
  }

  LrpOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_lrp(OptionReader& reader) {
  return std::make_unique<Lrp>(LrpOptions::read(reader));
}

}  // namespace saliency
