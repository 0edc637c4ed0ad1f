#include "ops/label_product.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"
#include "kernels/kernels.h"
#include "kernels/parallel.h"

namespace saliency::ops {
namespace {

bool contains(const Labels& labels, int label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

// ── Products of two matrices ───────────────────────────────────────────────────────────────────────────────────────

// Labels by their part in a product of matrices.
struct MatrixRoles {
  Labels batch, rows, columns, inner;
};

bool repeats(const Labels& labels) {
  return std::any_of(labels.begin(), labels.end(),
                     [&](int label) { return std::count(labels.begin(), labels.end(), label) > 1; });
}

bool has_full_sizes(const Labels& labels, std::span<const std::int64_t> shape, const LabelSizes& sizes) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (shape[i] != sizes.at(labels[i])) return false;
  }
  return true;
}

// Nothing when the product is none of matrices: a label that only one of the three has, a diagonal, a broadcast axis.
std::optional<MatrixRoles> matrix_roles(const LabelledTensor& a, const LabelledTensor& b, const Labels& result,
                                        const View& view, const LabelSizes& sizes) {
  if (repeats(a.labels) || repeats(b.labels) || repeats(result)) return std::nullopt;
  if (!has_full_sizes(a.labels, a.tensor.shape, sizes) || !has_full_sizes(b.labels, b.tensor.shape, sizes) ||
      !has_full_sizes(result, view.shape, sizes)) {
    return std::nullopt;
  }
  MatrixRoles roles;
  for (const auto& [label, size] : sizes) {
    const bool in_a = contains(a.labels, label), in_b = contains(b.labels, label), in_y = contains(result, label);
    if (in_a + in_b + in_y < 2) return std::nullopt;
    (in_a && in_b && in_y ? roles.batch
     : in_a && in_b       ? roles.inner
     : in_a               ? roles.rows
                          : roles.columns)
        .push_back(label);
  }
  return roles;
}

std::int64_t size_of(const Labels& labels, const LabelSizes& sizes) {
  std::int64_t count = 1;
  for (const int label : labels) count *= sizes.at(label);
  return count;
}

std::vector<int> permutation_to(const Labels& from, const Labels& to) {
  std::vector<int> permutation;
  for (const int label : to) {
    permutation.push_back(static_cast<int>(std::find(from.begin(), from.end(), label) - from.begin()));
  }
  return permutation;
}

Labels joined(std::initializer_list<const Labels*> parts) {
  Labels labels;
  for (const Labels* part : parts) labels.insert(labels.end(), part->begin(), part->end());
  return labels;
}

const Scalar* arranged(const LabelledTensor& factor, const Labels& order, std::vector<Scalar>& buffer) {
  if (factor.labels == order) return factor.tensor.data;
  buffer.resize(static_cast<std::size_t>(factor.tensor.size()));
  const std::vector<int> permutation = permutation_to(factor.labels, order);
  kernels::transpose(static_cast<int>(order.size()), factor.tensor.shape.data(), permutation.data(), factor.tensor.data,
                     buffer.data());
  return buffer.data();
}

void matrix_products(const LabelledTensor& a, const LabelledTensor& b, const MatrixRoles& roles,
                     const LabelSizes& sizes, const Labels& labels, const View& result) {
  const std::int64_t batch = size_of(roles.batch, sizes), m = size_of(roles.rows, sizes);
  const std::int64_t n = size_of(roles.columns, sizes), k = size_of(roles.inner, sizes);
  std::vector<Scalar> a_buffer, b_buffer, y_buffer;
  const Scalar* a_data = arranged(a, joined({&roles.batch, &roles.rows, &roles.inner}), a_buffer);
  // The second matrix as it lies, if it is transposed.
  const Labels turned = joined({&roles.batch, &roles.columns, &roles.inner});
  const bool transpose_b = b.labels == turned;
  const Scalar* b_data =
      arranged(b, transpose_b ? turned : joined({&roles.batch, &roles.inner, &roles.columns}), b_buffer);

  const Labels made = joined({&roles.batch, &roles.rows, &roles.columns});
  Scalar* y = result.data;
  if (made != labels) {
    y_buffer.resize(static_cast<std::size_t>(result.size()));
    y = y_buffer.data();
  }
  for (std::int64_t i = 0; i < batch; ++i) {
    kernels::matmul({m, n, k, false, transpose_b}, a_data + i * m * k, b_data + i * k * n, y + i * m * n);
  }
  if (made == labels) return;
  Shape made_shape;
  for (const int label : made) made_shape.push_back(sizes.at(label));
  const std::vector<int> permutation = permutation_to(made, labels);
  kernels::transpose(static_cast<int>(made.size()), made_shape.data(), permutation.data(), y, result.data);
}

// ── Any other product ──────────────────────────────────────────────────────────────────────────────────────────────

// Elements that a step along each label of `order` moves on.
std::vector<std::int64_t> steps_along(const Labels& order, const Labels& labels, std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> steps(order.size(), 0);
  const Shape strides = strides_of(shape);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (shape[i] == 1) continue;
    steps[static_cast<std::size_t>(std::find(order.begin(), order.end(), labels[i]) - order.begin())] += strides[i];
  }
  return steps;
}

