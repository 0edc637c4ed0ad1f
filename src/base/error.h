// The one error type of the core. A program reads `code`; a person reads `message`, which says what was expected,
// what came and where; `remedy` says what to do about it.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace saliency {

enum class ErrorCode {
  ModelInvalid,         // the bytes are not a readable ONNX model, or the graph contradicts itself
  UnsupportedOperator,  // the model is legal, but uses something that is not implemented
  ShapeMismatch,        // a tensor has another shape than the one asked for
  TargetOutOfRange,     // the explained class or output does not exist
  NoGradient,           // the path from x to y crosses something without a gradient
  InvalidOption,        // an option is unknown, or its value out of range
  OutOfMemory,
  Disposed,  // the object was used after it was released
};

// The stable upper-case name that JavaScript sees, e.g. "MODEL_INVALID".
std::string_view code_name(ErrorCode code);

struct ErrorDetails {
  std::string expected = {};
  std::string actual = {};
  std::string remedy = {};
};

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, ErrorDetails details = {});

  const char* what() const noexcept override { return message_.c_str(); }
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const ErrorDetails& details() const { return details_; }

  // The same error with `context` in front of its message: "Conv 'stem.conv': input has 4 channels…".
  Error within(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
  ErrorDetails details_;
};

}  // namespace saliency
