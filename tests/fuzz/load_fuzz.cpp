// libFuzzer: no bytes may crash what loading does behind the reader: operators, shapes, constant folding.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "onnx/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    saliency::onnx::load(std::span<const std::uint8_t>(data, size));
  } catch (const saliency::Error&) {
  }
  return 0;
}
