// How relevance goes back through a network: a rule for each layer with weights, and what happens between them. Plain
// data; relevance_rule.h carries it out.
//
// A layer z = W·a + b shares the relevance R of its outputs in the proportion of what its inputs contribute. The rules
// differ in what counts as a contribution: a sum of terms t(a)·w(W), each a changed input times a changed weight.
//   R_in = Σ_groups factor · Σ_terms ±t(a) ⊙ w(W)ᵀ s      s = R / (ẑ + ε·sign ẑ)      ẑ = Σ_terms ±w(W)·t(a) + b̂
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scalar.h"

namespace saliency {

struct LayerRule {
  enum class Input { Itself, Positive, Negative, One, Low, High };
  // FavourPositive: w + γ·max(w, 0); FavourNegative: w + γ·min(w, 0)
  enum class Weight { Itself, Positive, Negative, One, Square, FavourPositive, FavourNegative };
  enum class Outputs { All, Positive, Negative };  // those whose z is ≥ 0, < 0

  struct Term {
    Input input;
    Weight weight;
    Scalar sign = 1;
  };
  struct Group {
    double factor = 1;
    std::vector<Term> terms;
    std::optional<Weight> bias = {};  // how the bias takes part; nothing: it does not
    Outputs outputs = Outputs::All;
  };

  std::vector<Group> groups = {};  // empty: the ε-rule, ẑ = z, which needs the exact gradient only
  double epsilon = 1e-6;
  double gamma = 0.25;
};

// 'epsilon' (Bach et al., 2015), 'gamma' (Montavon et al., 2019), 'alpha2beta1' and 'alpha1beta0' (Bach et al., 2015),
// 'z-plus', 'box' (zᴮ) and 'w-square' (Montavon et al., 2017), 'flat' (Bach et al., 2016). Nothing: no such rule.
std::optional<LayerRule> layer_rule(std::string_view name, double epsilon, double gamma);
// Their names, joined by commas.
std::string layer_rule_names();

struct RelevanceRules {
  enum class BatchNorm {
    Merged,  // part of the layer in front: the network as it is run
    Own,     // a layer of its own, whose ε-rule absorbs some of the relevance in its bias
  };
  enum class MaxPool { Winner, Epsilon };
  enum class Sums {
    Signed,    // contributions to a sum count with their sign
    Positive,  // only positive ones count
  };

  LayerRule convolution = {};
  LayerRule dense = {};                           // fully connected layers
  std::optional<LayerRule> first = {};            // layers that no other one is in front of
  std::optional<LayerRule> last = {};             // the one next to the score
  std::map<std::string, LayerRule> by_type = {};  // "Conv", …; goes before the four above
  std::map<std::string, LayerRule> by_name = {};  // of the node; goes before all others
  double epsilon = 1e-6;                          // of pools, sums and other linear steps
  BatchNorm batch_norm = BatchNorm::Merged;
  MaxPool max_pool = MaxPool::Winner;
  Sums sums = Sums::Signed;
  std::vector<Scalar> low = {}, high = {};  // of the box: one, or one a channel; empty: those of the layer's input
};

}  // namespace saliency
