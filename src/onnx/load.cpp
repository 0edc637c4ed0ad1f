#include "onnx/load.h"

#include <utility>

#include "graph/fold_batch_norm.h"

namespace saliency::onnx {

std::unique_ptr<graph::Session> load(std::span<const std::uint8_t> bytes, const LoadOptions& options) {
  graph::Network network = read(bytes, options.read);
  graph::fold_batch_norm(network);
  return std::make_unique<graph::Session>(graph::lower(std::move(network), options.lower));
}

}  // namespace saliency::onnx
