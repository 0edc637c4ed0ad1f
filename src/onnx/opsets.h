// Which versions of the operator set are read.
#pragma once

#include <cstdint>
#include <string_view>

namespace saliency::onnx {

// Throw UnsupportedOperator for an opset that no operator here is defined in, and for one in which this operator may
// mean something else than in opset 7.
void check_opset(std::int64_t opset);
void check_opset(std::int64_t opset, std::string_view type);

}  // namespace saliency::onnx
