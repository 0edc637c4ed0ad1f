// Trilu: the upper or lower triangle of the matrices of the last two axes, 0 elsewhere.
// https://onnx.ai/onnx/operators/onnx__Trilu.html
//   upper  y[i, j] = x[i, j] where j ≥ i + k      lower  where j ≤ i + k
//   backward  dx = the same triangle of dy
#include "base/error.h"
#include "kernels/parallel.h"
#include "ops/index.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

class TriluOperator final : public Operator {
 public:
  TriluOperator(bool upper, std::int64_t k) : upper_(upper), k_(k) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    if (inputs[0].shape.size() < 2) {
      throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(inputs[0].shape) + ", not a matrix's");
    }
    return {{.shape = inputs[0].shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override { mask(context.inputs[0], context.outputs[0].data); }
  void backward(const Backward& context) const override { mask(context.output_grads[0], context.input_grads[0].data); }
  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> /*outputs*/) const override {
    if (input_axes[0] >= static_cast<int>(inputs[0].shape.size()) - 2) return std::nullopt;
    return input_axes[0];
  }

 private:
  void mask(const ConstView& x, Scalar* y) const {
    const std::int64_t rows = x.shape[x.rank() - 2], columns = x.shape[x.rank() - 1];
    if (columns == 0) return;
    kernels::parallel_for(x.size() / columns, 64, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const std::int64_t diagonal = row % rows + k_;
        for (std::int64_t j = 0; j < columns; ++j) {
          const bool kept = upper_ ? j >= diagonal : j <= diagonal;
          y[row * columns + j] = kept ? x.data[row * columns + j] : Scalar{0};
        }
      }
    });
  }

  bool upper_;
  std::int64_t k_;
};

}  // namespace

std::unique_ptr<Operator> make_trilu(const NodeInfo& info) {
  const bool has_k = info.has_input(1);
  const auto k = has_k ? bounded_integer(info.constant_input(1, "k").data.at(0)) : std::int64_t{0};
  return std::make_unique<TriluOperator>(info.attributes.integer("upper", 1) != 0, k);
}

}  // namespace saliency::ops
