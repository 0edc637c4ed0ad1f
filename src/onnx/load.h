// From the bytes of an ONNX file to a session that runs it.
#pragma once

#include <memory>

#include "graph/lower.h"
#include "graph/session.h"
#include "onnx/reader.h"

namespace saliency::onnx {

struct LoadOptions {
  ReadOptions read = {};
  graph::LowerOptions lower = {};
};

std::unique_ptr<graph::Session> load(std::span<const std::uint8_t> bytes, const LoadOptions& options = {});

}  // namespace saliency::onnx
