#include "onnx/load.h"

#include <utility>

#include "graph/fold_batch_norm.h"
#include "graph/fold_matmul_bias.h"
#include "graph/fusion/fuse.h"

namespace saliency::onnx {

std::unique_ptr<graph::Session> load(std::span<const std::uint8_t> bytes, const LoadOptions& options) {
  graph::Network network = read(bytes, options.read);
  graph::fold_batch_norm(network);
  graph::fold_matmul_bias(network);
  graph::fuse(network);
  return std::make_unique<graph::Session>(graph::lower(std::move(network), options.lower));
}

}  // namespace saliency::onnx
