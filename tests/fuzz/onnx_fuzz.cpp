// libFuzzer: no bytes may crash the reader, hang it, or make it allocate much more than they are long.
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/error.h"
#include "onnx/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  try {
    saliency::onnx::read(bytes);
  } catch (const saliency::Error&) {
  }
  try {
    saliency::onnx::read_tensor(bytes);
  } catch (const saliency::Error&) {
  }
  return 0;
}
