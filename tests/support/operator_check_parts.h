// What the parts of operator_check share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/tensor.h"

namespace saliency::testing {

// {0, 2, …, rank−1, 1}: n×c×… → n×…×c
std::vector<int> to_last(std::size_t rank);
std::vector<int> inverted(std::span<const int> permutation);

// Random gradients of the outputs that are floats; empty tensors for the others.
std::vector<Tensor> random_gradients(const std::vector<Tensor>& outputs, std::uint64_t seed);

}  // namespace saliency::testing
