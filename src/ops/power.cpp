// Powers and remainders of two tensors, with NumPy broadcasting.
//   Pow  https://onnx.ai/onnx/operators/onnx__Pow.html  y = aᵇ       da = dy · b·a^(b−1)   db = dy · y·log a
//   Mod  https://onnx.ai/onnx/operators/onnx__Mod.html  y = a − b·q  da = dy               db = −dy · q
// q is the quotient rounded down, or cut towards zero with fmod. da is 0 where b = 0; db is 0 where a = 0 ≤ b, as in
// PyTorch. A single constant exponent makes Pow a function of one number: squares and roots need no pow().
#include <cmath>

#include "ops/binary.h"
#include "ops/registry.h"
#include "ops/unary.h"

namespace saliency::ops {
namespace {

struct Power {
  static Scalar value(Scalar a, Scalar b) { return std::pow(a, b); }
  static Scalar slope_a(Scalar a, Scalar b) { return b == 0 ? 0 : b * std::pow(a, b - 1); }
  static Scalar slope_b(Scalar a, Scalar b) { return a == 0 && b >= 0 ? 0 : std::pow(a, b) * std::log(a); }
  static constexpr std::uint32_t kNeedsForA = kOperandA | kOperandB, kNeedsForB = kOperandA | kOperandB;
};

struct IntegerPower : Power {
  static Scalar value(Scalar a, Scalar b) { return std::trunc(std::pow(a, b)); }
};

using P = UnaryParameters;  // a: the exponent

struct AnyPower {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P p) { return Power::value(x, p.a); }
  static Scalar slope(Scalar x, P p) { return Power::slope_a(x, p.a); }
};
struct Square {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P) { return x * x; }
  static Scalar slope(Scalar x, P) { return 2 * x; }
};
struct Cube {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P) { return x * x * x; }
  static Scalar slope(Scalar x, P) { return 3 * x * x; }
};
struct SquareRoot {
  static constexpr Keep kKeep = Keep::Output;
  static Scalar value(Scalar x, P) { return std::sqrt(x); }
  static Scalar slope(Scalar y, P) { return Scalar(0.5) / y; }
};
struct InverseRoot {
  static constexpr Keep kKeep = Keep::Output;
  static Scalar value(Scalar x, P) { return 1 / std::sqrt(x); }
  static Scalar slope(Scalar y, P) { return Scalar(-0.5) * y * y * y; }
};
struct Inverse {
  static constexpr Keep kKeep = Keep::Output;
  static Scalar value(Scalar x, P) { return 1 / x; }
  static Scalar slope(Scalar y, P) { return -y * y; }
};

constexpr UnaryFunction kAnyPower = unary_function<AnyPower>("Pow", Nonlinearity::Smooth);
struct KnownPower {
  Scalar exponent;
  UnaryFunction function;
};
constexpr KnownPower kKnownPowers[] = {
    {2, unary_function<Square>("Pow", Nonlinearity::Smooth)},
    {3, unary_function<Cube>("Pow", Nonlinearity::Smooth)},
    {Scalar(0.5), unary_function<SquareRoot>("Pow", Nonlinearity::Smooth)},
    {Scalar(-0.5), unary_function<InverseRoot>("Pow", Nonlinearity::Smooth)},
    {-1, unary_function<Inverse>("Pow", Nonlinearity::Smooth)},
};

const UnaryFunction& power_function(Scalar exponent) {
  for (const KnownPower& known : kKnownPowers) {
    if (known.exponent == exponent) return known.function;
  }
  return kAnyPower;
}

struct Remainder {  // of the sign of b
  static Scalar value(Scalar a, Scalar b) {
    const Scalar remainder = std::fmod(a, b);
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
  }
  static Scalar slope_a(Scalar, Scalar) { return 1; }
  static Scalar slope_b(Scalar a, Scalar b) { return -std::floor(a / b); }
  static constexpr std::uint32_t kNeedsForA = 0, kNeedsForB = kOperandA | kOperandB;
};

struct CutRemainder : Remainder {  // of the sign of a
  static Scalar value(Scalar a, Scalar b) { return std::fmod(a, b); }
  static Scalar slope_b(Scalar a, Scalar b) { return -std::trunc(a / b); }
};

}  // namespace

std::unique_ptr<Operator> make_pow(const NodeInfo& info) {
  const ValueType& base = info.inputs[0];
  const ValueType& exponent = info.inputs[1];
  if (base.dtype != DType::Float) return make_binary<IntegerPower>(info, Differentiable::No);
  const Tensor* constant = exponent.constant;
  if (constant != nullptr && constant->size() == 1 && constant->shape.size() <= base.shape.size()) {
    return std::make_unique<UnaryOperator>(power_function(constant->data[0]), P{.a = constant->data[0]});
  }
  return make_binary<Power>(info);
}

std::unique_ptr<Operator> make_mod(const NodeInfo& info) {
  const Differentiable differentiable = info.inputs[0].dtype == DType::Float ? Differentiable::Yes : Differentiable::No;
  if (info.attributes.integer("fmod", 0) != 0) return make_binary<CutRemainder>(info, differentiable);
  return make_binary<Remainder>(info, differentiable);
}

}  // namespace saliency::ops
