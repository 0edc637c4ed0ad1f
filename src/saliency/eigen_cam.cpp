// Eigen-CAM (Muhammad & Yeasin, 2020): the activations projected on their first principal direction. Shows what stands
// out to the layer, whatever the class: the target does not enter.
//   A as positions × channels = U S Vᵀ    map = A v₁, with the sign that makes its sum positive
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "saliency/cam_method.h"
#include "saliency/options.h"

namespace saliency {
namespace {

class EigenCam final : public CamMethod {
 public:
  using CamMethod::CamMethod;
  std::string_view name() const override { return "EigenCam"; }

 protected:
  std::vector<double> combined(const Activations& a) const override {
    // Power iteration on AᵀA. The start is the mean activation, which is not orthogonal to v₁ for rectified layers.
    const auto channels = static_cast<std::size_t>(a.channels);
    std::vector<double> direction(channels);
    for (std::int64_t c = 0; c < a.channels; ++c) {
      for (std::int64_t i = 0; i < a.positions(); ++i) direction[static_cast<std::size_t>(c)] += a.value(c, i);
      direction[static_cast<std::size_t>(c)] += 1e-3 * static_cast<double>(c % 7 + 1);
    }
    std::vector<double> map;
    for (int round = 0; round < 200; ++round) {
      double length = 0;
      for (const double value : direction) length += value * value;
      length = std::sqrt(length);
      if (length == 0) break;
      for (double& value : direction) value /= length;
      map = a.weighted(direction);
      std::vector<double> next(channels);
      double change = 0;
      double next_length = 0;
      for (std::int64_t c = 0; c < a.channels; ++c) {
        double sum = 0;
        for (std::int64_t i = 0; i < a.positions(); ++i) sum += a.value(c, i) * map[static_cast<std::size_t>(i)];
        next[static_cast<std::size_t>(c)] = sum;
        next_length += sum * sum;
      }
      next_length = std::sqrt(next_length);
      if (next_length == 0) break;
      for (std::size_t c = 0; c < channels; ++c)
        change = std::max(change, std::fabs(next[c] / next_length - direction[c]));
      direction = std::move(next);
      if (change < 1e-12) break;
    }
    if (map.empty()) return std::vector<double>(static_cast<std::size_t>(a.positions()));
    double sum = 0;
    for (const double value : map) sum += value;
    if (sum < 0) {
      for (double& value : map) value = -value;
    }
    return map;
  }
};

}  // namespace

std::unique_ptr<Method> make_eigen_cam(OptionReader& reader) {
  return std::make_unique<EigenCam>(CamOptions::read(reader));
}

}  // namespace saliency
