// What a mask of cells, 0 … 1, is asked for beside its effect on the score: to be small, to cover a given area, to be
// smooth. Each term adds weight · its gradient.
#pragma once

#include <cstdint>
#include <vector>

namespace saliency {

// The mean of the cells, or of 1 − cell: sign is +1 or −1.
void add_size_gradient(double weight, double sign, std::vector<double>& gradient);

// mean (sort(cells) − r)², where r is 0 but for its `area` largest places, which are 1 (Fong et al., 2019). Equal cells
// share the mean of their places in r, so that none is preferred.
void add_area_gradient(double weight, double area, const std::vector<double>& cells, std::vector<double>& gradient);

// Σ |difference of neighbours|³ / number of cells (Fong & Vedaldi, 2017, β = 3).
void add_variation_gradient(double weight, std::int64_t columns, const std::vector<double>& cells,
                            std::vector<double>& gradient);

}  // namespace saliency
