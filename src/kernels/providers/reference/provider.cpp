// saliency::kernels is the naive reference.
#include "kernels/kernels.h"
#include "kernels/owned_weights.h"

namespace saliency::kernels {

const char* provider_name() {
  return "reference";
}

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const Scalar* weight, const Scalar* bias) {
  return reference::make_convolution(geometry, weight, bias);
}
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, std::vector<Scalar> weight,
                                              const Scalar* bias) {
  return reference::make_convolution(geometry, weight.data(), bias);
}

void matmul(const MatmulSizes& sizes, const Scalar* a, const Scalar* b, Scalar* c) {
  reference::matmul(sizes, a, b, c);
}

void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* x, Scalar* y,
              std::uint16_t* winners) {
  reference::max_pool(window, sizes, channels, x, y, winners);
}

void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const Scalar* dy,
                       const std::uint16_t* winners, Scalar* dx) {
  reference::max_pool_gradient(window, sizes, channels, dy, winners, dx);
}

void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                  const Scalar* x, Scalar* y) {
  reference::average_pool(window, sizes, channels, divisor, x, y);
}

void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const Scalar* dy, Scalar* dx) {
  reference::average_pool_gradient(window, sizes, channels, divisor, dy, dx);
}

void clamp(std::int64_t count, const Scalar* x, Clamp limits, Scalar* y, std::uint8_t* bits) {
  reference::clamp(count, x, limits, y, bits);
}

void clamp_bits(std::int64_t count, const Scalar* y, Clamp limits, std::uint8_t* bits) {
  reference::clamp_bits(count, y, limits, bits);
}

void gate(std::int64_t count, const Scalar* dy, Gate rule, Scalar* dx) {
  reference::gate(count, dy, rule, dx);
}

void accumulate(std::int64_t count, const Scalar* x, Scalar* y) {
  reference::accumulate(count, x, y);
}

void transpose(int rank, const std::int64_t* shape, const int* permutation, const Scalar* x, Scalar* y) {
  reference::transpose(rank, shape, permutation, x, y);
}

void softmax(std::int64_t rows, std::int64_t columns, const Scalar* x, Scalar* y) {
  reference::softmax(rows, columns, x, y);
}

void softmax_gradient(std::int64_t rows, std::int64_t columns, const Scalar* y, const Scalar* dy, Scalar* dx) {
  reference::softmax_gradient(rows, columns, y, dy, dx);
}

}  // namespace saliency::kernels
