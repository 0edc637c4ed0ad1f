// What fusing nodes must not change: values and gradients of all tensors, whoever asks for them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/onnx_builder.h"
#include "support/operator_check.h"

namespace saliency::testing {

std::vector<float> random_floats(std::size_t count, std::uint64_t seed);

// The types of the nodes that compute the model's first output, in order; without views.
std::vector<std::string> computed_types(const std::vector<std::uint8_t>& bytes);

// For a model of one float input "x" and the first output "y": loaded with all passes and with none it gives the same
// values of every tensor, the same gradient of y with respect to every tensor, and the same y when a tensor is fed.
void expect_fusion_changes_nothing(const std::vector<std::uint8_t>& bytes, double tolerance);

}  // namespace saliency::testing
