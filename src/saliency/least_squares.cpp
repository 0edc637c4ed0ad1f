#include "saliency/least_squares.h"

#include <algorithm>
#include <cmath>

namespace saliency {

void NormalEquations::add(const std::vector<double>& x, double y, double weight) {
  for (std::size_t i = 0; i < size_; ++i) {
    if (x[i] == 0) continue;
    const double scaled = weight * x[i];
    right_[i] += scaled * y;
    for (std::size_t j = 0; j < size_; ++j) matrix_[i * size_ + j] += scaled * x[j];
  }
}

std::vector<double> NormalEquations::solve(const std::vector<double>& right) const {
  double largest = 0;
  for (std::size_t i = 0; i < size_; ++i) largest = std::max(largest, matrix_[i * size_ + i]);
  // Keeps the factorisation finite where rows are dependent.
  const double floor = std::max(largest * 1e-12, 1e-300);
  std::vector<double> lower(size_ * size_, 0);
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = matrix_[i * size_ + j] + (i == j ? floor : 0);
      for (std::size_t k = 0; k < j; ++k) sum -= lower[i * size_ + k] * lower[j * size_ + k];
      lower[i * size_ + j] = i == j ? std::sqrt(std::max(sum, floor)) : sum / lower[j * size_ + j];
    }
  }
  std::vector<double> x = right;
  for (std::size_t i = 0; i < size_; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= lower[i * size_ + k] * x[k];
    x[i] /= lower[i * size_ + i];
  }
  for (std::size_t i = size_; i-- > 0;) {
    for (std::size_t k = i + 1; k < size_; ++k) x[i] -= lower[k * size_ + i] * x[k];
    x[i] /= lower[i * size_ + i];
  }
  return x;
}

}  // namespace saliency
