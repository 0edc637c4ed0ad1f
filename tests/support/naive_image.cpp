#include "support/naive_image.h"

#include <functional>
#include <numeric>
#include <utility>

namespace saliency::testing {
namespace {

using Sizes = std::vector<std::int64_t>;

Sizes spatial(const Shape& shape) {
  return Sizes(shape.begin() + 2, shape.end());
}

std::int64_t product(const Sizes& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

// Counts through all positions of a grid, the last axis fastest; false after the last one.
bool advance(Sizes& position, const Sizes& grid) {
  for (std::size_t axis = grid.size(); axis-- > 0;) {
    if (++position[axis] < grid[axis]) return true;
    position[axis] = 0;
  }
  return false;
}

enum class Place { Inside, Pad, Beyond };

struct Frame {
  Sizes input, output, kernel, stride, dilation, leading, trailing;

  Frame(const Shape& x, const Shape& y, Sizes taps, const NaiveWindow& window)
      : input(spatial(x)), output(spatial(y)), kernel(std::move(taps)) {
    const auto all = [&](const Sizes& values, std::int64_t missing) {
      return values.empty() ? Sizes(input.size(), missing) : values;
    };
    stride = all(window.stride, 1);
    dilation = all(window.dilation, 1);
    leading = all(window.leading, 0);
    trailing = all(window.trailing, 0);
  }

  // body(output pixel, input pixel, tap, where the input pixel lies)
  template <class Body>
  void for_each_tap(const Body& body) const {
    Sizes at(output.size());
    std::int64_t pixel = 0;
    do {
      Sizes tap(kernel.size());
      std::int64_t tap_index = 0;
      do {
        std::int64_t source = 0;
        Place place = Place::Inside;
        for (std::size_t axis = 0; axis < input.size(); ++axis) {
          const std::int64_t x = at[axis] * stride[axis] - leading[axis] + tap[axis] * dilation[axis];
          source = source * input[axis] + x;
          if (x >= 0 && x < input[axis]) continue;
          const bool in_pad = x >= -leading[axis] && x < input[axis] + trailing[axis];
          place = in_pad && place != Place::Beyond ? Place::Pad : Place::Beyond;
        }
        body(pixel, source, tap_index, place);
        ++tap_index;
      } while (advance(tap, kernel));
      ++pixel;
    } while (advance(at, output));
  }
};

}  // namespace

Tensor naive_conv(const Tensor& x, const Tensor& weight, const Tensor& bias, const NaiveWindow& window,
                  std::int64_t groups) {
  const std::size_t axes = x.shape.size() - 2;
  Shape shape = {x.shape[0], weight.shape[0]};
  for (std::size_t a = 0; a < axes; ++a) {
    const auto at = [&](const std::vector<std::int64_t>& values, std::int64_t missing) {
      return values.empty() ? missing : values[a];
    };
    const std::int64_t taps = (weight.shape[a + 2] - 1) * at(window.dilation, 1) + 1;
    shape.push_back((x.shape[a + 2] + at(window.leading, 0) + at(window.trailing, 0) - taps) / at(window.stride, 1) +
                    1);
  }
  Tensor y(shape);
  const Frame frame(x.shape, shape, spatial(weight.shape), window);
  const std::int64_t in_pixels = product(frame.input), out_pixels = product(frame.output);
  const std::int64_t taps = product(frame.kernel), icg = weight.shape[1], oc = weight.shape[0];
  for (std::int64_t n = 0; n < x.shape[0]; ++n) {
    for (std::int64_t o = 0; o < oc; ++o) {
      Scalar* plane = y.data.data() + (n * oc + o) * out_pixels;
      for (std::int64_t p = 0; p < out_pixels; ++p) plane[p] = bias.data[static_cast<std::size_t>(o)];
      for (std::int64_t i = 0; i < icg; ++i) {
        const std::int64_t channel = o / (oc / groups) * icg + i;
        const Scalar* input = x.data.data() + (n * x.shape[1] + channel) * in_pixels;
        const Scalar* taps_of = weight.data.data() + (o * icg + i) * taps;
        frame.for_each_tap([&](std::int64_t pixel, std::int64_t source, std::int64_t tap, Place place) {
          if (place == Place::Inside) plane[pixel] += taps_of[tap] * input[source];
        });
      }
    }
  }
  return y;
}

Tensor naive_conv_transpose(const Tensor& x, const Tensor& weight, const Tensor& bias, const NaiveWindow& window,
                            std::int64_t groups, const Shape& output) {
  Tensor y(output);
  // The window slides over y; its positions are the pixels of x.
  const Frame frame(y.shape, x.shape, spatial(weight.shape), window);
  const std::int64_t y_pixels = product(frame.input), x_pixels = product(frame.output);
  const std::int64_t taps = product(frame.kernel), ocg = weight.shape[1], ic = weight.shape[0];
  for (std::int64_t n = 0; n < x.shape[0]; ++n) {
    for (std::int64_t o = 0; o < y.shape[1]; ++o) {
      Scalar* plane = y.data.data() + (n * y.shape[1] + o) * y_pixels;
      for (std::int64_t p = 0; p < y_pixels; ++p) plane[p] = bias.data[static_cast<std::size_t>(o)];
    }
    for (std::int64_t i = 0; i < ic; ++i) {
      const Scalar* input = x.data.data() + (n * ic + i) * x_pixels;
      for (std::int64_t o = 0; o < ocg; ++o) {
        const std::int64_t channel = i / (ic / groups) * ocg + o;
        Scalar* plane = y.data.data() + (n * y.shape[1] + channel) * y_pixels;
        const Scalar* taps_of = weight.data.data() + (i * ocg + o) * taps;
        frame.for_each_tap([&](std::int64_t pixel, std::int64_t source, std::int64_t tap, Place place) {
          if (place == Place::Inside) plane[source] += taps_of[tap] * input[pixel];
        });
      }
    }
  }
  return y;
}

Tensor naive_pool(const Tensor& x, const std::vector<std::int64_t>& kernel, const NaiveWindow& window,
                  const Shape& output, const Reduction& reduce) {
  Tensor y(output);
  const Frame frame(x.shape, y.shape, kernel, window);
  const std::int64_t in_pixels = product(frame.input), out_pixels = product(frame.output);
  for (std::int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
    std::vector<std::vector<double>> values(static_cast<std::size_t>(out_pixels));
    std::vector<std::int64_t> padding(static_cast<std::size_t>(out_pixels));
    frame.for_each_tap([&](std::int64_t pixel, std::int64_t source, std::int64_t /*tap*/, Place place) {
      const auto at = static_cast<std::size_t>(pixel);
      if (place == Place::Inside) {
        values[at].push_back(static_cast<double>(x.data[static_cast<std::size_t>(plane * in_pixels + source)]));
      } else if (place == Place::Pad) {
        ++padding[at];
      }
    });
    for (std::int64_t p = 0; p < out_pixels; ++p) {
      const auto at = static_cast<std::size_t>(p);
      y.data[static_cast<std::size_t>(plane * out_pixels + p)] = static_cast<Scalar>(reduce(values[at], padding[at]));
    }
  }
  return y;
}

}  // namespace saliency::testing
