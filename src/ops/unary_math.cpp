// Functions of one number, element by element. https://onnx.ai/onnx/operators/
//   Sqrt   dy/dx = 1/(2y)        Exp         y              Log         1/x            Erf    2/√π · e^(−x²)
//   Abs    sign(x), 0 at 0       Neg         −1             Reciprocal  −y²
//   Sin    cos x                 Cos         −sin x         Tan         1 + y²
//   Asin   1/√(1 − x²)           Acos        −1/√(1 − x²)   Atan        1/(1 + x²)
//   Sinh   cosh x                Cosh        sinh x
//   Asinh  1/√(x² + 1)           Acosh       1/√(x² − 1)    Atanh       1/(1 − x²)
//   Sign, Floor, Ceil, Round (half to even): steps, whose slope is 0, as in PyTorch
#include <cmath>
#include <numbers>

#include "ops/registry.h"
#include "ops/scalar_math.h"
#include "ops/unary.h"

namespace saliency::ops {
namespace {

using P = UnaryParameters;
namespace sm = scalar_math;

#define SALIENCY_FUNCTION(Name, keep, kept, value_of_x, slope_of_kept)                                  \
  struct Name {                                                                                         \
    static constexpr Keep kKeep = Keep::keep;                                                           \
    static Scalar value(Scalar x, P) { return static_cast<Scalar>(value_of_x); }                        \
    static Scalar slope([[maybe_unused]] Scalar kept, P) { return static_cast<Scalar>(slope_of_kept); } \
  }

SALIENCY_FUNCTION(Sqrt, Output, y, std::sqrt(x), Scalar(0.5) / y);
SALIENCY_FUNCTION(Exp, Output, y, sm::exp(x), y);
SALIENCY_FUNCTION(Log, Input, x, std::log(x), 1 / x);
SALIENCY_FUNCTION(Erf, Input, x, sm::erf(x), 2 * std::numbers::inv_sqrtpi_v<Scalar> * sm::exp(-x * x));
SALIENCY_FUNCTION(Abs, Input, x, std::abs(x), (x > 0) - (x < 0));
SALIENCY_FUNCTION(Neg, Nothing, x, -x, -1);
SALIENCY_FUNCTION(Reciprocal, Output, y, 1 / x, -y* y);
SALIENCY_FUNCTION(Sin, Input, x, std::sin(x), std::cos(x));
SALIENCY_FUNCTION(Cos, Input, x, std::cos(x), -std::sin(x));
SALIENCY_FUNCTION(Tan, Output, y, std::tan(x), 1 + y * y);
SALIENCY_FUNCTION(Asin, Input, x, std::asin(x), 1 / std::sqrt(1 - x * x));
SALIENCY_FUNCTION(Acos, Input, x, std::acos(x), -1 / std::sqrt(1 - x * x));
SALIENCY_FUNCTION(Atan, Input, x, std::atan(x), 1 / (1 + x * x));
SALIENCY_FUNCTION(Sinh, Input, x, std::sinh(x), std::cosh(x));
SALIENCY_FUNCTION(Cosh, Input, x, std::cosh(x), std::sinh(x));
SALIENCY_FUNCTION(Asinh, Input, x, std::asinh(x), 1 / std::sqrt(x * x + 1));
SALIENCY_FUNCTION(Acosh, Input, x, std::acosh(x), 1 / std::sqrt(x * x - 1));
SALIENCY_FUNCTION(Atanh, Input, x, std::atanh(x), 1 / (1 - x * x));
SALIENCY_FUNCTION(Sign, Nothing, x, std::isnan(x) ? x : static_cast<Scalar>((x > 0) - (x < 0)), 0);
SALIENCY_FUNCTION(Floor, Nothing, x, std::floor(x), 0);
SALIENCY_FUNCTION(Ceil, Nothing, x, std::ceil(x), 0);
SALIENCY_FUNCTION(Round, Nothing, x, std::nearbyint(x), 0);
#undef SALIENCY_FUNCTION

constexpr UnaryFunction kFunctions[] = {
    unary_function<Sqrt>("Sqrt", Nonlinearity::Smooth),
    unary_function<Exp>("Exp", Nonlinearity::Smooth),
    unary_function<Log>("Log", Nonlinearity::Smooth),
    unary_function<Erf>("Erf", Nonlinearity::Smooth),
    unary_function<Abs>("Abs", Nonlinearity::Smooth),
    unary_function<Neg>("Neg", Nonlinearity::None),
    unary_function<Reciprocal>("Reciprocal", Nonlinearity::Smooth),
    unary_function<Sin>("Sin", Nonlinearity::Smooth),
    unary_function<Cos>("Cos", Nonlinearity::Smooth),
    unary_function<Tan>("Tan", Nonlinearity::Smooth),
    unary_function<Asin>("Asin", Nonlinearity::Smooth),
    unary_function<Acos>("Acos", Nonlinearity::Smooth),
    unary_function<Atan>("Atan", Nonlinearity::Smooth),
    unary_function<Sinh>("Sinh", Nonlinearity::Smooth),
    unary_function<Cosh>("Cosh", Nonlinearity::Smooth),
    unary_function<Asinh>("Asinh", Nonlinearity::Smooth),
    unary_function<Acosh>("Acosh", Nonlinearity::Smooth),
    unary_function<Atanh>("Atanh", Nonlinearity::Smooth),
    unary_function<Sign>("Sign", Nonlinearity::Smooth),
    unary_function<Floor>("Floor", Nonlinearity::Smooth),
    unary_function<Ceil>("Ceil", Nonlinearity::Smooth),
    unary_function<Round>("Round", Nonlinearity::Smooth),
};

}  // namespace

std::unique_ptr<Operator> make_unary_math(const NodeInfo& info) {
  return std::make_unique<UnaryOperator>(unary_row(kFunctions, info.type), UnaryParameters{});
}

}  // namespace saliency::ops
