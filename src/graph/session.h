// A graph that is ready to run: finds tensors by their ONNX names, keeps plans and their memory, and converts between
// the graph's layout and ONNX's.
//
// "Samples" below are numbers in ONNX's layout with the sample outermost: sample i of a named tensor of shape s holds
// element_count(s) numbers from i · element_count(s).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/plan.h"

namespace saliency::graph {

struct TensorInfo {
  std::string name;
  Shape shape;  // ONNX layout; −1: any number of samples
  DType dtype = DType::Float;
  std::string type;  // of the operator that makes it; empty for an input
};

class Session {
 public:
  explicit Session(Graph graph);

  const Graph& graph() const { return graph_; }
  const std::vector<TensorInfo>& inputs() const { return inputs_; }
  const std::vector<TensorInfo>& outputs() const { return outputs_; }
  const std::vector<TensorInfo>& layers() const { return layers_; }  // computed float tensors, in execution order
  const std::map<std::string, std::string>& metadata() const { return graph_.metadata; }

  // Throws InvalidOption, naming similar tensors, when there is none.
  const NamedTensor& find(const std::string& name) const;
  // The tensor in front of the final Softmax or LogSoftmax of the first output, or that output itself.
  const NamedTensor& logits() const { return logits_; }

  // Shape of one sample, without a batch axis of size 1.
  Shape sample_shape(const NamedTensor& tensor) const;
  // False: these tensors can only be computed one sample at a time.
  bool stacks(const NamedTensor& tensor) const;

  // Runs once with the given inputs. Feeds have ONNX's layout; a feed's batch may be any number.
  std::vector<Tensor> run(const std::map<std::string, Tensor>& feeds, const std::vector<std::string>& outputs);

  // A plan for `request`, bound to memory that is valid until the next call of plan() or run().
  Plan& plan(const Request& request);
  // How often plan() was called: the last plan's numbers are still there while this stays the same.
  std::uint64_t plans_handed_out() const { return plans_handed_out_; }

  // The plans that plan() and run() use from now on add what their nodes cost; null: no longer.
  void record(Profile* profile) { profile_ = profile; }

  // Between a plan's buffers and samples. Values are transformed, too, where batch norm was folded; `Gradient` applies
  // the derivative of that instead.
  enum class Meaning { Value, Gradient };
  std::vector<Scalar> samples(const NamedTensor& tensor, ConstView buffer, std::int64_t batch, Meaning meaning) const;
  void write_samples(const NamedTensor& tensor, std::span<const Scalar> samples, std::int64_t batch, Meaning meaning,
                     View buffer) const;

 private:
  struct Placement;
  Placement placement(const NamedTensor& tensor, std::int64_t batch) const;
  NamedTensor find_logits() const;
  std::int64_t batch_of(const std::map<std::string, Tensor>& feeds) const;
  Tensor assembled(const NamedTensor& output, std::vector<Scalar> data, std::int64_t batch) const;

  Graph graph_;
  std::vector<TensorInfo> inputs_, outputs_, layers_;
  NamedTensor logits_;
  std::vector<std::unique_ptr<Plan>> plans_;  // most recently used first
  std::unique_ptr<std::byte[]> memory_;
  std::size_t memory_bytes_ = 0;
  Profile* profile_ = nullptr;
  std::uint64_t plans_handed_out_ = 0;
};

}  // namespace saliency::graph
