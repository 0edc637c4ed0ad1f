// Assigns places in one block of memory to buffers that live for a part of the time only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/scalar.h"

namespace saliency::graph {

struct Buffer {
  std::size_t bytes = 0;
  int first = 0;  // the step that writes it
  int last = 0;   // the last step that reads it
  std::size_t offset = 0;
};

// Bytes of that many Scalars; throws OutOfMemory when no buffer can be that large.
std::size_t byte_count(std::int64_t elements);

// Sets each offset (a multiple of 64) so that buffers alive at the same step do not overlap; returns the size of the
// block. Largest first, each at the lowest free place. Throws OutOfMemory.
std::size_t place(std::vector<Buffer>& buffers);

}  // namespace saliency::graph
