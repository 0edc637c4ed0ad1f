// Everything about one way of running a graph that can be decided before the numbers come: which nodes run, which
// rectifiers are fused, what the backward pass must keep, and where each buffer lies. Running a plan allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/graph.h"
#include "graph/memory.h"
#include "graph/profile.h"
#include "graph/rule.h"

namespace saliency::graph {

struct Request {
  std::int64_t batch = 1;
  std::vector<ValueId> fed;      // given by the caller; nothing in front of them runs
  std::vector<ValueId> outputs;  // readable after forward() and until the next one
  ValueId y = kNoValue;          // backward() starts here …
  std::vector<ValueId> x;        // … and makes the gradients with respect to these
  const BackwardRule* rule = &exact_rule();
  bool repeat_backward = false;  // backward() may be called several times after one forward()

  bool operator==(const Request&) const = default;
};

class Plan {
 public:
  // Throws NoGradient when the way from x to y crosses a node without one, ModelInvalid when a value that is needed is
  // neither fed nor computed.
  Plan(const Graph& graph, Request request);

  const Request& request() const { return request_; }
  std::size_t bytes() const { return bytes_; }                      // of the block that bind() needs
  std::size_t unplanned_bytes() const { return unplanned_bytes_; }  // what it would be without reuse

  // The nodes that compute something, in order; without views and fused rectifiers.
  std::vector<int> computed_nodes() const;

  // The block of bytes() bytes, aligned to 64, that all further calls use.
  void bind(std::byte* block);
  std::byte* block() const { return block_; }

  View value(ValueId id) const;    // of a fed value (to be written) or an output
  View seed() const;               // dL/dy, to be written before backward()
  View gradient(ValueId x) const;  // dL/dx, after backward()

  // From now on each pass adds what its nodes cost; null: no longer.
  void record(Profile* profile) { profile_ = profile; }

  void forward() const;
  void backward() const { backward(*request_.rule); }
  // By another rule than the request's, of which neither may replace nodes: they differ in gates only.
  void backward(const BackwardRule& rule) const;

 private:
  struct Step {
    int node = 0;
    kernels::Clamp clamp = {};
    int clamp_node = -1;           // the fused rectifier
    std::vector<ValueId> inputs;   // by slot of the operator
    std::vector<ValueId> outputs;  // after the fused rectifier
    bool is_view = false;          // output 0 lies where input 0 does
    int saved = -1;                // buffer
    int bits = -1;                 // buffer, of the fused rectifier
    std::vector<ConstView> input_views;
    std::vector<View> output_views;
  };
  struct Accumulation {
    int temporary = -1;  // buffer
    ValueId value = kNoValue;
    std::size_t slot = 0;
  };
  struct BackStep {
    std::size_t step = 0;
    bool is_view = false;  // the gradient passes by sharing its buffer
    bool replaced = false;
    std::vector<int> grad_buffers;  // by input slot; −1: not wanted
    std::vector<Accumulation> accumulations;
    std::vector<ConstView> inputs, outputs, output_grads;
    std::vector<View> input_grads;
  };

  void choose_nodes();
  int producer_of(ValueId id) const;
  void choose_steps();
  bool fuses(std::size_t position, Step& step) const;
  void mark_path();
  void check_path() const;
  void plan_forward_buffers();
  void plan_saved(Step& step, int time);
  void plan_backward();
  std::vector<std::size_t> backward_order() const;
  void plan_input_gradients(BackStep& back, int time, std::vector<bool>& written);
  void keep_for_backward(const BackStep& back, int until);
  bool on_path(ValueId id) const;
  std::size_t value_bytes(ValueId id) const;
  int add_buffer(std::size_t bytes, int time);
  void touch(int buffer, int time);
  int root(ValueId id) const { return storage_[static_cast<std::size_t>(id)]; }
  View view(ValueId id, int buffer) const;
  void run_step(const Step& step) const;
  void run_back_step(const BackStep& back, const BackwardRule& rule) const;
  NodeCost cost(const Step& step) const;
  NodeCost cost(const BackStep& back) const;
  const Value& value_of(ValueId id) const { return graph_->values[static_cast<std::size_t>(id)]; }

  const Graph* graph_;
  Request request_;
  std::vector<Shape> shapes_;  // of this batch, by value
  std::vector<bool> needed_;   // by node
  std::vector<int> uses_;      // readers of each value among the needed nodes
  std::vector<bool> on_path_;  // by value: depends on x and leads to y
  std::vector<Step> steps_;
  std::vector<BackStep> back_steps_;
  std::vector<Buffer> buffers_;
  std::vector<int> storage_;       // by value: buffer of its numbers, −1
  std::vector<int> grad_storage_;  // by value: buffer of its gradient, −1
  std::size_t bytes_ = 0;
  std::size_t unplanned_bytes_ = 0;
  std::byte* block_ = nullptr;
  Profile* profile_ = nullptr;
};

}  // namespace saliency::graph
