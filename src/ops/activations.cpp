// Smooth activations, element by element. https://onnx.ai/onnx/operators/
//   Sigmoid      y = σ(x) = 1/(1 + e⁻ˣ)                        dy/dx = y·(1 − y)
//   Tanh         y = tanh x                                    dy/dx = 1 − y²
//   Elu          y = x > 0 ? x : α(eˣ − 1)                     dy/dx = x > 0 ? 1 : αeˣ
//   Selu         y = γ · Elu(x)                                dy/dx = γ · (x > 0 ? 1 : αeˣ)
//   Celu         y = x > 0 ? x : α(e^(x/α) − 1)                dy/dx = x > 0 ? 1 : e^(x/α)
//   Softplus     y = log(1 + eˣ)                               dy/dx = σ(x)
//   Softsign     y = x/(1 + |x|)                               dy/dx = 1/(1 + |x|)²
//   HardSigmoid  y = min(max(αx + β, 0), 1)                    dy/dx = α within the limits
//   HardSwish    y = x · min(max(x/6 + ½, 0), 1)               dy/dx = x/3 + ½ within −3 … 3
//   Mish         y = x · t, t = tanh(log(1 + eˣ))              dy/dx = t + x·(1 − t²)·σ(x)
//   Swish        y = x · σ(αx)                                 dy/dx = s + αx·s(1 − s), s = σ(αx)
//   Gelu         y = x · Φ(x), Φ(x) = ½(1 + erf(x/√2))         dy/dx = Φ(x) + x·e^(−x²/2)/√(2π)
//     "tanh"     y = ½x(1 + t), t = tanh(√(2/π)(x + 0.044715x³))
//   Shrink       y = x < −λ ? x + b : x > λ ? x − b : 0        dy/dx = 1 outside of −λ … λ
// At a kink the slope is that of the flat side (HardSigmoid, HardSwish, Shrink), or of x < 0 (Elu and its like).
#include "kernels/activations.h"

#include <cmath>
#include <numbers>

#include "base/error.h"
#include "ops/registry.h"
#include "ops/scalar_math.h"
#include "ops/unary.h"

namespace saliency::ops {
namespace {

using P = UnaryParameters;
namespace sm = scalar_math;

struct Tanh {
  static constexpr Keep kKeep = Keep::Output;
  static Scalar value(Scalar x, P) { return sm::tanh(x); }
  static Scalar slope(Scalar y, P) { return 1 - y * y; }
};

// a: scale of the negative side before γ, b: γ
struct Elu {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P p) {
    const Scalar below = p.a * sm::expm1(x > 0 ? 0 : x);
    return p.b * (x > 0 ? x : below);
  }
  static Scalar slope(Scalar x, P p) {
    const Scalar below = p.a * sm::exp(x > 0 ? 0 : x);
    return p.b * (x > 0 ? 1 : below);
  }
};

struct Celu {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P p) {
    const Scalar below = p.a * sm::expm1(x > 0 ? 0 : x / p.a);
    return x > 0 ? x : below;
  }
  static Scalar slope(Scalar x, P p) {
    const Scalar below = sm::exp(x > 0 ? 0 : x / p.a);
    return x > 0 ? 1 : below;
  }
};

Scalar softplus(Scalar x) {
  return (x > 0 ? x : 0) + sm::log1p_to_1(sm::exp(x > 0 ? -x : x));
}

struct Softplus {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P) { return softplus(x); }
  static Scalar slope(Scalar x, P) { return sm::sigmoid(x); }
};

struct Softsign {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P) { return x / (1 + std::abs(x)); }
  static Scalar slope(Scalar x, P) {
    const Scalar d = 1 + std::abs(x);
    return 1 / (d * d);
  }
};

struct HardSigmoid {
  static constexpr Keep kKeep = Keep::Output;
  static Scalar value(Scalar x, P p) {
    const Scalar line = p.a * x + p.b;
    const Scalar raised = line < 0 ? 0 : line;
    return raised > 1 ? 1 : raised;
  }
  static Scalar slope(Scalar y, P p) { return y > 0 && y < 1 ? p.a : 0; }
};

struct HardSwish {
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P) {
    const Scalar line = x / 6 + Scalar(0.5);
    const Scalar raised = line < 0 ? 0 : line;
    return x * (raised > 1 ? 1 : raised);
  }
  static Scalar slope(Scalar x, P) {
    const Scalar low = x > -3 ? x / 3 + Scalar(0.5) : 0;
    return x < 3 ? low : 1;
  }
};

// tanh(log(1 + eˣ)) = n/(n + 2) with n = eˣ(eˣ + 2)
Scalar tanh_of_softplus(Scalar x) {
  constexpr Scalar kOne = 20;  // from there it rounds to 1, and n would overflow later
  const Scalar e = sm::exp(x > kOne ? kOne : x);
  const Scalar n = e * (e + 2);
  return n / (n + 2);
}

struct Mish {
  static constexpr Keep kKeep = Keep::Slope;
  static Scalar value(Scalar x, P) { return x * tanh_of_softplus(x); }
  static ValueAndSlope both(Scalar x, P) {
    const Scalar t = tanh_of_softplus(x);
    return {x * t, t + x * (1 - t * t) * sm::sigmoid(x)};
  }
};

