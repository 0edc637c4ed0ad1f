// Einsum: a sum of products over labelled axes. https://onnx.ai/onnx/operators/onnx__Einsum.html
//   "bij,bjk->bik"   y[b,i,k] = Σⱼ x₀[b,i,j] · x₁[b,j,k]
//   backward  dxᵢ is the einsum of dy and the other inputs, with the labels of xᵢ as its result
#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "base/error.h"
#include "ops/label_product.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

[[noreturn]] void wrong(const std::string& equation, const std::string& what) {
  throw Error(ErrorCode::ModelInvalid, "equation '" + equation + "': " + what);
}

// The axes of "..." are labels, too: numbered from the last one, below zero.
Labels parse_term(const std::string& equation, const std::string& term, std::size_t ellipsis_rank) {
  Labels labels;
  for (std::size_t i = 0; i < term.size(); ++i) {
    if (term.compare(i, 3, "...") == 0) {
      for (std::size_t axis = ellipsis_rank; axis > 0; --axis) labels.push_back(-static_cast<int>(axis));
      i += 2;
    } else if (std::isalpha(static_cast<unsigned char>(term[i])) != 0) {
      labels.push_back(term[i]);
    } else {
      wrong(equation, std::string("'") + term[i] + "' is no label");
    }
  }
  return labels;
}

bool has_ellipsis(const std::string& term) {
  return term.find("...") != std::string::npos;
}

std::vector<std::string> split_terms(const std::string& text) {
  std::vector<std::string> terms(1);
  for (const char c : text) {
    if (c == ',') {
      terms.emplace_back();
    } else {
      terms.back() += c;
    }
  }
  return terms;
}

struct Equation {
  std::vector<Labels> inputs;
  Labels output;
};

Equation parse(const NodeInfo& info) {
  std::string text = info.attributes.text("equation", "");
  const std::string whole = text;
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const std::size_t arrow = text.find("->");
  const std::vector<std::string> terms = split_terms(text.substr(0, arrow));
  if (terms.size() != info.inputs.size()) {
    wrong(whole,
          "has " + std::to_string(terms.size()) + " terms for " + std::to_string(info.inputs.size()) + " inputs");
  }

  Equation result;
  std::size_t most = 0;  // axes of an ellipsis
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::size_t letters = terms[i].size() - (has_ellipsis(terms[i]) ? 3 : 0);
    const std::size_t rank = info.inputs[i].shape.size();
    if (has_ellipsis(terms[i]) ? rank < letters : rank != letters) {
      wrong(whole, "'" + terms[i] + "' does not fit shape " + to_string(info.inputs[i].shape));
    }
    most = std::max(most, rank - letters);
    result.inputs.push_back(parse_term(whole, terms[i], rank - letters));
  }
  if (arrow != std::string::npos) {
    result.output = parse_term(whole, text.substr(arrow + 2), most);
  } else {  // what occurs once, in alphabetical order, behind the ellipsis
    Labels all;
    for (const Labels& labels : result.inputs) all.insert(all.end(), labels.begin(), labels.end());
    std::sort(all.begin(), all.end());
    for (const int label : all) {
      const bool once = std::count(all.begin(), all.end(), label) == 1;
      if (label < 0 ? result.output.empty() || result.output.back() != label : once) result.output.push_back(label);
    }
  }
  for (const int label : result.output) {
    const bool known = std::any_of(result.inputs.begin(), result.inputs.end(), [&](const Labels& labels) {
      return std::find(labels.begin(), labels.end(), label) != labels.end();
    });
    if (!known) wrong(whole, "the result has a label that no input has");
    if (std::count(result.output.begin(), result.output.end(), label) > 1) wrong(whole, "the result repeats a label");
  }
  return result;
}

class Einsum final : public Operator {
 public:
  explicit Einsum(const NodeInfo& info) : equation_(parse(info)) {
    const std::uint32_t all = (1u << info.inputs.size()) - 1;
    for (std::size_t i = 0; i < info.inputs.size(); ++i) {
      if (info.inputs[i].constant == nullptr) needs_.inputs |= all & ~(1u << i);
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    LabelSizes sizes;
    for (std::size_t i = 0; i < inputs.size(); ++i) add_sizes(equation_.inputs[i], inputs[i].shape, sizes);
    Shape shape;
    for (const int label : equation_.output) shape.push_back(sizes.at(label));
    return {{.shape = shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    std::vector<LabelledTensor> factors;
    for (std::size_t i = 0; i < context.inputs.size(); ++i) factors.push_back({equation_.inputs[i], context.inputs[i]});
    label_product(factors, equation_.output, context.outputs[0]);
  }

  void backward(const Backward& context) const override {
    for (std::size_t wanted = 0; wanted < context.input_grads.size(); ++wanted) {
      if (!context.input_grads[wanted]) continue;
      std::vector<LabelledTensor> factors = {{equation_.output, context.output_grads[0]}};
      for (std::size_t i = 0; i < context.inputs.size(); ++i) {
        if (i != wanted) factors.push_back({equation_.inputs[i], context.inputs[i]});
      }
      label_product(factors, equation_.inputs[wanted], context.input_grads[wanted]);
    }
  }

  bool has_gradient(std::size_t /*input*/) const override { return true; }
  BackwardNeeds needs() const override { return needs_; }

  // The samples lie along one label, which the result has and which no shared input has.
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    std::optional<int> batch;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (input_axes[i] < 0) continue;
      const int label = equation_.inputs[i][static_cast<std::size_t>(input_axes[i])];
      if (batch.has_value() && *batch != label) return std::nullopt;
      batch = label;
    }
    if (!batch.has_value()) return -1;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const auto found = std::count(equation_.inputs[i].begin(), equation_.inputs[i].end(), *batch);
      if (found != (input_axes[i] < 0 ? 0 : 1)) return std::nullopt;
    }
    const auto it = std::find(equation_.output.begin(), equation_.output.end(), *batch);
    if (it == equation_.output.end()) return std::nullopt;
    return static_cast<int>(it - equation_.output.begin());
  }

 private:
  Equation equation_;
  BackwardNeeds needs_;  // the other factors of each one that is computed
};

}  // namespace

std::unique_ptr<Operator> make_einsum(const NodeInfo& info) {
  if (info.inputs.size() > 31) throw Error(ErrorCode::UnsupportedOperator, "has more than 31 inputs");
  return std::make_unique<Einsum>(info);
}

}  // namespace saliency::ops
