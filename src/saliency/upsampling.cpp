#include "saliency/upsampling.h"

#include <cstddef>

#include "saliency/resize.h"

namespace saliency {
namespace {

// size × cells: column k is the cell k alone, resized.
std::vector<double> weights(std::int64_t cells, std::int64_t size) {
  std::vector<double> result(static_cast<std::size_t>(size * cells));
  for (std::int64_t k = 0; k < cells; ++k) {
    Plane one{cells, 1, std::vector<double>(static_cast<std::size_t>(cells))};
    one.values[static_cast<std::size_t>(k)] = 1;
    const Plane tall = resized(one, size, 1, Interpolation::Bilinear);
    for (std::int64_t i = 0; i < size; ++i) {
      result[static_cast<std::size_t>(i * cells + k)] = tall.values[static_cast<std::size_t>(i)];
    }
  }
  return result;
}

// c[i, j] += Σ_k a[i, k] b[k, j] of an m×k and a k×n matrix, whose elements lie at the given strides. Most of a is 0.
struct Strides {
  std::int64_t row;
  std::int64_t column;
};
std::vector<double> product(const std::vector<double>& a, Strides a_at, const std::vector<double>& b, Strides b_at,
                            std::int64_t m, std::int64_t k, std::int64_t n) {
  std::vector<double> c(static_cast<std::size_t>(m * n));
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t inner = 0; inner < k; ++inner) {
      const double factor = a[static_cast<std::size_t>(i * a_at.row + inner * a_at.column)];
      if (factor == 0) continue;
      for (std::int64_t j = 0; j < n; ++j) {
        c[static_cast<std::size_t>(i * n + j)] +=
            factor * b[static_cast<std::size_t>(inner * b_at.row + j * b_at.column)];
      }
    }
  }
  return c;
}

}  // namespace

Upsampling::Upsampling(std::int64_t cell_rows, std::int64_t cell_columns, std::int64_t height, std::int64_t width)
    : cell_rows_(cell_rows),
      cell_columns_(cell_columns),
      height_(height),
      width_(width),
      rows_(weights(cell_rows, height)),
      columns_(weights(cell_columns, width)) {}

// Each product has the sparse matrix first: transposed = columns · cellsᵀ, plane = rows · transposedᵀ.
std::vector<double> Upsampling::forward(const std::vector<double>& cells) const {
  const std::vector<double> wide =
      product(columns_, {cell_columns_, 1}, cells, {1, cell_columns_}, width_, cell_columns_, cell_rows_);
  return product(rows_, {cell_rows_, 1}, wide, {1, cell_rows_}, height_, cell_rows_, width_);
}

std::vector<double> Upsampling::backward(const std::vector<double>& plane) const {
  const std::vector<double> low = product(rows_, {1, cell_rows_}, plane, {width_, 1}, cell_rows_, height_, width_);
  const std::vector<double> transposed =
      product(columns_, {1, cell_columns_}, low, {1, width_}, cell_columns_, width_, cell_rows_);
  std::vector<double> cells(transposed.size());
  for (std::int64_t row = 0; row < cell_rows_; ++row) {
    for (std::int64_t column = 0; column < cell_columns_; ++column) {
      cells[static_cast<std::size_t>(row * cell_columns_ + column)] =
          transposed[static_cast<std::size_t>(column * cell_rows_ + row)];
    }
  }
  return cells;
}

}  // namespace saliency
