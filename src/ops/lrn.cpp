// LRN: each value divided by its neighbourhood among the channels. https://onnx.ai/onnx/operators/onnx__LRN.html
//   x, y: n×…×c   window of channel c: c − ⌊(size−1)/2⌋ … c + ⌈(size−1)/2⌉, cut at the ends
//   s  = bias + alpha/size · Σ_window x²
//   y  = x · s^−beta
//   dx = dy · s^−beta − 2·alpha·beta/size · x · Σ dy·x·s^(−beta−1)      over the channels in whose windows x lies
// Saves nothing: s is cheap to have again.
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

constexpr std::int64_t kGrain = 64;  // pixels

// One pixel's channels with zeros on both sides.
class PaddedRow {
 public:
  PaddedRow(std::int64_t channels, std::int64_t reach)
      : count_(channels), reach_(reach), values_(static_cast<std::size_t>(channels + 2 * reach)) {}

  Scalar* channels() { return values_.data() + reach_; }
  std::int64_t count() const { return count_; }
  // sums[c] = Σ of the channels c − before … c + after
  void window_sums(std::int64_t before, std::int64_t after, Scalar* sums) const {
    std::fill_n(sums, count_, Scalar(0));
    for (std::int64_t k = -before; k <= after; ++k) {
      const Scalar* from = values_.data() + reach_ + k;
      for (std::int64_t c = 0; c < count_; ++c) sums[c] += from[c];
    }
  }

 private:
  std::int64_t count_, reach_;
  std::vector<Scalar> values_;
};

class Lrn final : public Operator {
 public:
  explicit Lrn(const NodeInfo& info)
      : beta_(static_cast<Scalar>(info.attributes.real("beta", 0.75))),
        bias_(static_cast<Scalar>(info.attributes.real("bias", 1))) {
    const Shape& x = info.inputs[0].shape;
    const std::int64_t size = info.attributes.integer("size");
    if (size < 1) throw Error(ErrorCode::ModelInvalid, "'size' is " + std::to_string(size) + ", expected at least 1");
    if (x.size() < 2) throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(x) + ", expected channels");
    alpha_ = static_cast<Scalar>(info.attributes.real("alpha", 1e-4) / static_cast<double>(size));
    before_ = std::min((size - 1) / 2, x.back());  // beyond all channels there is nothing to add
    after_ = std::min(size / 2, x.back());
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape}};
  }

  void forward(const Forward& context) const override {
    const ConstView& x = context.inputs[0];
    const std::int64_t channels = x.shape.back();
    kernels::parallel_for(x.size() / channels, kGrain, [&](std::int64_t begin, std::int64_t end) {
      PaddedRow squares(channels, reach());
      std::vector<Scalar> s(static_cast<std::size_t>(channels));
      for (std::int64_t pixel = begin; pixel < end; ++pixel) {
        const Scalar* in = x.data + pixel * channels;
        Scalar* y = context.outputs[0].data + pixel * channels;
        bases(in, squares, s.data());
        for (std::int64_t c = 0; c < channels; ++c) y[c] = in[c] * power(s[static_cast<std::size_t>(c)]);
      }
    });
  }

  void backward(const Backward& context) const override {
    const ConstView &x = context.inputs[0], &dy = context.output_grads[0];
    const std::int64_t channels = x.shape.back();
    kernels::parallel_for(x.size() / channels, kGrain, [&](std::int64_t begin, std::int64_t end) {
      PaddedRow squares(channels, reach()), shares(channels, reach());
      std::vector<Scalar> s(static_cast<std::size_t>(channels)), sums = s;
      for (std::int64_t pixel = begin; pixel < end; ++pixel) {
        const Scalar *in = x.data + pixel * channels, *grad = dy.data + pixel * channels;
        Scalar *dx = context.input_grads[0].data + pixel * channels, *share = shares.channels();
        bases(in, squares, s.data());
        for (std::int64_t c = 0; c < channels; ++c) {
          const Scalar base = s[static_cast<std::size_t>(c)], factor = power(base);
          dx[c] = grad[c] * factor;
          share[c] = grad[c] * in[c] * factor / base;
        }
        shares.window_sums(after_, before_, sums.data());  // x lies in the windows of c − after … c + before
        for (std::int64_t c = 0; c < channels; ++c) {
          dx[c] -= 2 * alpha_ * beta_ * in[c] * sums[static_cast<std::size_t>(c)];
        }
      }
    });
  }

  std::optional<Reach> reach(int height_axis, int width_axis) const override {
    return pixelwise(height_axis, width_axis);
  }
  bool has_gradient(std::size_t input) const override { return input == 0; }
  BackwardNeeds needs() const override { return {.inputs = 1}; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    return leading_batch_axis(input_axes);
  }

 private:
  std::int64_t reach() const { return std::max(before_, after_); }

  void bases(const Scalar* x, PaddedRow& squares, Scalar* s) const {
    const auto channels = squares.channels();
    const std::int64_t count = squares.count();
    for (std::int64_t c = 0; c < count; ++c) channels[c] = x[c] * x[c];
    squares.window_sums(before_, after_, s);
    for (std::int64_t c = 0; c < count; ++c) s[c] = bias_ + alpha_ * s[c];
  }

  // s^−beta
  Scalar power(Scalar s) const {
    if (beta_ != Scalar(0.75)) return std::pow(s, -beta_);
    const Scalar root = std::sqrt(s);
    return 1 / (root * std::sqrt(root));
  }

  std::int64_t before_ = 0, after_ = 0;
  Scalar alpha_ = 0;  // alpha / size
  Scalar beta_, bias_;
};

}  // namespace

std::unique_ptr<Operator> make_lrn(const NodeInfo& info) {
  return std::make_unique<Lrn>(info);
}

}  // namespace saliency::ops
