#include "onnx/arity.h"

#include <algorithm>
#include <string_view>

#include "base/error.h"

namespace saliency::onnx {
namespace {

struct Arity {
  std::string_view type;
  std::size_t inputs;
};

// Of all other operators the first input is required. https://onnx.ai/onnx/operators/
constexpr Arity kArities[] = {
    {"Add", 2},
    {"And", 2},
    {"BatchNormalization", 5},
    {"CastLike", 2},
    {"Compress", 2},
    {"Conv", 2},
    {"ConvTranspose", 2},
    {"CumSum", 2},
    {"DequantizeLinear", 2},
    {"Div", 2},
    {"Equal", 2},
    {"Expand", 2},
    {"Gather", 2},
    {"GatherElements", 2},
    {"GatherND", 2},
    {"Gemm", 2},
    {"Greater", 2},
    {"GreaterOrEqual", 2},
    {"GridSample", 2},
    {"GroupNormalization", 3},
    {"InstanceNormalization", 3},
    {"LayerNormalization", 2},
    {"Less", 2},
    {"LessOrEqual", 2},
    {"MatMul", 2},
    {"Mod", 2},
    {"Mul", 2},
    {"OneHot", 3},
    {"Or", 2},
    {"Pow", 2},
    {"PRelu", 2},
    {"QuantizeLinear", 2},
    {"Range", 3},
    {"Scatter", 3},
    {"ScatterElements", 3},
    {"ScatterND", 3},
    {"Sub", 2},
    {"Tile", 2},
    {"Where", 3},
    {"Xor", 2},
};

// Any number of inputs, none of which may be left out.
constexpr std::string_view kVariadic[] = {"Concat", "Einsum", "Max", "Mean", "Min", "Sum"};

std::size_t required_inputs(const graph::NetworkNode& node) {
  if (std::find(std::begin(kVariadic), std::end(kVariadic), node.type) != std::end(kVariadic)) {
    return std::max<std::size_t>(node.inputs.size(), 1);
  }
  const auto found = std::find_if(std::begin(kArities), std::end(kArities),
                                  [&](const Arity& arity) { return arity.type == node.type; });
  return found == std::end(kArities) ? 1 : found->inputs;
}

}  // namespace

void check_inputs(const graph::NetworkNode& node) {
  if (!node.domain.empty()) return;
  const std::size_t required = required_inputs(node);
  std::size_t present = 0;
  while (present < required && present < node.inputs.size() && !node.inputs[present].empty()) ++present;
  if (present == required) return;
  throw Error(ErrorCode::ModelInvalid,
              node.type + " '" + node.name + "': its input " + std::to_string(present) + " is missing",
              {.expected = "at least " + std::to_string(required) + (required == 1 ? " input" : " inputs"),
               .actual = std::to_string(present)});
}

}  // namespace saliency::onnx
