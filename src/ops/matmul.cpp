// MatMul, of any ranks, as numpy.matmul. https://onnx.ai/onnx/operators/onnx__MatMul.html
//   a: …×m×k   b: …×k×n   y: …×m×n   a vector a counts as 1×k, a vector b as k×1, and that 1 is missing in y
//   backward  da = dy · bᵀ   db = aᵀ · dy   summed over the leading axes along which a or b was broadcast
// A constant matrix b is packed once as a fully connected layer. The graph may give such a node a third input, a
// constant bias of n numbers, which ONNX does not have: it is added to every row.
// FusedMatMul, which the graph makes of attention's products, is alpha times that; with transB = 1, b is …×n×k.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kernels/owned_weights.h"
#include "kernels/parallel.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

// The products of one call. Product i takes matrix a_of[i] of a, b_of[i] of b and is matrix i of y.
struct Products {
  std::int64_t m = 1, n = 1, k = 1;
  std::vector<std::int64_t> a_of, b_of;
  std::int64_t a_count = 1, b_count = 1;

  std::int64_t count() const { return static_cast<std::int64_t>(a_of.size()); }
};

Shape leading(std::span<const std::int64_t> shape) {
  return shape.size() <= 2 ? Shape() : Shape(shape.begin(), shape.end() - 2);
}

// Which matrix of `own` leading sizes belongs to each one of `all`.
std::vector<std::int64_t> broadcast_indices(const Shape& own, const Shape& all) {
  std::vector<std::int64_t> indices = {0};
  std::int64_t stride = 1;
  std::vector<std::int64_t> strides(all.size(), 0);
  for (std::size_t i = 1; i <= own.size(); ++i) {
    const std::int64_t size = own[own.size() - i];
    if (size != 1) strides[all.size() - i] = stride;
    stride *= size;
  }
  for (std::size_t axis = 0; axis < all.size(); ++axis) {
    std::vector<std::int64_t> finer;
    for (const std::int64_t index : indices) {
      for (std::int64_t i = 0; i < all[axis]; ++i) finer.push_back(index + i * strides[axis]);
    }
    indices = std::move(finer);
  }
  return indices;
}

Products products(std::span<const std::int64_t> a, std::span<const std::int64_t> b, bool transpose_b) {
  Products result;
  result.m = a.size() == 1 ? 1 : a[a.size() - 2];
  result.k = a.back();
  result.n = b.size() == 1 ? 1 : b[b.size() - (transpose_b ? 2 : 1)];
  const Shape a_leading = leading(a), b_leading = leading(b);
  result.a_count = element_count(a_leading);
  result.b_count = element_count(b_leading);
  const Shape all = broadcast(a_leading, b_leading);
  if (result.b_count == 1 && result.a_count == element_count(all)) {  // one product with all the rows of a
    result.m *= result.a_count;
    result.a_count = 1;
    result.a_of = result.b_of = {0};
    return result;
  }
  result.a_of = broadcast_indices(a_leading, all);
  result.b_of = broadcast_indices(b_leading, all);
  return result;
}

// Small products go to a thread each, of large ones each goes to all threads.
template <class F>
void for_each_product(std::int64_t count, std::int64_t work, const F& f) {
  constexpr std::int64_t kSmall = std::int64_t{1} << 22;  // multiplications
  if (work >= kSmall) {
    for (std::int64_t i = 0; i < count; ++i) f(i);
    return;
  }
  const std::int64_t grain = std::max<std::int64_t>(1, 65536 / std::max<std::int64_t>(1, work));
  kernels::parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i);
  });
}

// Gradient matrix `of[i]` is the sum of product(i, result) over i, in order.
template <class F>
void summed_products(const std::vector<std::int64_t>& of, std::int64_t matrices, std::int64_t size, std::int64_t work,
                     Scalar* gradient, const F& product) {
  std::vector<std::vector<std::int64_t>> parts(static_cast<std::size_t>(matrices));
  for (std::size_t i = 0; i < of.size(); ++i) {
    parts[static_cast<std::size_t>(of[i])].push_back(static_cast<std::int64_t>(i));
  }
  for_each_product(matrices, work, [&](std::int64_t matrix) {
    Scalar* result = gradient + matrix * size;
    const auto& own = parts[static_cast<std::size_t>(matrix)];
    if (own.empty()) std::fill_n(result, size, Scalar{0});
    std::vector<Scalar> more(own.size() > 1 ? static_cast<std::size_t>(size) : 0);
    for (std::size_t p = 0; p < own.size(); ++p) {
      product(own[p], p == 0 ? result : more.data());
      if (p > 0) kernels::accumulate(size, more.data(), result);
    }
  });
}

