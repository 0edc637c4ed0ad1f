// Working memory of a kernel. Each thread has its own; it grows and is kept, so that nothing is allocated once the
// first pass through a network is over.
#pragma once

#include <cstdint>

namespace saliency::kernels::simd {

// A buffer stays valid until the same thread asks for the same slot again.
enum class Slot {
  Gated,     // a copy of an input, gated or padded, that all threads of a call read
  Pointers,  // rows of a tile
  Rows,      // a thread's own gated rows
  Tiles,     // Winograd: transformed input tiles
  Products,  // Winograd: products before the output transform
  Panels,    // a computed operand of matmul, packed
  Count
};

// At least `bytes` bytes on a 64-byte boundary, contents undefined.
void* scratch_bytes(Slot slot, std::int64_t bytes);

template <class T>
T* scratch(Slot slot, std::int64_t count) {
  return static_cast<T*>(scratch_bytes(slot, count * static_cast<std::int64_t>(sizeof(T))));
}

}  // namespace saliency::kernels::simd
