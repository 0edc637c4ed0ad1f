// Weighted least squares for a few unknowns, by the normal equations and Cholesky's factorisation.
#pragma once

#include <cstddef>
#include <vector>

namespace saliency {

// A symmetric positive semidefinite system of `size` unknowns, built row by row: Σ w x xᵀ and Σ w x y.
class NormalEquations {
 public:
  explicit NormalEquations(std::size_t size) : size_(size), matrix_(size * size, 0), right_(size, 0) {}

  void add(const std::vector<double>& x, double y, double weight);
  void penalize(std::size_t unknown, double amount) { matrix_[unknown * size_ + unknown] += amount; }

  // The solution for Σ w x y, or for another right side. Directions without data get (nearly) nothing.
  std::vector<double> solve() const { return solve(right_); }
  std::vector<double> solve(const std::vector<double>& right) const;

 private:
  std::size_t size_;
  std::vector<double> matrix_;
  std::vector<double> right_;
};

}  // namespace saliency
