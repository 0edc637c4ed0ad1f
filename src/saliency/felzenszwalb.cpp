#include "saliency/felzenszwalb.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "saliency/gaussian_blur.h"

namespace saliency {
namespace {

struct Link {
  double cost;
  std::int32_t a;
  std::int32_t b;
};

// Union by the smaller index, with path halving.
class Forest {
 public:
  explicit Forest(std::size_t size) : parent_(size), size_(size, 1) { std::iota(parent_.begin(), parent_.end(), 0); }

  std::int32_t root(std::int32_t node) {
    while (parent(node) != node) {
      parent(node) = parent(parent(node));
      node = parent(node);
    }
    return node;
  }

  std::int64_t size(std::int32_t root) const { return size_[static_cast<std::size_t>(root)]; }

  std::int32_t join(std::int32_t a, std::int32_t b) {
    const std::int32_t root = std::min(a, b);
    const std::int32_t other = std::max(a, b);
    parent(other) = root;
    size_[static_cast<std::size_t>(root)] += size_[static_cast<std::size_t>(other)];
    return root;
  }

 private:
  std::int32_t& parent(std::int32_t node) { return parent_[static_cast<std::size_t>(node)]; }

  std::vector<std::int32_t> parent_;
  std::vector<std::int64_t> size_;
};

// All links between neighbours, by cost; equal costs in the order right, down, down-right, up-right.
std::vector<Link> sorted_links(const std::vector<double>& image, const PixelGrid& grid) {
  std::vector<Link> links;
  const auto add = [&](std::int64_t row, std::int64_t column, std::int64_t other_row, std::int64_t other_column) {
    double square = 0;
    for (std::int64_t c = 0; c < grid.channels; ++c) {
      const double difference = image[static_cast<std::size_t>(grid.index(c, row, column))] -
                                image[static_cast<std::size_t>(grid.index(c, other_row, other_column))];
      square += difference * difference;
    }
    links.push_back({std::sqrt(square), static_cast<std::int32_t>(row * grid.width + column),
                     static_cast<std::int32_t>(other_row * grid.width + other_column)});
  };
  for (std::int64_t row = 0; row < grid.height; ++row) {
    for (std::int64_t column = 1; column < grid.width; ++column) add(row, column, row, column - 1);
  }
  for (std::int64_t row = 1; row < grid.height; ++row) {
    for (std::int64_t column = 0; column < grid.width; ++column) add(row, column, row - 1, column);
  }
  for (std::int64_t row = 1; row < grid.height; ++row) {
    for (std::int64_t column = 1; column < grid.width; ++column) add(row, column, row - 1, column - 1);
  }
  for (std::int64_t row = 1; row < grid.height; ++row) {
    for (std::int64_t column = 1; column < grid.width; ++column) add(row - 1, column, row, column - 1);
  }
  std::stable_sort(links.begin(), links.end(), [](const Link& a, const Link& b) { return a.cost < b.cost; });
  return links;
}

Labels segmented(const std::vector<Link>& links, std::size_t pixels, double scale, std::int64_t min_size) {
  Forest forest(pixels);
  std::vector<double> inner(pixels, 0);  // largest cost within a segment
  // The bound in single precision, as the reference has it.
  const auto bound = [&](std::int32_t root) {
    return static_cast<float>(inner[static_cast<std::size_t>(root)] + scale / static_cast<double>(forest.size(root)));
  };
  for (const Link& link : links) {
    const std::int32_t a = forest.root(link.a);
    const std::int32_t b = forest.root(link.b);
    if (a == b || !(link.cost < static_cast<double>(std::min(bound(a), bound(b))))) continue;
    inner[static_cast<std::size_t>(forest.join(a, b))] = link.cost;
  }
  for (const Link& link : links) {
    const std::int32_t a = forest.root(link.a);
    const std::int32_t b = forest.root(link.b);
    if (a != b && (forest.size(a) < min_size || forest.size(b) < min_size)) forest.join(a, b);
  }
  Labels labels(pixels);
  std::int32_t next = 0;
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto root = static_cast<std::size_t>(forest.root(static_cast<std::int32_t>(i)));
    labels[i] = root == i ? next++ : labels[root];  // the root is the segment's first pixel
  }
  return labels;
}

}  // namespace

std::vector<Labels> felzenszwalb(const std::vector<double>& image, const PixelGrid& grid,
                                 const std::vector<double>& scales, const FelzenszwalbOptions& options) {
  const std::vector<double> smooth = gaussian_blur(image, grid, options.sigma, Edge::Reflect);
  const std::vector<Link> links = sorted_links(smooth, grid);
  std::vector<Labels> result;
  for (const double scale : scales) {
    result.push_back(segmented(links, static_cast<std::size_t>(grid.pixels()), scale / 255, options.min_size));
  }
  return result;
}

}  // namespace saliency
