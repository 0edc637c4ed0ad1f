// Adam (Kingma & Ba, 2015): gradient descent with a step size for each value. Made of correctly rounded operations
// only, so that it adds no difference between machines.
//   m ← β₁ m + (1 − β₁) g     v ← β₂ v + (1 − β₂) g²     x ← x − rate · m̂ / (√v̂ + ε)     β₁ = 0.9, β₂ = 0.999
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace saliency {

class Adam {
 public:
  explicit Adam(std::size_t size) : mean_(size), square_(size) {}

  // Moves `values` against `gradient`.
  void descend(std::vector<double>& values, const std::vector<double>& gradient, double rate) {
    mean_left_ *= kMeanDecay;
    square_left_ *= kSquareDecay;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double g = gradient[i];
      mean_[i] = kMeanDecay * mean_[i] + (1 - kMeanDecay) * g;
      square_[i] = kSquareDecay * square_[i] + (1 - kSquareDecay) * g * g;
      const double mean = mean_[i] / (1 - mean_left_);
      const double square = square_[i] / (1 - square_left_);
      values[i] -= rate * mean / (std::sqrt(square) + kEpsilon);
    }
  }

 private:
  static constexpr double kMeanDecay = 0.9;
  static constexpr double kSquareDecay = 0.999;
  static constexpr double kEpsilon = 1e-8;

  std::vector<double> mean_;
  std::vector<double> square_;
  double mean_left_ = 1;  // β₁ to the number of steps
  double square_left_ = 1;
};

}  // namespace saliency