class MatMul final : public Operator {
 public:
  explicit MatMul(const NodeInfo& info)
      : packs_(info.inputs[1].constant != nullptr && info.inputs[1].shape.size() <= 2),
        keeps_rank_(info.inputs[1].shape.size() == 2),
        alpha_(info.type == "FusedMatMul" ? static_cast<Scalar>(info.attributes.real("alpha", 1)) : Scalar{1}),
        transpose_b_(info.type == "FusedMatMul" && info.attributes.integer("transB", 0) != 0 &&
                     info.inputs[1].shape.size() > 1) {
    if (info.inputs[0].constant == nullptr && !packs_) needs_.inputs |= 2;
    if (info.inputs[1].constant == nullptr) needs_.inputs |= 1;
    if (info.inputs[0].shape.empty() || info.inputs[1].shape.empty()) {
      throw Error(ErrorCode::ShapeMismatch, "expected vectors or matrices, got a scalar");
    }
    if (!info.has_input(2)) return;
    static_cast<void>(info.constant_input(2, "bias"));
    if (!packs_) throw Error(ErrorCode::UnsupportedOperator, "a bias needs a constant matrix");
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    const Shape& a = inputs[0].shape;
    const Shape& b = inputs[1].shape;
    const std::int64_t inner = b.size() == 1 ? b[0] : b[b.size() - (transpose_b_ ? 1 : 2)];
    if (a.back() != inner) {
      throw Error(ErrorCode::ShapeMismatch, "shapes " + to_string(a) + " and " + to_string(b) +
                                                " do not fit: " + std::to_string(a.back()) + " columns against " +
                                                std::to_string(inner) + " rows");
    }
    Shape y = broadcast(leading(a), leading(b));
    if (a.size() > 1) y.push_back(a[a.size() - 2]);
    if (b.size() > 1) y.push_back(b[b.size() - (transpose_b_ ? 2 : 1)]);
    return {{.shape = y, .dtype = inputs[0].dtype}};
  }

  std::uint32_t prepare(std::span<const ConstView> constants) override {
    if (!packs_) return 0;
    const ConstView& b = constants[1];
    std::int64_t k = b.shape[0], n = b.rank() == 1 ? 1 : b.shape[1];
    std::vector<Scalar> weight(b.data, b.data + n * k);
    if (transpose_b_) {
      std::swap(k, n);
    } else {
      const std::int64_t shape[] = {k, n};
      const int swap[] = {1, 0};
      kernels::transpose(2, shape, swap, b.data, weight.data());
    }
    scale(weight.data(), n * k);
    const bool has_bias = constants.size() > 2 && constants[2];
    packed_ = kernels::make_convolution({.in_channels = k, .out_channels = n}, std::move(weight),
                                        has_bias ? constants[2].data : nullptr);
    return has_bias ? 6u : 2u;
  }

  void forward(const Forward& context) const override {
    const ConstView& a = context.inputs[0];
    const View& y = context.outputs[0];
    if (y.size() == 0) return;
    if (packs_) return packed_->forward(rows(a), a.data, context.clamp, y.data);
    const ConstView& b = context.inputs[1];
    const Products p = products(a.shape, b.shape, transpose_b_);
    for_each_product(p.count(), p.m * p.n * p.k, [&](std::int64_t i) {
      const auto at = static_cast<std::size_t>(i);
      kernels::matmul({p.m, p.n, p.k, false, transpose_b_}, a.data + p.a_of[at] * p.m * p.k,
                      b.data + p.b_of[at] * p.k * p.n, y.data + i * p.m * p.n);
      scale(y.data + i * p.m * p.n, p.m * p.n);
    });
  }

  void backward(const Backward& context) const override {
    const Scalar* dy = context.output_grads[0].data;
    const View& da = context.input_grads[0];
    const View& db = context.input_grads[1];
    if (packs_) return packed_->input_gradient(rows(da), dy, context.gate, da.data);
    const ConstView& a = context.inputs[0];
    const ConstView& b = context.inputs[1];
    const Products p = products(a.shape, b.shape, transpose_b_);
    const std::int64_t a_size = p.m * p.k, b_size = p.k * p.n, y_size = p.m * p.n, work = p.m * p.n * p.k;
    if (da) {
      summed_products(p.a_of, p.a_count, a_size, work, da.data, [&](std::int64_t i, Scalar* result) {
        const std::int64_t matrix = p.b_of[static_cast<std::size_t>(i)];
        kernels::matmul({p.m, p.k, p.n, false, !transpose_b_}, dy + i * y_size, b.data + matrix * b_size, result);
        scale(result, a_size);
      });
    }
    if (db) {
      summed_products(p.b_of, p.b_count, b_size, work, db.data, [&](std::int64_t i, Scalar* result) {
        const std::int64_t matrix = p.a_of[static_cast<std::size_t>(i)];
        const Scalar *rows = a.data + matrix * a_size, *grad = dy + i * y_size;
        if (transpose_b_) {
          kernels::matmul({p.n, p.k, p.m, true, false}, grad, rows, result);
        } else {
          kernels::matmul({p.k, p.n, p.m, true, false}, rows, grad, result);
        }
        scale(result, b_size);
      });
    }
  }

