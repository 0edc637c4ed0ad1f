// The built-in provider's functions, with the meaning that kernels.h gives them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"

namespace saliency::kernels::simd {

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias);
std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, std::vector<float> weight,
                                              const float* bias);
void matmul(const MatmulSizes& sizes, const float* a, const float* b, float* c);
void max_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, const float* x, float* y,
              std::uint16_t* winners);
void max_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, const float* dy,
                       const std::uint16_t* winners, float* dx);
void average_pool(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor, const float* x,
                  float* y);
void average_pool_gradient(const Window& window, const ImageSizes& sizes, std::int64_t channels, Divisor divisor,
                           const float* dy, float* dx);
void clamp(std::int64_t count, const float* x, Clamp limits, float* y, std::uint8_t* bits);
void clamp_bits(std::int64_t count, const float* y, Clamp limits, std::uint8_t* bits);
void gate(std::int64_t count, const float* dy, Gate gate, float* dx);
void accumulate(std::int64_t count, const float* x, float* y);
void softmax(std::int64_t rows, std::int64_t columns, const float* x, float* y);
void softmax_gradient(std::int64_t rows, std::int64_t columns, const float* y, const float* dy, float* dx);
void sigmoid(std::int64_t count, const float* x, float* y);
void swish(std::int64_t count, float alpha, const float* x, float* y);
void swish_gradient(std::int64_t count, float alpha, const float* x, const float* dy, float* dx);
void transpose(int rank, const std::int64_t* shape, const int* permutation, const float* x, float* y);

}  // namespace saliency::kernels::simd
