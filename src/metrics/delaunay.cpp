#include "metrics/delaunay.h"

#include <algorithm>

#include "saliency/random.h"

namespace saliency {
namespace {

constexpr std::int64_t kCell = 8;  // pixels

// Twice the area of the triangle a b c: positive if it turns counter-clockwise.
std::int64_t turn(GridPoint a, GridPoint b, GridPoint c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// Positive if d lies inside of the circle through the counter-clockwise a, b, c.
std::int64_t in_circle(GridPoint a, GridPoint b, GridPoint c, GridPoint d) {
  const std::int64_t ax = a.x - d.x;
  const std::int64_t ay = a.y - d.y;
  const std::int64_t bx = b.x - d.x;
  const std::int64_t by = b.y - d.y;
  const std::int64_t cx = c.x - d.x;
  const std::int64_t cy = c.y - d.y;
  return (ax * ax + ay * ay) * (bx * cy - cx * by) - (bx * bx + by * by) * (ax * cy - cx * ay) +
         (cx * cx + cy * cy) * (ax * by - bx * ay);
}

}  // namespace

Triangulation::Triangulation(std::int64_t width, std::int64_t height)
    : columns_(width / kCell + 1),
      cells_(static_cast<std::size_t>(columns_ * (height / kCell + 1)), 0),
      points_{{0, 0}, {width - 1, 0}, {width - 1, height - 1}, {0, height - 1}},
      triangles_{{{0, 1, 2}, {kNone, 1, kNone}}, {{0, 2, 3}, {kNone, kNone, 0}}} {}

std::vector<std::array<std::size_t, 3>> Triangulation::triangles() const {
  std::vector<std::array<std::size_t, 3>> corners;
  for (const Triangle& triangle : triangles_) corners.push_back(triangle.corners);
  return corners;
}

std::size_t& Triangulation::nearby(GridPoint point) {
  return cells_[static_cast<std::size_t>(point.y / kCell * columns_ + point.x / kCell)];
}

std::size_t Triangulation::nearby(GridPoint point) const {
  return cells_[static_cast<std::size_t>(point.y / kCell * columns_ + point.x / kCell)];
}

// Walks towards the point, across the edges that it lies behind.
std::size_t Triangulation::find(GridPoint point) const {
  std::size_t at = nearby(point);
  for (bool inside = false; !inside;) {
    inside = true;
    for (std::size_t i = 0; i < 3 && inside; ++i) {
      const Triangle& triangle = triangles_[at];
      const GridPoint from = points_[triangle.corners[(i + 1) % 3]];
      const GridPoint to = points_[triangle.corners[(i + 2) % 3]];
      if (turn(from, to, point) < 0) {
        at = triangle.neighbours[i];
        inside = false;
      }
    }
  }
  return at;
}

std::size_t Triangulation::slot_of(std::size_t triangle, std::size_t neighbour) const {
  const auto& neighbours = triangles_[triangle].neighbours;
  return static_cast<std::size_t>(std::find(neighbours.begin(), neighbours.end(), neighbour) - neighbours.begin());
}

// `other` becomes the neighbour at a slot, and so does `triangle` where `other` had `old_neighbour`.
void Triangulation::connect(std::size_t triangle, std::size_t slot, std::size_t other, std::size_t old_neighbour) {
  triangles_[triangle].neighbours[slot] = other;
  if (other == kNone) return;
  triangles_[other].neighbours[slot_of(other, old_neighbour)] = triangle;
}

// p in abc: p b c, p c a, p a b.
void Triangulation::split_inside(std::size_t triangle, std::size_t point) {
  const Triangle old = triangles_[triangle];
  const std::array<std::size_t, 3> parts = {triangle, triangles_.size(), triangles_.size() + 1};
  triangles_.resize(triangles_.size() + 2);
  for (std::size_t i = 0; i < 3; ++i) {
    triangles_[parts[i]] = {{point, old.corners[(i + 1) % 3], old.corners[(i + 2) % 3]},
                            {kNone, parts[(i + 1) % 3], parts[(i + 2) % 3]}};
  }
  for (std::size_t i = 0; i < 3; ++i) connect(parts[i], 0, old.neighbours[i], triangle);
  legalize(point, {parts.begin(), parts.end()});
}

// p on the edge b c of a b c, and of d c b behind it: a b p, a p c and d c p, d p b.
void Triangulation::split_edge(std::size_t triangle, std::size_t slot, std::size_t point) {
  const Triangle old = triangles_[triangle];
  const std::size_t a = old.corners[slot];
  const std::size_t b = old.corners[(slot + 1) % 3];
  const std::size_t c = old.corners[(slot + 2) % 3];
  const std::size_t behind = old.neighbours[slot];
  const std::size_t left = triangle;            // p a b
  const std::size_t right = triangles_.size();  // p c a
  std::vector<std::size_t> parts = {left, right};
  triangles_.push_back({{point, c, a}, {kNone, left, kNone}});
  triangles_[left] = {{point, a, b}, {kNone, kNone, right}};
  connect(left, 0, old.neighbours[(slot + 2) % 3], triangle);
  connect(right, 0, old.neighbours[(slot + 1) % 3], triangle);
  if (behind != kNone) {
    const Triangle other = triangles_[behind];
    const std::size_t there = static_cast<std::size_t>(
        std::find(other.neighbours.begin(), other.neighbours.end(), triangle) - other.neighbours.begin());
    const std::size_t d = other.corners[there];
    const std::size_t far_left = triangles_.size();  // p b d
    const std::size_t far_right = behind;            // p d c
    triangles_.push_back({{point, b, d}, {kNone, far_right, left}});
    triangles_[far_right] = {{point, d, c}, {kNone, right, far_left}};
    // other is d, c, b from there on: opposite of c lies the edge b d, opposite of b the edge d c.
    connect(far_left, 0, other.neighbours[(there + 1) % 3], behind);
    connect(far_right, 0, other.neighbours[(there + 2) % 3], behind);
    triangles_[left].neighbours[1] = far_left;
    triangles_[right].neighbours[2] = far_right;
    parts.insert(parts.end(), {far_left, far_right});
  }
  legalize(point, std::move(parts));
}

// Flips the edge opposite of the new point wherever the triangle behind has its far corner inside of the circle.
void Triangulation::legalize(std::size_t point, std::vector<std::size_t> open) {
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    const Triangle own = triangles_[at];  // p b c
    const std::size_t behind = own.neighbours[0];
    if (behind == kNone) continue;
    const Triangle other = triangles_[behind];  // d c b from its slot on
    const std::size_t there = slot_of(behind, at);
    const std::size_t d = other.corners[there];
    const std::size_t b = own.corners[1];
    const std::size_t c = own.corners[2];
    if (in_circle(points_[point], points_[b], points_[c], points_[d]) <= 0) continue;
    triangles_[at] = {{point, b, d}, {kNone, behind, own.neighbours[2]}};
    triangles_[behind] = {{point, d, c}, {kNone, own.neighbours[1], at}};
    connect(at, 0, other.neighbours[(there + 1) % 3], behind);
    connect(behind, 0, other.neighbours[(there + 2) % 3], behind);
    if (own.neighbours[1] != kNone) {
      triangles_[own.neighbours[1]].neighbours[slot_of(own.neighbours[1], at)] = behind;
    }
    open.push_back(at);
    open.push_back(behind);
  }
}

std::size_t Triangulation::insert(GridPoint point) {
  const std::size_t index = points_.size();
  const std::size_t at = find(point);
  points_.push_back(point);
  nearby(point) = at;  // stays a triangle, and one with the point before its edges flip
  for (std::size_t i = 0; i < 3; ++i) {
    const Triangle& triangle = triangles_[at];
    if (turn(points_[triangle.corners[(i + 1) % 3]], points_[triangle.corners[(i + 2) % 3]], point) == 0) {
      split_edge(at, i, index);
      return index;
    }
  }
  split_inside(at, index);
  return index;
}

std::vector<double> interpolated_between(const std::vector<double>& values, const std::vector<bool>& known,
                                         std::int64_t height, std::int64_t width, std::int64_t channels) {
  const auto pixel_of = [&](GridPoint point) { return point.y * width + point.x; };
  std::vector<double> result = values;
  if (height < 2 || width < 2) return result;
  std::vector<bool> given = known;
  Triangulation net(width, height);
  for (const GridPoint& corner : net.points()) given[static_cast<std::size_t>(pixel_of(corner))] = true;
  // In a random order, which keeps triangles from becoming long before they are cut.
  for (const std::uint32_t pixel : Random(0).permutation(static_cast<std::uint32_t>(height * width))) {
    const GridPoint point{pixel % width, pixel / width};
    const bool corner = (point.x == 0 || point.x == width - 1) && (point.y == 0 || point.y == height - 1);
    if (known[pixel] && !corner) net.insert(point);
  }
  for (const auto& corners : net.triangles()) {
    const GridPoint a = net.points()[corners[0]];
    const GridPoint b = net.points()[corners[1]];
    const GridPoint c = net.points()[corners[2]];
    const auto [left, right] = std::minmax({a.x, b.x, c.x});
    const auto [top, bottom] = std::minmax({a.y, b.y, c.y});
    const auto area = static_cast<double>(turn(a, b, c));
    for (std::int64_t y = top; y <= bottom; ++y) {
      for (std::int64_t x = left; x <= right; ++x) {
        const GridPoint point{x, y};
        const std::int64_t at_a = turn(b, c, point);
        const std::int64_t at_b = turn(c, a, point);
        const std::int64_t at_c = turn(a, b, point);
        if (at_a < 0 || at_b < 0 || at_c < 0 || given[static_cast<std::size_t>(pixel_of(point))]) continue;
        for (std::int64_t channel = 0; channel < channels; ++channel) {
          const auto value = [&](GridPoint at) {
            return values[static_cast<std::size_t>(pixel_of(at) * channels + channel)];
          };
          const double sum = static_cast<double>(at_a) * value(a) + static_cast<double>(at_b) * value(b) +
                             static_cast<double>(at_c) * value(c);
          result[static_cast<std::size_t>(pixel_of(point) * channels + channel)] = sum / area;
        }
      }
    }
  }
  return result;
}

}  // namespace saliency
