// What an operator is: shapes out of shapes, numbers out of numbers, and input gradients out of output gradients.
//
// Operators of images (registry: Layout::ChannelsLast) see their first input and first output as n×h×w×c (or n×w×c
// for one spatial axis); the graph puts the transposes from and to ONNX's n×c×h×w around them and then cancels
// those. All others see tensors exactly as ONNX describes them.
//
// A batch of B samples makes one axis of a value B times as long as at load. An operator therefore takes its sizes
// from the views that it is given, never from those of the load.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "ops/attributes.h"
#include "tensor/tensor.h"

namespace saliency::ops {

// What is known of a value at load.
struct ValueType {
  Shape shape = {};
  DType dtype = DType::Float;
  const Tensor* constant = nullptr;  // its numbers, when they do not depend on the model's inputs
  bool present = true;               // false: an optional input that was left out
};

// What a constructor reads. It may throw Error; the graph puts "Conv 'name': " in front of the message.
struct NodeInfo {
  std::string type;         // "Conv"
  std::int64_t opset = 13;  // of the node's domain
  const Attributes& attributes;
  std::span<const ValueType> inputs;
  std::size_t output_count = 1;  // outputs that the node names

  bool has_input(std::size_t i) const { return i < inputs.size() && inputs[i].present; }
  // The constant of input i; throws UnsupportedOperator when it is computed ("'axes' must be constant"), and
  // ModelInvalid when it is absent.
  const Tensor& constant_input(std::size_t i, const char* what) const;
  // The integers of attribute `name` or, when it is absent, of constant input i; nothing when both are absent.
  // (Many ONNX operators moved an attribute to an input at some opset.)
  std::optional<std::vector<std::int64_t>> integers(const char* name, std::size_t i) const;
};

struct Forward {
  std::span<const ConstView> inputs;  // absent optional inputs have data == nullptr
  std::span<const View> outputs;      // an output that nobody reads has data == nullptr
  void* saved = nullptr;      // saved_bytes() bytes for backward(), aligned to 64; null: no backward will follow
  kernels::Clamp clamp = {};  // only for operators with fuses_clamp(): applied to output 0
};

struct Backward {
  std::span<const ConstView> inputs;        // data only of those named by needs()
  std::span<const ConstView> outputs;       // data only of those named by needs()
  std::span<const ConstView> output_grads;  // data == nullptr: zero
  std::span<const View> input_grads;        // to be written (not added to); data == nullptr: not wanted
  const void* saved = nullptr;
  kernels::Gate gate = {};  // only for operators with fuses_clamp(): to be applied to output_grads[0]
};

// Which values backward() reads, as bit sets: bit i is input i, output i.
struct BackwardNeeds {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
};

// A layer's weight as another one: of the weight and the channel of the output that it leads to.
using WeightChange = std::function<Scalar(Scalar weight, std::int64_t channel)>;

// How the backward rules of guided backpropagation and DeconvNet, and the lint, see an operator.
enum class Nonlinearity {
  None,       // linear in its input, a product, a pool, …
  Rectifier,  // piecewise linear and monotone: Relu, Clip, LeakyRelu, PRelu, ThresholdedRelu
  Smooth,     // Sigmoid, Gelu, HardSwish, …
};

// How far a change of some pixels reaches along the two axes of an image: output o reads the inputs
// o·stride − pad … o·stride − pad + span − 1.
struct Reach {
  struct Axis {
    std::int64_t stride = 1, span = 1, pad = 0;
  };
  Axis height, width;
};

// Of the rows and columns of input 0 that some outputs read, how many lie outside of the image.
struct Outside {
  std::int64_t top = 0, left = 0, bottom = 0, right = 0;

  bool operator==(const Outside&) const = default;
};

class Operator {
 public:
  Operator() = default;
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  virtual ~Operator() = default;

  // Shapes and types of the outputs. Throws ShapeMismatch or ModelInvalid.
  virtual std::vector<ValueType> infer(std::span<const ValueType> inputs) const = 0;

  virtual void forward(const Forward& context) const = 0;

  // The default throws NoGradient. Called only when has_gradient(i) of a wanted input.
  virtual void backward(const Backward& context) const;
  virtual bool has_gradient(std::size_t input) const;  // default: false
  virtual BackwardNeeds needs() const { return {}; }
  // Bytes that forward() writes for backward(), for the given sizes of a call.
  virtual std::size_t saved_bytes(std::span<const ConstView> inputs, std::span<const View> outputs) const;

  // Floating-point operations of forward() by the operator's definition, for a profile. Default: one a result.
  virtual double flops(std::span<const ConstView> inputs, std::span<const View> outputs) const;

  // Called once when the graph is final, with the constant inputs (others have no data): pack weights here. Returns
  // the bit set of inputs whose constants forward() and backward() will not read again, so that they can be freed.
  virtual std::uint32_t prepare(std::span<const ConstView> constants);

  // Nothing: an output may depend on every input, at least for images whose height and width are these axes of the
  // output. Else each input that has the image's pixels is read so; the others are small and shared by all pixels.
  virtual std::optional<Reach> reach(int height_axis, int width_axis) const;
  // forward() for a rectangle of output pixels: the inputs hold the pixels that it reads, as far as there are any.
  virtual void forward_part(const Forward& context, const Outside& outside) const;

  // A layer y = W·x + b with a constant W (Conv, ConvTranspose, Gemm, MatMul); the channels are y's last axis.
  virtual bool has_weights() const { return false; }
  // A copy without the bias, of weights change(w, channel), which reads none of its constants. `constants`: as in
  // prepare(). Only for operators with has_weights().
  virtual std::unique_ptr<Operator> with_weights(std::span<const ConstView> constants,
                                                 const WeightChange& change) const;

  virtual Nonlinearity nonlinearity() const { return Nonlinearity::None; }
  // y = min(max(x, low), high) of input 0, and nothing else: the graph may fuse it into the operator in front.
  virtual std::optional<kernels::Clamp> as_clamp() const { return std::nullopt; }
  virtual bool fuses_clamp() const { return false; }
  // The window that slides over input 0, if that is what the operator does; for the lint.
  virtual const kernels::Window* sliding_window() const { return nullptr; }
  // The outputs depend on the inputs' shapes only (Shape, Size): the graph folds the node although its input is
  // computed.
  virtual bool reads_only_shapes() const { return false; }
  // Output 0 has the same numbers in the same order as input 0 (Reshape, Squeeze, …): the graph may share the memory.
  virtual bool is_view() const { return false; }

  // input_axes[i]: the axis of input i along which the samples of a batch are stacked, −1 for a value that all samples
  // share. Returns that axis of the outputs, or nothing if samples would mix or it can't be told (then the graph
  // runs sample by sample, which is always right). At load `inputs` and `outputs` are those of one sample.
  virtual std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                        std::span<const ValueType> outputs) const;

  // Layout pass. With T the transpose by `permutation` (T(x) axis a = x axis permutation[a]), tries to change this
  // operator from f into g with f(T(x)) = T'(g(x)) and returns the permutation of T'; nothing: f is unchanged.
  // An axis attribute a becomes permutation[a].
  virtual std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation);
  // Whether all inputs must be transposed alike for pull_transpose (broadcasting element-wise operators, Concat), or
  // only input 0.
  virtual bool pulls_all_inputs() const { return false; }
};

}  // namespace saliency::ops
