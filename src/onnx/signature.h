// What a file that is no ONNX model probably is.
#pragma once

#include <string>
#include <string_view>

namespace saliency::onnx {

// "a ZIP archive: …" for the magic bytes of well-known files; empty: nothing known.
std::string recognised_format(std::string_view bytes);

}  // namespace saliency::onnx
