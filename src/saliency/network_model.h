// The Model of a real network: runs a graph, explains one of its tensors (y, by default the logits) with respect to
// another (x, by default the first input).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/session.h"
#include "saliency/model.h"

namespace saliency {

// Whether the activations of the last forward pass stay, for further targets, rules and layers of the same batch: then
// all of these cost one backward pass each. Takes the memory of all activations at once.
enum class Activations { Released, Kept };

struct NetworkModelOptions {
  std::string y = {};  // name of a tensor; empty: the logits
  std::string x = {};  // name of a tensor; empty: the first input
  // Further inputs, in ONNX's layout; those with one sample serve every sample of a batch.
  std::map<std::string, Tensor> feeds = {};
  std::optional<ValueRange> value_range = {};  // black and white in the model's numbers
  Activations activations = Activations::Released;
};

// What was really run, in samples.
struct Passes {
  std::int64_t forward = 0;
  std::int64_t backward = 0;
};

class NetworkModel final : public Model {
 public:
  // The session must outlive the model. Throws InvalidOption for unknown names.
  explicit NetworkModel(graph::Session& session, NetworkModelOptions options = {});

  const Shape& input_shape() const override { return input_shape_; }
  InputLayout input_layout() const override;
  std::int64_t batch_size() const override;
  const Shape& output_shape() const { return output_shape_; }

  std::vector<Scalar> scores(std::span<const Scalar> batch, const Target& target) override;
  ScoresAndGradients gradients(std::span<const Scalar> batch, const Target& target, BackwardRule rule) override;
  std::vector<Scalar> patched_scores(std::span<const Scalar> image, std::span<const Patch> patches,
                                     const Target& target) override;
  std::int64_t patch_count(const Shape& size) override;
  Layer layer(std::span<const Scalar> batch, const Target& target, const std::string& name) override;
  std::vector<Scalar> scores_from(std::span<const Scalar> image, const std::string& layer,
                                  std::span<const Scalar> activations, const Target& target) override;
  std::int64_t layer_batch_size(const std::string& layer) const override;
  Multipliers multipliers(std::span<const Scalar> batch, std::span<const Scalar> references, const Target& target,
                          const DeepLiftRules& rules) override;
  Relevance relevance(std::span<const Scalar> batch, const Target& target, const RelevanceRequest& request) override;
  FullGradients full_gradients(std::span<const Scalar> batch, const Target& target) override;
  std::optional<ValueRange> value_range() const override { return value_range_; }
  void expect_input_gradient() override;
  void expect_layer(const std::string& name) override;
  std::vector<std::string> gradient_warnings() const override;
  std::vector<std::string> warnings(const Target& target, BackwardRule rule) const override;
  const Passes& passes() const { return passes_; }

  // y itself, n × output_shape(): logits of a batch.
  std::vector<Scalar> outputs(std::span<const Scalar> batch);
  // dx for any dy of one batch, n × output_shape().
  std::vector<Scalar> vector_jacobian(std::span<const Scalar> batch, std::span<const Scalar> output_grads,
                                      BackwardRule rule);

 private:
  struct Patching;
  // For a plan that takes so many bytes for one sample.
  static std::int64_t best_batch(std::size_t bytes, std::int64_t largest);
  static constexpr const char* kInput = "input";
  // A tensor that gradients are asked for: the input, or a layer.
  struct Expected {
    std::string key;
    graph::NamedTensor tensor;
  };
  // Gradients of one target with respect to all that is expected.
  struct Gradients {
    Target target;
    BackwardRule rule = BackwardRule::Exact;
    std::vector<std::vector<Scalar>> values;
  };
  // A forward pass whose activations are still there.
  struct Kept {
    graph::Request request;
    std::vector<Scalar> batch;
    std::vector<Scalar> y;
    graph::Plan* plan = nullptr;
    std::uint64_t handed_out = 0;  // of the session: another number means that the activations are gone
    std::vector<Gradients> gradients;
  };
  struct Known {
    std::vector<Scalar> batch;
    std::vector<Scalar> y;
  };
  struct Point {
    std::vector<Scalar> scores;
    std::vector<Scalar> gradients;
    std::vector<Scalar> activations;
  };
  enum class Want { Gradients, Activations };

  Point evaluated(std::span<const Scalar> samples, std::int64_t count, const Target& target, BackwardRule rule,
                  const Expected& x, Want want);
  Point evaluated_from_kept(std::span<const Scalar> samples, std::int64_t count, const Target& target,
                            BackwardRule rule, const Expected& x, Want want);
  Kept& kept(std::span<const Scalar> samples, std::int64_t count);
  const std::vector<Scalar>* known_outputs(std::span<const Scalar> batch) const;
  std::size_t expect(const Expected& tensor);
  Expected layer_named(const std::string& name) const;
  graph::Request request(std::int64_t batch) const;
  // The named tensor or, for the empty name, what class activation maps look at.
  const graph::NamedTensor& find_layer(const std::string& name) const;
  graph::Request request_from(const graph::NamedTensor& layer, std::int64_t batch) const;
  std::int64_t sample_count(std::span<const Scalar> batch) const;
  void feed(graph::Plan& plan, std::span<const Scalar> batch, std::int64_t first, std::int64_t count) const;
  void feed_others(graph::Plan& plan, std::int64_t count) const;  // all inputs but x
  Patching* patching(const Shape& size);
  std::vector<Scalar> patched_outputs(std::span<const Scalar> image, std::span<const Patch> patches,
                                      Patching& patching);
  // Calls run(first, count) on stacks of samples, or on one after the other where they can't be stacked.
  template <class Run>
  void in_batches(std::int64_t count, Run run) const {
    const std::int64_t step = stackable_ ? count : 1;
    for (std::int64_t first = 0; first < count; first += step) run(first, std::min(step, count - first));
  }
  void check(const Target& target) const;

  graph::Session& session_;
  graph::NamedTensor x_, y_;
  std::map<std::string, Tensor> feeds_;
  Shape input_shape_, output_shape_;
  std::optional<ValueRange> value_range_;
  Activations activations_;
  bool stackable_ = true;
  mutable std::optional<std::int64_t> batch_size_;
  std::shared_ptr<Patching> patching_;  // of the boxes that were asked for last
  Passes passes_;
  std::vector<Expected> expected_;  // with Activations::Kept
  std::optional<Kept> kept_;
  std::deque<Known> known_;  // the last outputs, with Activations::Kept
  std::vector<Patch> known_patches_;
  Known known_patched_;  // of these patches: the image, and all outputs
  mutable std::optional<std::vector<std::string>> gradient_warnings_;
};

// The model seen from x and where it is there. x may lie inside the network: the point is then what x is for `image`, a
// sample of the first input, and maps have the shape of x.
struct ModelAtPoint {
  std::unique_ptr<NetworkModel> model;
  std::vector<Scalar> point;
};
ModelAtPoint model_at(graph::Session& session, NetworkModelOptions options, std::vector<Scalar> image);

}  // namespace saliency
