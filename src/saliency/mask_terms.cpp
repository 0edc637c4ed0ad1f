#include "saliency/mask_terms.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace saliency {

void add_size_gradient(double weight, double sign, std::vector<double>& gradient) {
  const double each = weight * sign / static_cast<double>(gradient.size());
  for (double& value : gradient) value += each;
}

void add_area_gradient(double weight, double area, const std::vector<double>& cells, std::vector<double>& gradient) {
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return cells[a] < cells[b]; });
  const auto count = static_cast<double>(cells.size());
  const auto shown = static_cast<std::size_t>(std::lround(area * count));
  const std::size_t hidden = order.size() - std::min(shown, order.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && cells[order[end]] == cells[order[begin]]) ++end;
    const std::size_t ones = end - std::clamp(hidden, begin, end);
    const double wanted = static_cast<double>(ones) / static_cast<double>(end - begin);
    for (std::size_t place = begin; place < end; ++place) {
      gradient[order[place]] += weight * 2 * (cells[order[place]] - wanted) / count;
    }
  }
}

void add_variation_gradient(double weight, std::int64_t columns, const std::vector<double>& cells,
                            std::vector<double>& gradient) {
  const double each = 3 * weight / static_cast<double>(cells.size());
  const auto add = [&](std::size_t a, std::size_t b) {
    const double difference = cells[b] - cells[a];
    const double slope = each * difference * std::fabs(difference);
    gradient[b] += slope;
    gradient[a] -= slope;
  };
  const auto width = static_cast<std::size_t>(columns);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i % width + 1 < width) add(i, i + 1);
    if (i + width < cells.size()) add(i, i + width);
  }
}

}  // namespace saliency
