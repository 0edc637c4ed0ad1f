// The numeric primitives: a forward and an adjoint for each. Numbers only: pointers and sizes, nothing throws.
//
//   n batch · h w height and width of the input · oh ow of the output · c channels · ic oc of a convolution
//   kh kw taps · all images are NHWC, all weights oc×kh×kw×(ic/groups)
//
// Three implementations pass the same tests: `reference` (naive, the specification), and the provider that CMake
// chose (SALIENCY_KERNELS), `simd` or `xnnpack`, which is what the functions of this namespace call.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "base/scalar.h"

namespace saliency::kernels {

// Which provider this build calls: "reference", "simd" or "xnnpack".
const char* provider_name();

// A window that slides over an image.
struct Window {
  std::int64_t kernel_height = 1, kernel_width = 1;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t dilation_height = 1, dilation_width = 1;
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
};

// Sizes of one call; the output's follow from the window in all cases but a pool's ceil_mode, hence both are given.
struct ImageSizes {
  std::int64_t batch = 1;
  std::int64_t height = 1, width = 1;          // of the input x
  std::int64_t out_height = 1, out_width = 1;  // of the output y
  // Of a forward convolution of a part of an image: so many rows and columns of the window's leading padding are not
  // there, because x has pixels in their place. At most the window's pads.
  std::int64_t cut_top = 0, cut_left = 0;
};

// y = min(max(y, low), high), fused into the kernel that makes y.
struct Clamp {
  Scalar low = -std::numeric_limits<Scalar>::infinity();
  Scalar high = std::numeric_limits<Scalar>::infinity();

  bool is_identity() const {
    return low == -std::numeric_limits<Scalar>::infinity() && high == std::numeric_limits<Scalar>::infinity();
  }
};

// What happens to an output gradient dy as a kernel reads it: the rectifier behind the layer, backwards.
//   bits           one bit a value of dy, in memory order, least significant first; null: all ones
//   positive_only  negative dy count as 0 (guided backpropagation, DeconvNet)
struct Gate {
  const std::uint8_t* bits = nullptr;
  bool positive_only = false;

  bool is_identity() const { return bits == nullptr && !positive_only; }
};

// ── Convolution ────────────────────────────────────────────────────────────────────────────────────────────────────
struct ConvGeometry {
  std::int64_t in_channels = 1, out_channels = 1, groups = 1;
  Window window = {};
};

// A convolution with constant weights, packed when it is made and, for the adjoint, on first use (thread-safe).
class Convolution {
 public:
  Convolution() = default;
  Convolution(const Convolution&) = delete;
  Convolution& operator=(const Convolution&) = delete;
  virtual ~Convolution() = default;

  // y[n,oh,ow,oc] = clamp(bias + Σ weight · x[n,h,w,ic])
  virtual void forward(const ImageSizes& sizes, const Scalar* x, Clamp clamp, Scalar* y) const = 0;

  // dx = Wᵀ · gate(dy); every element of dx is written.
  virtual void input_gradient(const ImageSizes& sizes, const Scalar* dy, Gate gate, Scalar* dx) const = 0;
};

// weight: oc×kh×kw×(ic/groups), bias: oc or null. Both are copied; the caller may free them.
// A fully connected layer of r rows is a 1×1 convolution of sizes {1, r, 1, r, 1}.
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const Scalar* weight, const Scalar* bias);

// ── Matrix product of two computed matrices ────────────────────────────────────────────────────────────────────────
// c[m×n] = op(a)[m×k] · op(b)[k×n]. Row-major; a transposed operand is stored k×m or n×k.
struct MatmulSizes {
  std::int64_t m = 1, n = 1, k = 1;
  bool transpose_a = false, transpose_b = false;
};
void matmul(const MatmulSizes& sizes, const Scalar* a, const Scalar* b, Scalar* c);

// ── Pooling ────────────────────────────────────────────────────────────────────────────────────────────────────────
// Padding never wins. Of equal values the first in memory order wins, as in PyTorch; NaN wins over numbers.
// winners (null: not wanted): n×oh×ow×c, the winning tap's index ky·kw + kx.
void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* x, Scalar* y,
              std::uint16_t* winners);
// Every element of dx is written.
void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* dy,
                       const std::uint16_t* winners, Scalar* dx);

enum class Divisor { ValidTaps, AllTaps };  // ONNX count_include_pad = 0 and 1 (taps beyond the padding never count)
void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                  const Scalar* x, Scalar* y);
void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const Scalar* dy, Scalar* dx);

// ── Element-wise and data movement ─────────────────────────────────────────────────────────────────────────────────
// y = clamp(x); bits (null: not wanted): one bit a value, set where low < x < high (slope 1), least significant first,
// ⌈count/8⌉ bytes.
void clamp(std::int64_t count, const Scalar* x, Clamp limits, Scalar* y, std::uint8_t* bits);
// The bits of clamp() for a y that is already clamped: set where low < y < high.
void clamp_bits(std::int64_t count, const Scalar* y, Clamp limits, std::uint8_t* bits);
// dx = gate(dy); dx may be dy.
void gate(std::int64_t count, const Scalar* dy, Gate gate, Scalar* dx);

// y += x
void accumulate(std::int64_t count, const Scalar* x, Scalar* y);

// y[i0,…] = x with axes reordered: output axis a is input axis permutation[a]. shape: the input's, rank ≤ 8.
void transpose(int rank, const std::int64_t* shape, const int* permutation, const Scalar* x, Scalar* y);

// Softmax over the last axis of rows×columns, and its adjoint dx = y · (dy − Σ dy·y).
void softmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y);
void softmax_gradient(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx);

// The naive versions, with the same meaning.
namespace reference {
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const Scalar* weight, const Scalar* bias);
void matmul(const MatmulSizes& sizes, const Scalar* a, const Scalar* b, Scalar* c);
void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* x, Scalar* y,
              std::uint16_t* winners);
void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* dy,
                       const std::uint16_t* winners, Scalar* dx);
void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                  const Scalar* x, Scalar* y);
void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const Scalar* dy, Scalar* dx);
void clamp(std::int64_t count, const Scalar* x, Clamp limits, Scalar* y, std::uint8_t* bits);
void clamp_bits(std::int64_t count, const Scalar* y, Clamp limits, std::uint8_t* bits);
void gate(std::int64_t count, const Scalar* dy, Gate gate, Scalar* dx);
void accumulate(std::int64_t count, const Scalar* x, Scalar* y);
void transpose(int rank, const std::int64_t* shape, const int* permutation, const Scalar* x, Scalar* y);
void softmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y);
void softmax_gradient(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx);
}  // namespace reference

}  // namespace saliency::kernels