struct Loops {
  std::vector<std::int64_t> sizes;
  std::vector<std::vector<std::int64_t>> steps;  // of each factor, and last of the result

  std::int64_t count() const {
    std::int64_t product = 1;
    for (const std::int64_t size : sizes) product *= size;
    return product;
  }
  // The offset of a tensor at a position that counts through the loops.
  std::int64_t offset(std::size_t tensor, std::int64_t position) const {
    std::int64_t sum = 0;
    for (std::size_t i = sizes.size(); i-- > 0;) {
      sum += position % sizes[i] * steps[tensor][i];
      position /= sizes[i];
    }
    return sum;
  }
};

void loop_product(const std::vector<LabelledTensor>& factors, const LabelSizes& sizes, const Labels& labels,
                  const View& result) {
  // Along an axis of size 1 of the result the products add up.
  Labels kept, summed;
  for (const auto& [label, size] : sizes) {
    const auto it = std::find(labels.begin(), labels.end(), label);
    const bool own = it != labels.end() && result.shape[static_cast<std::size_t>(it - labels.begin())] == size;
    (own ? kept : summed).push_back(label);
  }
  const auto loops = [&](const Labels& order) {
    Loops nest;
    for (const int label : order) nest.sizes.push_back(sizes.at(label));
    const auto steps_of = [&](const Labels& own, std::span<const std::int64_t> shape) {
      Labels all = order;
      all.insert(all.end(), own.begin(), own.end());  // so that each label is found; what lies behind is cut off
      std::vector<std::int64_t> steps = steps_along(all, own, shape);
      steps.resize(order.size());
      return steps;
    };
    for (const LabelledTensor& factor : factors) nest.steps.push_back(steps_of(factor.labels, factor.tensor.shape));
    nest.steps.push_back(steps_of(labels, result.shape));
    return nest;
  };
  const Loops outer = loops(kept), inner = loops(summed);
  std::fill_n(result.data, result.size(), Scalar{0});

  const std::int64_t terms = inner.count();
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, terms));
  kernels::parallel_for(outer.count(), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t position = begin; position < end; ++position) {
      double sum = 0;
      for (std::int64_t term = 0; term < terms; ++term) {
        double product = 1;
        for (std::size_t f = 0; f < factors.size(); ++f) {
          product *= factors[f].tensor.data[outer.offset(f, position) + inner.offset(f, term)];
        }
        sum += product;
      }
      result.data[outer.offset(factors.size(), position)] = static_cast<Scalar>(sum);
    }
  });
}

}  // namespace

void add_sizes(const Labels& labels, std::span<const std::int64_t> shape, LabelSizes& sizes) {
  for (std::size_t i = 0; i < labels.size(); ++i) {
    std::int64_t& size = sizes.try_emplace(labels[i], 1).first->second;
    if (size == 1) size = shape[i];
    if (shape[i] != 1 && shape[i] != size) {
      const std::string name = labels[i] < 0 ? "..." : std::string(1, static_cast<char>(labels[i]));
      throw Error(ErrorCode::ShapeMismatch,
                  "label '" + name + "' has the sizes " + std::to_string(size) + " and " + std::to_string(shape[i]));
    }
  }
}

void label_product(const std::vector<LabelledTensor>& factors, const Labels& labels, const View& result) {
  LabelSizes sizes;
  for (const LabelledTensor& factor : factors) add_sizes(factor.labels, factor.tensor.shape, sizes);
  add_sizes(labels, result.shape, sizes);
  if (factors.size() == 2) {
    if (const auto roles = matrix_roles(factors[0], factors[1], labels, result, sizes)) {
      return matrix_products(factors[0], factors[1], *roles, sizes, labels, result);
    }
  }
  loop_product(factors, sizes, labels, result);
}

}  // namespace saliency::ops
