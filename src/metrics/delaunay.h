// Between known pixels of a picture: Delaunay's triangulation of them, linear in each triangle, as SciPy's griddata
// does it. Where four known pixels lie on one circle the triangulation is not unique; which one is taken depends on the
// order in which the pixels are inserted, that of the reference on its own.
//
// Coordinates are whole numbers, so that all decisions are exact: |coordinate| < 2^14, determinants < 2^63.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace saliency {

struct GridPoint {
  std::int64_t x = 0;
  std::int64_t y = 0;
};

// Triangles over the points of a rectangle, whose four corners are the first four points.
class Triangulation {
 public:
  Triangulation(std::int64_t width, std::int64_t height);

  // A point of the rectangle that was not inserted yet. Returns its index: 4, 5, …
  std::size_t insert(GridPoint point);

  const std::vector<GridPoint>& points() const { return points_; }
  // Indices of points, counter-clockwise for y upwards.
  std::vector<std::array<std::size_t, 3>> triangles() const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  // neighbours[i] lies across the edge opposite of corners[i].
  struct Triangle {
    std::array<std::size_t, 3> corners;
    std::array<std::size_t, 3> neighbours;
  };

  std::size_t find(GridPoint point) const;
  std::size_t& nearby(GridPoint point);
  std::size_t nearby(GridPoint point) const;
  void connect(std::size_t triangle, std::size_t slot, std::size_t other, std::size_t old_neighbour);
  std::size_t slot_of(std::size_t triangle, std::size_t neighbour) const;
  void split_inside(std::size_t triangle, std::size_t point);
  void split_edge(std::size_t triangle, std::size_t slot, std::size_t point);
  void legalize(std::size_t point, std::vector<std::size_t> open);

  std::int64_t columns_ = 1;        // of the cells
  std::vector<std::size_t> cells_;  // a triangle near each cell of pixels, for the search to start from
  std::vector<GridPoint> points_;
  std::vector<Triangle> triangles_;
};

// Values {height · width · channels}, pixels outermost, of which `known` pixels stay; all others are interpolated from
// these. The four corners count as known.
std::vector<double> interpolated_between(const std::vector<double>& values, const std::vector<bool>& known,
                                         std::int64_t height, std::int64_t width, std::int64_t channels);

}  // namespace saliency
