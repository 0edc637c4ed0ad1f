// Gemm: y = α · op(a) · op(b) + β · c. https://onnx.ai/onnx/operators/onnx__Gemm.html
//   op(a): m×k   op(b): k×n   c: broadcasts to m×n   y: m×n
//   backward  d op(a) = α · dy · op(b)ᵀ   d op(b) = α · op(a)ᵀ · dy   dc = β · Σ dy over what c was broadcast to
// A constant b is packed once, with α in it, and so is a constant c that is the same in every row: together they are
// a fully connected layer.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kernels/owned_weights.h"
#include "ops/adopts_constants.h"
#include "ops/broadcast.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

std::vector<Scalar> transposed_matrix(const Scalar* x, std::int64_t rows, std::int64_t columns) {
  std::vector<Scalar> result(static_cast<std::size_t>(rows * columns));
  const std::int64_t shape[] = {rows, columns};
  const int swap[] = {1, 0};
  kernels::transpose(2, shape, swap, x, result.data());
  return result;
}

class Gemm final : public Operator, public AdoptsConstants {
 public:
  explicit Gemm(const NodeInfo& info)
      : alpha_(static_cast<Scalar>(info.attributes.real("alpha", 1))),
        beta_(static_cast<Scalar>(info.attributes.real("beta", 1))),
        transpose_a_(info.attributes.integer("transA", 0) != 0),
        transpose_b_(info.attributes.integer("transB", 0) != 0),
        packs_(info.inputs[1].constant != nullptr),
        has_c_(info.has_input(2) && beta_ != 0) {
    if (info.inputs[0].shape.size() != 2 || info.inputs[1].shape.size() != 2) {
      throw Error(ErrorCode::ShapeMismatch, "expected two matrices, got shapes " + to_string(info.inputs[0].shape) +
                                                " and " + to_string(info.inputs[1].shape));
    }
    if (!has_c_) return;
    const Shape& c = info.inputs[2].shape;
    packs_c_ = packs_ && info.inputs[2].constant != nullptr && (c.size() < 2 || c[0] == 1);
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& a = inputs[0].shape;
    const Shape& b = inputs[1].shape;
    const std::int64_t m = a[transpose_a_ ? 1 : 0], k = a[transpose_a_ ? 0 : 1];
    const std::int64_t inner = b[transpose_b_ ? 1 : 0], n = b[transpose_b_ ? 0 : 1];
    if (k != inner) {
      throw Error(ErrorCode::ShapeMismatch, "the first matrix has " + std::to_string(k) +
                                                " numbers to a sum, the second one " + std::to_string(inner));
    }
    const Shape y = {m, n};
    if (has_c_ && broadcast(inputs[2].shape, y) != y) {
      throw Error(ErrorCode::ShapeMismatch,
                  "c of shape " + to_string(inputs[2].shape) + " does not broadcast to " + to_string(y));
    }
    return {{.shape = y, .dtype = inputs[0].dtype}};
  }

  void adopt(std::size_t input, std::vector<Scalar>& numbers) override {
    if (input == 1 && packs_ && transpose_b_) adopted_ = std::move(numbers);
  }

  std::uint32_t prepare(std::span<const ConstView> constants) override {
    if (!packs_) return 0;
    const ConstView& b = constants[1];
    const std::int64_t k = b.shape[transpose_b_ ? 1 : 0], n = b.shape[transpose_b_ ? 0 : 1];
    std::vector<Scalar> weight = std::move(adopted_);  // n×k
    if (!transpose_b_) {
      weight = transposed_matrix(b.data, k, n);
    } else if (weight.empty()) {
      weight.assign(b.data, b.data + n * k);
    }
    if (alpha_ != 1) scale(weight.data(), n * k, alpha_);
    std::vector<Scalar> bias;
    if (packs_c_) {
      const ConstView& c = constants[2];
      bias.resize(static_cast<std::size_t>(n));
      for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = beta_ * c.data[c.size() == 1 ? 0 : i];
    }
    packed_ = kernels::make_convolution({.in_channels = k, .out_channels = n}, std::move(weight),
                                        packs_c_ ? bias.data() : nullptr);
    return packs_c_ ? 6u : 2u;
  }

  void forward(const Forward& context) const override {
    const ConstView& a = context.inputs[0];
    const View& y = context.outputs[0];
    const std::int64_t m = y.shape[0], n = y.shape[1], k = a.shape[transpose_a_ ? 0 : 1];
    if (packs_) {
      std::vector<Scalar> turned;
      if (transpose_a_) turned = transposed_matrix(a.data, k, m);
      packed_->forward(rows(m), transpose_a_ ? turned.data() : a.data, context.clamp, y.data);
    } else {
      kernels::matmul({m, n, k, transpose_a_, transpose_b_}, a.data, context.inputs[1].data, y.data);
      scale(y.data, y.size(), alpha_);
    }
    if (has_c_ && !packs_c_) {
      const Scalar beta = beta_;
      broadcast_map(
          y.shape, {y, context.inputs[2]},
          [beta](const Run& run, Scalar* result) {
            for_each_pair(run, [=](std::int64_t i, Scalar sum, Scalar c) { result[i] = sum + beta * c; });
          },
          y.data);
    }
  }

