// Comparisons, with NumPy broadcasting, and logic: booleans out of numbers. No gradient.
//   https://onnx.ai/onnx/operators/onnx__Equal.html, Greater, GreaterOrEqual, Less, LessOrEqual, And, Or, Xor, Not,
//   IsNaN, IsInf
#include <cmath>
#include <functional>
#include <string_view>

#include "base/error.h"
#include "ops/broadcast.h"
#include "ops/elementwise.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

using RunLoop = void (*)(const Run& run, Scalar* y);

template <class Predicate>
void compare(const Run& run, Scalar* y) {
  for_each_pair(run, [=](std::int64_t i, Scalar a, Scalar b) { y[i] = Predicate{}(a, b) ? Scalar{1} : Scalar{0}; });
}

struct Row {
  std::string_view type;
  RunLoop loop;
};

struct And {
  bool operator()(Scalar a, Scalar b) const { return a != 0 && b != 0; }
};
struct Or {
  bool operator()(Scalar a, Scalar b) const { return a != 0 || b != 0; }
};
struct Xor {
  bool operator()(Scalar a, Scalar b) const { return (a != 0) != (b != 0); }
};

constexpr Row kComparisons[] = {
    {"And", compare<And>},
    {"Equal", compare<std::equal_to<>>},
    {"Greater", compare<std::greater<>>},
    {"GreaterOrEqual", compare<std::greater_equal<>>},
    {"Less", compare<std::less<>>},
    {"LessOrEqual", compare<std::less_equal<>>},
    {"Or", compare<Or>},
    {"Xor", compare<Xor>},
};

class ComparisonOperator final : public Elementwise {
 public:
  explicit ComparisonOperator(RunLoop loop) : loop_(loop) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = broadcast(inputs[0].shape, inputs[1].shape), .dtype = DType::Bool}};
  }

  void forward(const Forward& context) const override {
    const View& y = context.outputs[0];
    broadcast_map(y.shape, {context.inputs[0], context.inputs[1]}, loop_, y.data);
  }

 private:
  RunLoop loop_;
};

// Of one tensor: a value is true when it is zero (Not), not a number, or infinite with one of the wanted signs.
class TestOperator final : public Elementwise {
 public:
  struct Tests {
    bool zero = false, nan = false, positive_infinity = false, negative_infinity = false;
  };

  explicit TestOperator(Tests tests) : tests_(tests) {}

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    return {{.shape = inputs[0].shape, .dtype = DType::Bool}};
  }

  void forward(const Forward& context) const override {
    const Scalar* x = context.inputs[0].data;
    Scalar* y = context.outputs[0].data;
    const std::int64_t count = context.outputs[0].size();
    for (std::int64_t i = 0; i < count; ++i) y[i] = holds(x[i]) ? Scalar{1} : Scalar{0};
  }

 private:
  bool holds(Scalar x) const {
    if (std::isinf(x)) return x > 0 ? tests_.positive_infinity : tests_.negative_infinity;
    return (tests_.zero && x == 0) || (tests_.nan && std::isnan(x));
  }

  Tests tests_;
};

}  // namespace

std::unique_ptr<Operator> make_comparison(const NodeInfo& info) {
  for (const Row& row : kComparisons) {
    if (row.type == info.type) return std::make_unique<ComparisonOperator>(row.loop);
  }
  throw Error(ErrorCode::UnsupportedOperator, "'" + info.type + "' is no comparison");
}

std::unique_ptr<Operator> make_not(const NodeInfo& /*info*/) {
  return std::make_unique<TestOperator>(TestOperator::Tests{.zero = true});
}

std::unique_ptr<Operator> make_is_nan(const NodeInfo& /*info*/) {
  return std::make_unique<TestOperator>(TestOperator::Tests{.nan = true});
}

std::unique_ptr<Operator> make_is_inf(const NodeInfo& info) {
  return std::make_unique<TestOperator>(
      TestOperator::Tests{.positive_infinity = info.attributes.integer("detect_positive", 1) != 0,
                          .negative_infinity = info.attributes.integer("detect_negative", 1) != 0});
}

}  // namespace saliency::ops
