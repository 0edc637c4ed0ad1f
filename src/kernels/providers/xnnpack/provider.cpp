// saliency::kernels is XNNPACK wherever it has an operator, and the built-in SIMD kernels elsewhere.
#include <utility>

#include "kernels/kernels.h"
#include "kernels/owned_weights.h"
#include "kernels/providers/xnnpack/xnnpack_kernels.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels {

const char* provider_name() {
  return "xnnpack";
}

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const Scalar* weight, const Scalar* bias) {
  if (auto convolution = xnnpack::make_convolution(geometry, weight, bias)) return convolution;
  return simd::make_convolution(geometry, weight, bias);
}
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, std::vector<Scalar> weight,
                                              const Scalar* bias) {
  if (auto convolution = xnnpack::make_convolution(geometry, weight.data(), bias)) return convolution;
  return simd::make_convolution(geometry, std::move(weight), bias);
}

void matmul(const MatmulSizes& sizes, const Scalar* a, const Scalar* b, Scalar* c) {
  reference::matmul(sizes, a, b, c);
}

void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* x, Scalar* y,
              std::uint16_t* winners) {
  if (winners == nullptr && xnnpack::max_pool(window, sizes, channels, x, y)) return;
  simd::max_pool(window, sizes, channels, x, y, winners);
}

void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                  const Scalar* x, Scalar* y) {
  if (xnnpack::average_pool(window, sizes, channels, divisor, x, y)) return;
  simd::average_pool(window, sizes, channels, divisor, x, y);
}

void softmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y) {
  if (!xnnpack::softmax(rows, columns, x, y)) simd::softmax(rows, columns, x, y);
}

void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* dy,
                       const std::uint16_t* winners, Scalar* dx) {
  simd::max_pool_gradient(window, sizes, channels, dy, winners, dx);
}

void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const Scalar* dy, Scalar* dx) {
  simd::average_pool_gradient(window, sizes, channels, divisor, dy, dx);
}

void softmax_gradient(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx) {
  simd::softmax_gradient(rows, columns, y, dy, dx);
}

void clamp(std::int64_t count, const Scalar* x, Clamp limits, Scalar* y, std::uint8_t* bits) {
  simd::clamp(count, x, limits, y, bits);
}

void clamp_bits(std::int64_t count, const Scalar* y, Clamp limits, std::uint8_t* bits) {
  simd::clamp_bits(count, y, limits, bits);
}

void gate(std::int64_t count, const Scalar* dy, Gate rule, Scalar* dx) {
  simd::gate(count, dy, rule, dx);
}

void accumulate(std::int64_t count, const Scalar* x, Scalar* y) {
  simd::accumulate(count, x, y);
}

void transpose(int rank, const std::int64_t* shape, const int* permutation, const Scalar* x, Scalar* y) {
  simd::transpose(rank, shape, permutation, x, y);
}

}  // namespace saliency::kernels
