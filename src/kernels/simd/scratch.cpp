#include "kernels/simd/scratch.h"

#include <array>
#include <memory>
#include <new>

namespace saliency::kernels::simd {
namespace {

constexpr std::align_val_t kAlignment{64};

struct Release {
  void operator()(std::byte* p) const { ::operator delete(p, kAlignment); }
};

struct Buffer {
  std::unique_ptr<std::byte, Release> bytes;
  std::int64_t size = 0;
};

}  // namespace

void* scratch_bytes(Slot slot, std::int64_t bytes) {
  thread_local std::array<Buffer, static_cast<std::size_t>(Slot::Count)> buffers;
  Buffer& buffer = buffers[static_cast<std::size_t>(slot)];
  if (buffer.size < bytes) {
    buffer.bytes.reset();  // first, so that the two do not stand beside each other
    buffer.size = 0;
    buffer.bytes.reset(static_cast<std::byte*>(::operator new(static_cast<std::size_t>(bytes), kAlignment)));
    buffer.size = bytes;
  }
  return buffer.bytes.get();
}

}  // namespace saliency::kernels::simd