  void backward(const Backward& context) const override {
    const ConstView& dy = context.output_grads[0];
    const std::int64_t m = dy.shape[0], n = dy.shape[1];
    if (const View& da = context.input_grads[0]) {
      packs_ ? packed_gradient(dy, context.gate, da) : gradient_of_a(dy, context.inputs[1], da);
    }
    if (const View& db = context.input_grads[1]) {
      const ConstView& a = context.inputs[0];
      const std::int64_t k = a.shape[transpose_a_ ? 0 : 1];
      if (transpose_b_) {
        kernels::matmul({n, k, m, true, transpose_a_}, dy.data, a.data, db.data);
      } else {
        kernels::matmul({k, n, m, !transpose_a_, false}, a.data, dy.data, db.data);
      }
      scale(db.data, db.size(), alpha_);
    }
    if (context.input_grads.size() > 2 && context.input_grads[2]) {
      const View& dc = context.input_grads[2];
      const Scalar beta = has_c_ ? beta_ : 0;
      broadcast_sum(
          dy.shape, {dy}, dc.shape,
          [beta](const Run& run, Scalar* result) {
            for (std::int64_t i = 0; i < run.count; ++i) result[i] = beta * run.operands[0][i];
          },
          dc.data);
    }
  }

  bool has_gradient(std::size_t input) const override { return !(input == 1 && packs_) && !(input == 2 && packs_c_); }
  BackwardNeeds needs() const override { return {.inputs = packs_ ? 0u : 3u}; }
  bool fuses_clamp() const override { return packs_ && packs_c_ == has_c_; }
  double flops(std::span<const ConstView> inputs, std::span<const View> outputs) const override {
    const std::int64_t k = inputs[0].shape[transpose_a_ ? 0 : 1];
    return 2 * static_cast<double>(outputs[0].size()) * static_cast<double>(k);
  }

  bool has_weights() const override { return packs_ && packs_c_ == has_c_; }
  std::unique_ptr<Operator> with_weights(std::span<const ConstView> constants,
                                         const WeightChange& change) const override {
    const ConstView& b = constants[1];
    const std::int64_t columns = b.shape[1];
    const bool by_row = transpose_b_;
    std::vector<Scalar> changed(static_cast<std::size_t>(b.size()));
    for (std::int64_t i = 0; i < b.size(); ++i) {
      changed[static_cast<std::size_t>(i)] = change(alpha_ * b.data[i], by_row ? i / columns : i % columns);
    }
    return std::unique_ptr<Operator>(new Gemm(transpose_a_, transpose_b_, ConstView(b.shape, changed.data())));
  }

  // The samples are rows of y, which need nothing of each other.
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    const bool shared_c = !has_c_ || input_axes[2] < 0;
    if (input_axes[0] < 0) return input_axes[1] < 0 && shared_c ? std::optional(-1) : std::nullopt;
    if (input_axes[0] != (transpose_a_ ? 1 : 0) || input_axes[1] >= 0) return std::nullopt;
    if (has_c_) {
      const Shape& c = inputs[2].shape;
      const bool one_row = c.size() < 2 || c[0] == 1;
      const bool own_rows = input_axes[2] == 0 && c.size() == 2 && c[0] == inputs[0].shape[transpose_a_ ? 1 : 0];
      if (!(shared_c ? one_row : own_rows)) return std::nullopt;
    }
    return 0;
  }

 private:
  Gemm(bool transpose_a, bool transpose_b, const ConstView& b)
      : alpha_(1), beta_(0), transpose_a_(transpose_a), transpose_b_(transpose_b), packs_(true), has_c_(false) {
    const ConstView constants[] = {{}, b};
    prepare(constants);
  }

  static kernels::ImageSizes rows(std::int64_t m) {
    return {.batch = 1, .height = m, .width = 1, .out_height = m, .out_width = 1};
  }

  static void scale(Scalar* x, std::int64_t count, Scalar factor) {
    if (factor == 1) return;
    for (std::int64_t i = 0; i < count; ++i) x[i] *= factor;
  }

  void packed_gradient(const ConstView& dy, kernels::Gate gate, const View& da) const {
    const std::int64_t m = dy.shape[0];
    if (!transpose_a_) return packed_->input_gradient(rows(m), dy.data, gate, da.data);
    const std::int64_t k = da.shape[0];
    std::vector<Scalar> turned(static_cast<std::size_t>(da.size()));
    packed_->input_gradient(rows(m), dy.data, gate, turned.data());
    const std::vector<Scalar> back = transposed_matrix(turned.data(), m, k);
    std::copy(back.begin(), back.end(), da.data);
  }

  void gradient_of_a(const ConstView& dy, const ConstView& b, const View& da) const {
    const std::int64_t m = dy.shape[0], n = dy.shape[1], k = b.shape[transpose_b_ ? 1 : 0];
    if (transpose_a_) {
      kernels::matmul({k, m, n, transpose_b_, true}, b.data, dy.data, da.data);
    } else {
      kernels::matmul({m, k, n, false, !transpose_b_}, dy.data, b.data, da.data);
    }
    scale(da.data, da.size(), alpha_);
  }

  Scalar alpha_, beta_;
  bool transpose_a_, transpose_b_;
  bool packs_;  // b lies in packed_
  bool has_c_;
  bool packs_c_ = false;         // c lies in packed_, too
  std::vector<Scalar> adopted_;  // b, until prepare()
  std::unique_ptr<kernels::Convolution> packed_;
};

}  // namespace

std::unique_ptr<Operator> make_gemm(const NodeInfo& info) {
  return std::make_unique<Gemm>(info);
}

}  // namespace saliency::ops
