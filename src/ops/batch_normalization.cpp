// BatchNormalization with fixed statistics. https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
//   x, y: n×…×c   scale, B, mean, var: c
//   forward   y  = x · a + b      with a = scale/√(var + ε), b = B − mean · a
//   backward  dx = dy · a
// Saves nothing. The graph folds most of these into a convolution; what is left over ends in a rectifier often, hence
// the fused clamp.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/registry.h"
#include "ops/window.h"

namespace saliency::ops {
namespace {

constexpr const char* kParameters[] = {"x", "scale", "B", "mean", "var"};
constexpr std::int64_t kGrain = 256;  // pixels

class BatchNormalization final : public Operator {
 public:
  explicit BatchNormalization(const NodeInfo& info) : epsilon_(info.attributes.real("epsilon", 1e-5)) {
    if (info.attributes.integer("training_mode", 0) != 0 || (info.opset < 14 && info.output_count > 1)) {
      throw Error(ErrorCode::UnsupportedOperator, "it computes the statistics of its batch (training mode)",
                  {.expected = "a model for inference", .remedy = "export the model in evaluation mode"});
    }
    const Shape& x = info.inputs[0].shape;
    if (x.size() < 2) throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(x) + ", expected channels");
    for (std::size_t i = 1; i < 5; ++i) {
      if (!info.has_input(i)) {
        throw Error(ErrorCode::ModelInvalid, std::string("input '") + kParameters[i] + "' is missing");
      }
      const std::int64_t size = element_count(info.inputs[i].shape);
      if (size != x.back()) {
        throw Error(ErrorCode::ShapeMismatch,
                    "input has " + std::to_string(x.back()) + " channels, '" + kParameters[i] + "' has " +
                        std::to_string(size) + " values",
                    {.expected = std::to_string(x.back()), .actual = std::to_string(size)});
      }
      constant_ = constant_ && info.inputs[i].constant != nullptr;
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape}};
  }

  void forward(const Forward& context) const override {
    const Line line = line_.a.empty() ? line_of(context.inputs) : Line{};
    const auto& [a, b] = line_.a.empty() ? line : line_;
    const ConstView& x = context.inputs[0];
    Scalar* y = context.outputs[0].data;
    const auto channels = static_cast<std::int64_t>(a.size());
    const kernels::Clamp clamp = context.clamp;
    kernels::parallel_for(x.size() / channels, kGrain, [&, pa = a.data(), pb = b.data()](auto begin, auto end) {
      for (std::int64_t pixel = begin; pixel < end; ++pixel) {
        const Scalar* in = x.data + pixel * channels;
        Scalar* out = y + pixel * channels;
        for (std::int64_t c = 0; c < channels; ++c) {
          const Scalar value = in[c] * pa[c] + pb[c];
          const Scalar raised = value < clamp.low ? clamp.low : value;
          out[c] = raised > clamp.high ? clamp.high : raised;
        }
      }
    });
  }

  void backward(const Backward& context) const override {
    const Line line = line_.a.empty() ? line_of(context.inputs) : Line{};
    const std::vector<Scalar>& a = line_.a.empty() ? line.a : line_.a;
    const ConstView& dy = context.output_grads[0];
    Scalar* dx = context.input_grads[0].data;
    const Scalar* gated = dy.data;
    if (!context.gate.is_identity()) {
      kernels::gate(dy.size(), dy.data, context.gate, dx);
      gated = dx;
    }
    const auto channels = static_cast<std::int64_t>(a.size());
    kernels::parallel_for(dy.size() / channels, kGrain, [&, pa = a.data()](std::int64_t begin, std::int64_t end) {
      for (std::int64_t pixel = begin; pixel < end; ++pixel) {
        const Scalar* in = gated + pixel * channels;
        Scalar* out = dx + pixel * channels;
        for (std::int64_t c = 0; c < channels; ++c) out[c] = in[c] * pa[c];
      }
    });
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = constant_ ? 0u : 0b11110u}; }

  std::uint32_t prepare(std::span<const ConstView> constants) override {
    if (!constant_) return 0;
    line_ = line_of(constants);
    return 0b11110u;
  }

  bool fuses_clamp() const override { return true; }
  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    return pixelwise(height_axis, width_axis);
  }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  struct Line {
    std::vector<Scalar> a, b;
  };

  Line line_of(std::span<const ConstView> inputs) const {
    const auto channels = static_cast<std::size_t>(inputs[1].size());
    Line line{std::vector<Scalar>(channels), std::vector<Scalar>(channels)};
    for (std::size_t c = 0; c < channels; ++c) {
      const double a = inputs[1].data[c] / std::sqrt(static_cast<double>(inputs[4].data[c]) + epsilon_);
      line.a[c] = static_cast<Scalar>(a);
      line.b[c] = static_cast<Scalar>(inputs[2].data[c] - inputs[3].data[c] * a);
    }
    return line;
  }

  double epsilon_;
  bool constant_ = true;
  Line line_;  // empty when a parameter is computed, or before prepare()
};

}  // namespace

std::unique_ptr<Operator> make_batch_normalization(const NodeInfo& info) {
  return std::make_unique<BatchNormalization>(info);
}

}  // namespace saliency::ops
