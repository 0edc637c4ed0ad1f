#include "onnx/opsets.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/error.h"

namespace saliency::onnx {
namespace {

constexpr std::int64_t kOldest = 6;  // for any operator
constexpr std::int64_t kNewest = 21;

// Operators that opset 1 defines as opset 7 does. A model of these alone may be as old.
constexpr std::string_view kUnchangedSinceOpset1[] = {
    "ArgMax",       "ArgMin",     "AveragePool", "Constant",          "Conv",          "ConvTranspose",
    "DepthToSpace", "Flatten",    "Gather",      "GlobalAveragePool", "GlobalMaxPool", "Identity",
    "LRN",          "LogSoftmax", "MatMul",      "MaxPool",           "Not",           "Shape",
    "Size",         "Softmax",    "Softplus",    "Softsign",          "SpaceToDepth",  "Squeeze",
    "Transpose",    "Unsqueeze"};

[[noreturn]] void refuse(std::int64_t opset) {
  throw Error(ErrorCode::UnsupportedOperator,
              "the model uses opset " + std::to_string(opset) + "; opsets 7 to 21 are supported",
              {.expected = "opset 7 to 21",
               .actual = std::to_string(opset),
               .remedy = "export it again, for instance by torch.onnx.export(…, opset_version=17)"});
}

}  // namespace

void check_opset(std::int64_t opset) {
  if (opset < 1 || opset > kNewest) refuse(opset);
}

void check_opset(std::int64_t opset, std::string_view type) {
  if (opset >= kOldest) return;
  const auto* const end = std::end(kUnchangedSinceOpset1);
  if (std::find(std::begin(kUnchangedSinceOpset1), end, type) == end) refuse(opset);
}

}  // namespace saliency::onnx
