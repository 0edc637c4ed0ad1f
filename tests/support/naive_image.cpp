#include "support/naive_image.h"

namespace saliency::testing {
namespace {

// Everything as of two spatial axes.
struct Pair {
  std::int64_t h = 1, w = 1;
};

Pair pair(const std::vector<std::int64_t>& values, std::size_t axes, std::int64_t missing) {
  if (values.empty()) return {missing, missing};
  return axes == 1 ? Pair{missing, values[0]} : Pair{values[0], values[1]};
}

Pair spatial(const Shape& shape) {
  return shape.size() == 3 ? Pair{1, shape[2]} : Pair{shape[2], shape[3]};
}

struct Frame {
  Pair input, output, kernel, stride, dilation, leading;

  Frame(const Shape& x, const Shape& y, Pair taps, const NaiveWindow& window)
      : input(spatial(x)), output(spatial(y)), kernel(taps) {
    const std::size_t axes = x.size() - 2;
    stride = pair(window.stride, axes, 1);
    dilation = pair(window.dilation, axes, 1);
    leading = pair(window.leading, axes, 0);
  }

  // body(output pixel, row, column of the tap in the input, tap)
  template <class Body>
  void for_each_tap(const Body& body) const {
    for (std::int64_t oy = 0; oy < output.h; ++oy) {
      for (std::int64_t ox = 0; ox < output.w; ++ox) {
        for (std::int64_t ky = 0; ky < kernel.h; ++ky) {
          for (std::int64_t kx = 0; kx < kernel.w; ++kx) {
            body(oy * output.w + ox, oy * stride.h - leading.h + ky * dilation.h,
                 ox * stride.w - leading.w + kx * dilation.w, ky * kernel.w + kx);
          }
        }
      }
    }
  }
  bool inside(std::int64_t row, std::int64_t column) const {
    return row >= 0 && row < input.h && column >= 0 && column < input.w;
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
  const std::int64_t in_pixels = frame.input.h * frame.input.w, out_pixels = frame.output.h * frame.output.w;
  const std::int64_t taps = frame.kernel.h * frame.kernel.w, icg = weight.shape[1], oc = weight.shape[0];
  for (std::int64_t n = 0; n < x.shape[0]; ++n) {
    for (std::int64_t o = 0; o < oc; ++o) {
      Scalar* plane = y.data.data() + (n * oc + o) * out_pixels;
      for (std::int64_t p = 0; p < out_pixels; ++p) plane[p] = bias.data[static_cast<std::size_t>(o)];
      for (std::int64_t i = 0; i < icg; ++i) {
        const std::int64_t channel = o / (oc / groups) * icg + i;
        const Scalar* input = x.data.data() + (n * x.shape[1] + channel) * in_pixels;
        const Scalar* taps_of = weight.data.data() + (o * icg + i) * taps;
        frame.for_each_tap([&](std::int64_t pixel, std::int64_t row, std::int64_t column, std::int64_t tap) {
          if (frame.inside(row, column)) plane[pixel] += taps_of[tap] * input[row * frame.input.w + column];
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
  const std::int64_t y_pixels = frame.input.h * frame.input.w, x_pixels = frame.output.h * frame.output.w;
  const std::int64_t taps = frame.kernel.h * frame.kernel.w, ocg = weight.shape[1], ic = weight.shape[0];
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
        frame.for_each_tap([&](std::int64_t pixel, std::int64_t row, std::int64_t column, std::int64_t tap) {
          if (frame.inside(row, column)) plane[row * frame.input.w + column] += taps_of[tap] * input[pixel];
        });
      }
    }
  }
  return y;
}

Tensor naive_pool(const Tensor& x, const std::vector<std::int64_t>& kernel, const NaiveWindow& window,
                  const Shape& output, const Reduction& reduce) {
  Tensor y(output);
  const std::size_t axes = x.shape.size() - 2;
  const Frame frame(x.shape, y.shape, pair(kernel, axes, 1), window);
  const Pair trailing = pair(window.trailing, axes, 0);
  const std::int64_t in_pixels = frame.input.h * frame.input.w, out_pixels = frame.output.h * frame.output.w;
  for (std::int64_t plane = 0; plane < x.shape[0] * x.shape[1]; ++plane) {
    std::vector<std::vector<double>> values(static_cast<std::size_t>(out_pixels));
    std::vector<std::int64_t> padding(static_cast<std::size_t>(out_pixels));
    frame.for_each_tap([&](std::int64_t pixel, std::int64_t row, std::int64_t column, std::int64_t) {
      const auto at = static_cast<std::size_t>(pixel);
      if (frame.inside(row, column)) {
        values[at].push_back(
            static_cast<double>(x.data[static_cast<std::size_t>(plane * in_pixels + row * frame.input.w + column)]));
      } else if (row >= -frame.leading.h && row < frame.input.h + trailing.h && column >= -frame.leading.w &&
                 column < frame.input.w + trailing.w) {
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
