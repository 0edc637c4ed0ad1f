#include "ops/strided.h"

#include <algorithm>

#include "kernels/parallel.h"

namespace saliency::ops {
namespace {

// The walk with axes of size 1 gone and neighbours through which both sides step evenly merged; innermost axis last.
struct Walk {
  Shape shape, x_strides, y_strides;
};

Walk merged(std::span<const std::int64_t> shape, std::span<const std::int64_t> x_strides,
            std::span<const std::int64_t> y_strides) {
  Walk walk;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) continue;
    if (!walk.shape.empty() && walk.x_strides.back() == x_strides[i] * shape[i] &&
        walk.y_strides.back() == y_strides[i] * shape[i]) {
      walk.shape.back() *= shape[i];
      walk.x_strides.back() = x_strides[i];
      walk.y_strides.back() = y_strides[i];
    } else {
      walk.shape.push_back(shape[i]);
      walk.x_strides.push_back(x_strides[i]);
      walk.y_strides.push_back(y_strides[i]);
    }
  }
  if (walk.shape.empty()) walk = {{1}, {1}, {1}};
  return walk;
}

// row(x, y): one run along the innermost axis.
template <class Row>
void for_each_row(const Walk& walk, const Scalar* x, Scalar* y, const Row& row) {
  const std::size_t outer_axes = walk.shape.size() - 1;
  std::int64_t rows = 1;
  for (std::size_t a = 0; a < outer_axes; ++a) rows *= walk.shape[a];
  constexpr std::int64_t kElementsPerThread = 1 << 15;
  const std::int64_t grain =
      std::max<std::int64_t>(1, kElementsPerThread / std::max<std::int64_t>(walk.shape.back(), 1));
  kernels::parallel_for(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      std::int64_t rest = r, x_offset = 0, y_offset = 0;
      for (std::size_t a = outer_axes; a-- > 0;) {
        const std::int64_t index = rest % walk.shape[a];
        rest /= walk.shape[a];
        x_offset += index * walk.x_strides[a];
        y_offset += index * walk.y_strides[a];
      }
      row(x + x_offset, y + y_offset);
    }
  });
}

bool is_empty(std::span<const std::int64_t> shape) {
  return std::find(shape.begin(), shape.end(), 0) != shape.end();
}

}  // namespace

void copy_strided(std::span<const std::int64_t> shape, const Scalar* x, std::span<const std::int64_t> x_strides,
                  Scalar* y, std::span<const std::int64_t> y_strides) {
  if (is_empty(shape)) return;
  const Walk walk = merged(shape, x_strides, y_strides);
  const std::int64_t count = walk.shape.back(), x_step = walk.x_strides.back(), y_step = walk.y_strides.back();
  for_each_row(walk, x, y, [=](const Scalar* from, Scalar* to) {
    if (x_step == 1 && y_step == 1) {
      std::copy_n(from, count, to);
    } else if (x_step == 0 && y_step == 1) {
      std::fill_n(to, count, *from);
    } else {
      for (std::int64_t i = 0; i < count; ++i) to[i * y_step] = from[i * x_step];
    }
  });
}

void add_strided(std::span<const std::int64_t> shape, const Scalar* x, std::span<const std::int64_t> x_strides,
                 Scalar* y, std::span<const std::int64_t> y_strides) {
  if (is_empty(shape)) return;
  const Walk walk = merged(shape, x_strides, y_strides);
  const std::int64_t count = walk.shape.back(), x_step = walk.x_strides.back(), y_step = walk.y_strides.back();
  for_each_row(walk, x, y, [=](const Scalar* from, Scalar* to) {
    for (std::int64_t i = 0; i < count; ++i) to[i * y_step] += from[i * x_step];
  });
}

}  // namespace saliency::ops
