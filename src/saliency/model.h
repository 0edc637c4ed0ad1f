// What a method sees of a network: scores of a batch and their gradients. Tests implement it with toy functions; the
// real one (network_model.h) runs a graph.
//
// Tensors are flat: a batch of n inputs holds n · element_count(input_shape()) numbers, samples outermost.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/scalar.h"
#include "saliency/relevance.h"
#include "saliency/target.h"
#include "tensor/shape.h"

namespace saliency {

// How to go back through a rectifier y = clamp(x).
enum class BackwardRule {
  Exact,      // dx = dy · [low < x < high]
  Guided,     // dx = max(dy, 0) · [low < x < high]   (Springenberg et al., 2014)
  DeconvNet,  // dx = max(dy, 0)                      (Zeiler & Fergus, 2013)
};

struct ScoresAndGradients {
  std::vector<Scalar> scores;     // n
  std::vector<Scalar> gradients;  // n × input: of scores[i] with respect to input i
};

// What a black and a white pixel are in the model's own numbers, one value a channel: known from the preprocessing.
struct ValueRange {
  std::vector<Scalar> black;
  std::vector<Scalar> white;
};

// How the input's axes are to be read; for "height", "channels" and per-pixel sums.
enum class InputLayout { ChannelsFirst, ChannelsLast, Other };

// How DeepLIFT goes back through a max pool: so that the map is complete, or to the winner of the image's window only.
enum class PoolMultipliers { Complete, Winner };
// How DeepLIFT goes back through an element-wise function: by the quotient of differences, or with the positive and the
// negative part of its input's difference each on its own.
enum class DifferenceRule { Rescale, RevealCancel };

struct DeepLiftRules {
  PoolMultipliers pools = PoolMultipliers::Complete;
  DifferenceRule difference = DifferenceRule::Rescale;
};

class Model {
 public:
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  virtual ~Model() = default;

  virtual const Shape& input_shape() const = 0;  // of one sample, without the batch axis: {3, 224, 224}
  virtual InputLayout input_layout() const { return InputLayout::ChannelsFirst; }
  // How many samples are best run at once; methods cut their work into batches of at most this many.
  virtual std::int64_t batch_size() const { return 1; }

  virtual std::optional<ValueRange> value_range() const { return {}; }

  // scores[i] = target's weighted sum for sample i.
  virtual std::vector<Scalar> scores(std::span<const Scalar> batch, const Target& target) = 0;
  // Scores of inputs that are `image` but for one box each. The default runs each in full; a network computes only what
  // the change reaches.
  struct Patch {
    Shape begin;                 // of the box, by axis of input_shape()
    Shape size;                  // of the box
    std::vector<Scalar> values;  // what the box holds instead, row-major
    bool operator==(const Patch&) const = default;
  };
  virtual std::vector<Scalar> patched_scores(std::span<const Scalar> image, std::span<const Patch> patches,
                                             const Target& target);
  // How many patches with boxes of that size are best given at once.
  virtual std::int64_t patch_count(const Shape& /*size*/) { return batch_size(); }
  virtual ScoresAndGradients gradients(std::span<const Scalar> batch, const Target& target, BackwardRule rule) = 0;

  // Activations of a tensor inside the network and the score's gradient with respect to it (class activation maps).
  struct Layer {
    Shape shape;                      // of one sample: {channels, h, w}
    std::vector<Scalar> scores;       // n
    std::vector<Scalar> activations;  // n × shape
    std::vector<Scalar> gradients;    // n × shape
  };
  virtual Layer layer(std::span<const Scalar> batch, const Target& target, const std::string& name) = 0;

  // The scores of `image` if the layer's activations were others: sample i goes on from activations i of n × the
  // layer's shape. The default throws UnsupportedOperator.
  virtual std::vector<Scalar> scores_from(std::span<const Scalar> image, const std::string& layer,
                                          std::span<const Scalar> activations, const Target& target);
  // How many of them are best run at once.
  virtual std::int64_t layer_batch_size(const std::string& /*layer*/) const { return batch_size(); }

  // DeepLIFT's multipliers: what a difference between an input and its reference is multiplied with to become its part
  // of the difference of their scores. As many references as inputs. The default throws UnsupportedOperator.
  struct Multipliers {
    std::vector<Scalar> scores;            // n
    std::vector<Scalar> reference_scores;  // n
    std::vector<Scalar> multipliers;       // n × input
  };
  virtual Multipliers multipliers(std::span<const Scalar> batch, std::span<const Scalar> references,
                                  const Target& target, const DeepLiftRules& rules);

  // What relevance propagation brings from the score to a tensor. The default throws UnsupportedOperator.
  struct RelevanceRequest {
    const RelevanceRules& rules;
    enum class Start {
      Contribution,  // each output's share of the score: output · ∂score/∂output
      Weight,        // ∂score/∂output: 1 at the class
    } start = Start::Contribution;
    std::optional<std::string> layer = {};  // nothing: the input; "": the last layer with several positions
  };
  struct Relevance {
    Shape shape;                     // of one sample
    std::vector<Scalar> scores;      // n
    std::vector<double> started;     // n: the sum that was sent back
    std::vector<Scalar> relevances;  // n × shape
  };
  virtual Relevance relevance(std::span<const Scalar> batch, const Target& target, const RelevanceRequest& request);

  // The score taken apart: Σ input · gradient + Σ over layers of bias · gradient of the bias. The default throws
  // UnsupportedOperator.
  struct FullGradients {
    std::vector<Scalar> scores;     // n
    std::vector<Scalar> gradients;  // n × input
    struct Layer {
      std::string name;                   // of the node
      Shape shape;                        // of one sample: {channels, h, w}
      std::vector<Scalar> contributions;  // n × shape: bias · gradient
    };
    std::vector<Layer> layers;
  };
  virtual FullGradients full_gradients(std::span<const Scalar> batch, const Target& target);

  // What a method is going to ask for: where the model keeps its forward pass, one then serves all of it.
  virtual void expect_input_gradient() {}
  virtual void expect_layer(const std::string& /*name*/) {}

  // Remarks on gradients with respect to the input, whatever the target (lint.h).
  virtual std::vector<std::string> gradient_warnings() const { return {}; }
  // Remarks about this network that a map's reader should know (smooth activations under a rectifier rule, …).
  virtual std::vector<std::string> warnings(const Target& /*target*/, BackwardRule /*rule*/) const { return {}; }
};

}  // namespace saliency
