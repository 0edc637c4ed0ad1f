#include "base/error.h"

#include <utility>

namespace saliency {

std::string_view code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::ModelInvalid: return "MODEL_INVALID";
    case ErrorCode::UnsupportedOperator: return "UNSUPPORTED_OPERATOR";
    case ErrorCode::ShapeMismatch: return "SHAPE_MISMATCH";
    case ErrorCode::TargetOutOfRange: return "TARGET_OUT_OF_RANGE";
    case ErrorCode::NoGradient: return "NO_GRADIENT";
    case ErrorCode::InvalidOption: return "INVALID_OPTION";
    case ErrorCode::OutOfMemory: return "OUT_OF_MEMORY";
    case ErrorCode::Disposed: return "DISPOSED";
  }
  return "MODEL_INVALID";
}

Error::Error(ErrorCode code, std::string message, ErrorDetails details)
    : code_(code), message_(std::move(message)), details_(std::move(details)) {}

Error Error::within(std::string_view context) const {
  return Error(code_, std::string(context) + ": " + message_, details_);
}

}  // namespace saliency