struct Gelu {
  static constexpr Keep kKeep = Keep::Slope;
  static constexpr Scalar kRootHalf = std::numbers::sqrt2_v<Scalar> / 2;
  static Scalar cumulative(Scalar x) { return Scalar(0.5) * (1 + sm::erf(x * kRootHalf)); }
  static Scalar value(Scalar x, P) { return x * cumulative(x); }
  static ValueAndSlope both(Scalar x, P) {
    constexpr Scalar kDensity = std::numbers::inv_sqrtpi_v<Scalar> * kRootHalf;  // 1/√(2π)
    const Scalar share = cumulative(x);
    return {x * share, share + x * kDensity * sm::exp(Scalar(-0.5) * x * x)};
  }
};

struct GeluTanh {
  static constexpr Keep kKeep = Keep::Slope;
  static constexpr Scalar kScale = std::numbers::inv_sqrtpi_v<Scalar> * std::numbers::sqrt2_v<Scalar>;  // √(2/π)
  static constexpr Scalar kCubic = Scalar(0.044715);
  static Scalar inner(Scalar x) { return sm::tanh(kScale * (x + kCubic * x * x * x)); }
  static Scalar value(Scalar x, P) { return Scalar(0.5) * x * (1 + inner(x)); }
  static ValueAndSlope both(Scalar x, P) {
    const Scalar t = inner(x);
    const Scalar slope = Scalar(0.5) * (1 + t) + Scalar(0.5) * x * (1 - t * t) * kScale * (1 + 3 * kCubic * x * x);
    return {Scalar(0.5) * x * (1 + t), slope};
  }
};

struct Shrink {  // a: λ, b: bias
  static constexpr Keep kKeep = Keep::Input;
  static Scalar value(Scalar x, P p) {
    const Scalar above = x > p.a ? x - p.b : 0;
    return x < -p.a ? x + p.b : above;
  }
  static Scalar slope(Scalar x, P p) { return x < -p.a || x > p.a ? 1 : 0; }
};

// Kernels compute these two.
constexpr UnaryFunction kSigmoid = {
    "Sigmoid", Nonlinearity::Smooth, Keep::Output,
    [](std::int64_t count, const Scalar* x, P, Scalar* y) { kernels::sigmoid(count, x, y); },
    [](std::int64_t count, const Scalar* y, const Scalar* dy, P, Scalar* dx) {
      for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * (y[i] * (1 - y[i]));
    }};
constexpr UnaryFunction kSwish = {
    "Swish", Nonlinearity::Smooth, Keep::Input,
    [](std::int64_t count, const Scalar* x, P p, Scalar* y) { kernels::swish(count, p.a, x, y); },
    [](std::int64_t count, const Scalar* x, const Scalar* dy, P p, Scalar* dx) {
      kernels::swish_gradient(count, p.a, x, dy, dx);
    }};

constexpr UnaryFunction kActivations[] = {
    kSigmoid,
    kSwish,
    unary_function<Tanh>("Tanh", Nonlinearity::Smooth),
    unary_function<Elu>("Elu", Nonlinearity::Smooth),
    unary_function<Elu>("Selu", Nonlinearity::Smooth),
    unary_function<Celu>("Celu", Nonlinearity::Smooth),
    unary_function<Softplus>("Softplus", Nonlinearity::Smooth),
    unary_function<Softsign>("Softsign", Nonlinearity::Smooth),
    unary_function<HardSigmoid>("HardSigmoid", Nonlinearity::Smooth),
    unary_function<HardSwish>("HardSwish", Nonlinearity::Smooth),
    unary_function<Mish>("Mish", Nonlinearity::Smooth),
    unary_function<Gelu>("Gelu", Nonlinearity::Smooth),
    unary_function<GeluTanh>("Gelu tanh", Nonlinearity::Smooth),
    unary_function<Shrink>("Shrink", Nonlinearity::Smooth),
};

// The defaults are ONNX's.
P parameters(const NodeInfo& info) {
  const auto real = [&](const char* name, double fallback) {
    return static_cast<Scalar>(info.attributes.real(name, fallback));
  };
  if (info.type == "Elu") return {real("alpha", 1), 1};
  if (info.type == "Selu") return {real("alpha", 1.67326319217681884765625), real("gamma", 1.05070102214813232421875)};
  if (info.type == "Celu" || info.type == "Swish") return {real("alpha", 1)};
  if (info.type == "HardSigmoid") return {real("alpha", 0.2), real("beta", 0.5)};
  if (info.type == "Shrink") return {real("lambd", 0.5), real("bias", 0)};
  return {};
}

}  // namespace

std::unique_ptr<Operator> make_activation(const NodeInfo& info) {
  std::string name = info.type;
  if (name == "Gelu") {
    const std::string approximate = info.attributes.text("approximate", "none");
    if (approximate == "tanh") {
      name = "Gelu tanh";
    } else if (approximate != "none") {
      throw Error(ErrorCode::ModelInvalid,
                  "attribute 'approximate' is '" + approximate + "', neither 'none' nor 'tanh'");
    }
  }
  return std::make_unique<UnaryOperator>(unary_row(kActivations, name), parameters(info));
}

}  // namespace saliency::ops