  bool has_gradient(std::size_t input) const override { return input == 0 || (input == 1 && !packs_); }
  BackwardNeeds needs() const override { return needs_; }
  bool fuses_clamp() const override { return packs_; }
  double flops(std::span<const ConstView> inputs, std::span<const View> outputs) const override {
    return 2 * static_cast<double>(outputs[0].size()) * static_cast<double>(inputs[0].shape.back());
  }

  bool has_weights() const override { return packs_ && keeps_rank_ && alpha_ == 1 && !transpose_b_; }
  std::unique_ptr<Operator> with_weights(std::span<const ConstView> constants,
                                         const WeightChange& change) const override {
    const ConstView& b = constants[1];
    std::vector<Scalar> changed(static_cast<std::size_t>(b.size()));
    for (std::int64_t i = 0; i < b.size(); ++i) {
      changed[static_cast<std::size_t>(i)] = change(b.data[i], i % b.shape[1]);
    }
    return std::unique_ptr<Operator>(new MatMul(ConstView(b.shape, changed.data())));
  }

  // Samples may be rows of a against one shared b, or leading axes of what has them.
  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override {
    if (input_axes[0] < 0 && input_axes[1] < 0) return -1;
    const int a_rank = static_cast<int>(inputs[0].shape.size()), b_rank = static_cast<int>(inputs[1].shape.size());
    const int leading_axes = std::max({a_rank - 2, b_rank - 2, 0});
    if (input_axes[0] >= 0 && a_rank > 1 && input_axes[0] == a_rank - 2) {
      const bool one_matrix = element_count(leading(inputs[1].shape)) == 1;
      return input_axes[1] < 0 && one_matrix ? std::optional(leading_axes) : std::nullopt;
    }
    int axis = -1;  // of y
    for (std::size_t i = 0; i < 2; ++i) {
      if (input_axes[i] < 0) continue;
      const int rank = i == 0 ? a_rank : b_rank;
      if (input_axes[i] >= rank - 2) return std::nullopt;
      const int aligned = input_axes[i] + leading_axes - (rank - 2);
      if (axis >= 0 && axis != aligned) return std::nullopt;
      axis = aligned;
    }
    for (std::size_t i = 0; i < 2; ++i) {
      const int own = axis - leading_axes + (i == 0 ? a_rank : b_rank) - 2;
      const std::int64_t size = own < 0 ? 1 : inputs[i].shape[static_cast<std::size_t>(own)];
      if (size != (input_axes[i] < 0 ? 1 : outputs[0].shape[static_cast<std::size_t>(axis)])) return std::nullopt;
    }
    return axis;
  }

  // Rows against a packed matrix may come in any order.
  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    const int last = static_cast<int>(permutation.size()) - 1;
    if (!packs_ || !keeps_rank_ || permutation.back() != last) return std::nullopt;
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  explicit MatMul(const ConstView& b) : packs_(true), keeps_rank_(true) {
    const ConstView constants[] = {{}, b};
    prepare(constants);
  }

  void scale(Scalar* values, std::int64_t count) const {
    if (alpha_ == 1) return;
    for (std::int64_t i = 0; i < count; ++i) values[i] *= alpha_;
  }

  static kernels::ImageSizes rows(const ConstView& a) {
    const std::int64_t count = a.size() / std::max<std::int64_t>(1, a.shape.back());
    return {.batch = 1, .height = count, .width = 1, .out_height = count, .out_width = 1};
  }

  bool packs_;       // b, and a bias if there is one, lie in packed_
  bool keeps_rank_;  // b is no vector
  Scalar alpha_ = 1;
  bool transpose_b_ = false;  // b is n×k
  BackwardNeeds needs_;       // the other factor of each one that is computed
  std::unique_ptr<kernels::Convolution> packed_;
};

}  // namespace

std::unique_ptr<Operator> make_matmul(const NodeInfo& info) {
  return std::make_unique<MatMul>(info);
}

}  // namespace saliency::ops
