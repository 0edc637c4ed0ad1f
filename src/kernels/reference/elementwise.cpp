// Element-wise primitives, softmax, transposition and the product of two matrices, by their definitions.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/kernels.h"

namespace saliency::kernels::reference {
namespace {

bool bit(const std::uint8_t* bits, std::int64_t i) {
  return (bits[i / 8] >> (i % 8) & 1) != 0;
}

}  // namespace

// A NaN passes.
void clamp(std::int64_t count, const Scalar* x, Clamp limits, Scalar* y, std::uint8_t* bits) {
  if (bits != nullptr) reference::clamp_bits(count, x, limits, bits);
  for (std::int64_t i = 0; i < count; ++i) {
    Scalar value = x[i];
    if (value < limits.low) value = limits.low;
    if (value > limits.high) value = limits.high;
    y[i] = value;
  }
}

void clamp_bits(std::int64_t count, const Scalar* y, Clamp limits, std::uint8_t* bits) {
  std::fill_n(bits, (count + 7) / 8, std::uint8_t{0});
  for (std::int64_t i = 0; i < count; ++i) {
    if (limits.low < y[i] && y[i] < limits.high) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1u << (i % 8));
  }
}

void gate(std::int64_t count, const Scalar* dy, Gate rule, Scalar* dx) {
  for (std::int64_t i = 0; i < count; ++i) {
    const bool open = rule.bits == nullptr || bit(rule.bits, i);
    const bool passes = open && !(rule.positive_only && dy[i] < 0);
    dx[i] = passes ? dy[i] : Scalar{0};
  }
}

void accumulate(std::int64_t count, const Scalar* x, Scalar* y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] += x[i];
}

void transpose(int rank, const std::int64_t* shape, const int* permutation, const Scalar* x, Scalar* y) {
  std::int64_t strides[8] = {};  // of the input
  std::int64_t count = 1;
  for (int axis = rank - 1; axis >= 0; --axis) {
    strides[axis] = count;
    count *= shape[axis];
  }
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t rest = i, from = 0;
    for (int axis = rank - 1; axis >= 0; --axis) {
      const std::int64_t size = shape[permutation[axis]];
      from += rest % size * strides[permutation[axis]];
      rest /= size;
    }
    y[i] = x[from];
  }
}

void softmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y) {
  for (std::int64_t row = 0; row < rows; ++row, x += columns, y += columns) {
    const Scalar highest = *std::max_element(x, x + columns);
    double sum = 0;
    for (std::int64_t i = 0; i < columns; ++i) sum += std::exp(double{x[i]} - double{highest});
    for (std::int64_t i = 0; i < columns; ++i) {
      y[i] = static_cast<Scalar>(std::exp(double{x[i]} - double{highest}) / sum);
    }
  }
}

void softmax_gradient(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx) {
  for (std::int64_t row = 0; row < rows; ++row, y += columns, dy += columns, dx += columns) {
    double dot = 0;
    for (std::int64_t i = 0; i < columns; ++i) dot += double{dy[i]} * double{y[i]};
    for (std::int64_t i = 0; i < columns; ++i) dx[i] = static_cast<Scalar>(double{y[i]} * (double{dy[i]} - dot));
  }
}

void matmul(const MatmulSizes& sizes, const Scalar* a, const Scalar* b, Scalar* c) {
  const auto [m, n, k, transpose_a, transpose_b] = sizes;
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::int64_t l = 0; l < k; ++l) {
        sum += double{transpose_a ? a[l * m + i] : a[i * k + l]} * double{transpose_b ? b[j * k + l] : b[l * n + j]};
      }
      c[i * n + j] = static_cast<Scalar>(sum);
    }
  }
}

}  // namespace saliency::kernels::reference
