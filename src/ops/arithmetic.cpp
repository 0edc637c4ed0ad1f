// The four arithmetic operators of two tensors, with NumPy broadcasting.
//   Add  https://onnx.ai/onnx/operators/onnx__Add.html   y = a + b   da = dy       db = dy
//   Sub  https://onnx.ai/onnx/operators/onnx__Sub.html   y = a − b   da = dy       db = −dy
//   Mul  https://onnx.ai/onnx/operators/onnx__Mul.html   y = a · b   da = dy · b   db = dy · a
//   Div  https://onnx.ai/onnx/operators/onnx__Div.html   y = a / b   da = dy / b   db = −dy · a / b²
// The quotient of integers is cut towards zero. The gradient of a broadcast operand is summed over what it met.
#include <cmath>

#include "ops/binary.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

struct Sum {
  static Scalar value(Scalar a, Scalar b) { return a + b; }
  static Scalar slope_a(Scalar, Scalar) { return 1; }
  static Scalar slope_b(Scalar, Scalar) { return 1; }
  static constexpr std::uint32_t kNeedsForA = 0, kNeedsForB = 0;
};

struct Difference {
  static Scalar value(Scalar a, Scalar b) { return a - b; }
  static Scalar slope_a(Scalar, Scalar) { return 1; }
  static Scalar slope_b(Scalar, Scalar) { return -1; }
  static constexpr std::uint32_t kNeedsForA = 0, kNeedsForB = 0;
};

struct Product {
  static Scalar value(Scalar a, Scalar b) { return a * b; }
  static Scalar slope_a(Scalar, Scalar b) { return b; }
  static Scalar slope_b(Scalar a, Scalar) { return a; }
  static constexpr std::uint32_t kNeedsForA = kOperandB, kNeedsForB = kOperandA;
};

struct Quotient {
  static Scalar value(Scalar a, Scalar b) { return a / b; }
  static Scalar slope_a(Scalar, Scalar b) { return 1 / b; }
  static Scalar slope_b(Scalar a, Scalar b) { return -a / (b * b); }
  static constexpr std::uint32_t kNeedsForA = kOperandB, kNeedsForB = kOperandA | kOperandB;
};

// In double: the rounded quotient of two floats below 2^24 may reach the next integer.
struct IntegerQuotient : Quotient {
  static Scalar value(Scalar a, Scalar b) {
    return static_cast<Scalar>(std::trunc(static_cast<double>(a) / static_cast<double>(b)));
  }
};

}  // namespace

std::unique_ptr<Operator> make_add(const NodeInfo& info) {
  return make_binary<Sum>(info);
}
std::unique_ptr<Operator> make_sub(const NodeInfo& info) {
  return make_binary<Difference>(info);
}
std::unique_ptr<Operator> make_mul(const NodeInfo& info) {
  return make_binary<Product>(info);
}

std::unique_ptr<Operator> make_div(const NodeInfo& info) {
  if (info.inputs[0].dtype != DType::Float) return make_binary<IntegerQuotient>(info, Differentiable::No);
  return make_binary<Quotient>(info);
}

}  // namespace saliency::ops
