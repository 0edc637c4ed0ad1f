#include "support/operator_check.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <numeric>

#include "base/error.h"

namespace saliency::testing {
namespace {

constexpr Scalar kPoison = std::numeric_limits<Scalar>::quiet_NaN();

std::vector<int> to_last(std::size_t rank) {  // n c … → n … c
  std::vector<int> permutation = {0};
  for (std::size_t a = 2; a < rank; ++a) permutation.push_back(static_cast<int>(a));
  if (rank > 1) permutation.push_back(1);
  return permutation;
}

std::vector<int> inverted(std::span<const int> permutation) {
  std::vector<int> result(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i) {
    result[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
  }
  return result;
}

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.data.size(); ++i)
    sum += static_cast<double>(a.data[i]) * static_cast<double>(b.data[i]);
  return sum;
}

std::map<std::string, int>& checks_done() {
  static std::map<std::string, int> counts;
  return counts;
}

std::set<std::string>& declared_types() {
  static std::set<std::string> types;
  return types;
}

Tensor reversed(Tensor tensor) {
  std::reverse(tensor.data.begin(), tensor.data.end());
  return tensor;
}

Tensor concatenated(const Tensor& a, const Tensor& b, int axis) {
  Tensor result(a.shape, 0, a.dtype);
  const auto at = static_cast<std::size_t>(axis);
  result.shape[at] += b.shape[at];
  result.data.clear();
  const auto outer = element_count(std::span(a.shape).first(at));
  const std::int64_t a_run = a.size() / outer, b_run = b.size() / outer;
  for (std::int64_t o = 0; o < outer; ++o) {
    result.data.insert(result.data.end(), a.data.begin() + o * a_run, a.data.begin() + (o + 1) * a_run);
    result.data.insert(result.data.end(), b.data.begin() + o * b_run, b.data.begin() + (o + 1) * b_run);
  }
  return result;
}

std::vector<Tensor> random_gradients(const std::vector<Tensor>& outputs, std::uint64_t seed) {
  std::vector<Tensor> grads;
  for (const Tensor& output : outputs) {
    grads.push_back(output.dtype == DType::Float ? random_tensor(output.shape, -1, 1, ++seed) : Tensor());
  }
  return grads;
}

double projection(const std::vector<Tensor>& grads, const std::vector<Tensor>& outputs) {
  double sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!grads[i].data.empty()) sum += dot(grads[i], outputs[i]);
  }
  return sum;
}

std::vector<Tensor> tensors_of(const OperatorCase& check) {
  std::vector<Tensor> tensors;
  for (const CaseInput& input : check.inputs) tensors.push_back(input.tensor);
  return tensors;
}

}  // namespace

CaseInput constant(Tensor tensor) {
  CaseInput input(std::move(tensor));
  input.constant = true;
  return input;
}

CaseInput absent() {
  CaseInput input;
  input.present = false;
  return input;
}

std::string describe(const OperatorCase& check) {
  std::string text = check.type + " (opset " + std::to_string(check.opset) + ") of";
  for (const CaseInput& input : check.inputs) text += input.present ? " " + to_string(input.tensor.shape) : " –";
  return text;
}

Tensor random_tensor(Shape shape, Scalar low, Scalar high, std::uint64_t seed) {
  Tensor tensor(std::move(shape));
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 0x1234567u;
  for (Scalar& value : tensor.data) {  // SplitMix64
    state += 0x9E3779B97F4A7C15u;
    std::uint64_t bits = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    bits ^= bits >> 31;
    value = low + (high - low) * static_cast<Scalar>(static_cast<double>(bits >> 40) * 0x1p-24);
  }
  return tensor;
}

Tensor integers(Shape shape, std::vector<Scalar> values) {
  return Tensor(std::move(shape), std::move(values), DType::Int);
}

Tensor transposed(const Tensor& x, std::span<const int> permutation) {
  Tensor y(permuted(x.shape, permutation), 0, x.dtype);
  const Shape from = strides_of(x.shape);
  Shape index(y.shape.size(), 0);
  for (Scalar& value : y.data) {
    std::int64_t offset = 0;
    for (std::size_t a = 0; a < index.size(); ++a) offset += index[a] * from[static_cast<std::size_t>(permutation[a])];
    value = x.data[static_cast<std::size_t>(offset)];
    for (std::size_t a = index.size(); a-- > 0;) {
      if (++index[a] < y.shape[a]) break;
      index[a] = 0;
    }
  }
  return y;
}

Tensor to_channels_last(const Tensor& nchw) {
  return transposed(nchw, to_last(nchw.shape.size()));
}
Tensor to_channels_first(const Tensor& nhwc) {
  return transposed(nhwc, inverted(to_last(nhwc.shape.size())));
}

void expect_close(const Tensor& actual, const Tensor& expected, double tolerance) {
  ASSERT_EQ(to_string(actual.shape), to_string(expected.shape));
  ASSERT_EQ(actual.data.size(), expected.data.size());
  int failures = 0;
  for (std::size_t i = 0; i < actual.data.size() && failures < 5; ++i) {
    const double a = static_cast<double>(actual.data[i]), e = static_cast<double>(expected.data[i]);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    const bool close = std::abs(a - e) <= tolerance * (1 + std::abs(e));
    EXPECT_TRUE(close) << "element " << i << " of " << to_string(actual.shape) << ": " << a << ", expected " << e;
    failures += close ? 0 : 1;
  }
}

// ── OperatorRun ────────────────────────────────────────────────────────────────────────────────────────────────────

struct OperatorRun::Memory {
  static constexpr std::size_t kAlignment = 64, kGuard = 64;
  static constexpr unsigned char kMark = 0xA5;
  std::vector<unsigned char> bytes;
  unsigned char* saved = nullptr;
  std::size_t size = 0;

  void allocate(std::size_t count) {
    size = count;
    bytes.assign(count + kAlignment + kGuard, 0xFF);  // 0xFFFFFFFF is a NaN
    auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
    saved = bytes.data() + (kAlignment - address % kAlignment) % kAlignment;
    std::fill_n(saved + size, kGuard, kMark);
  }
  bool intact() const {
    return std::all_of(saved + size, saved + size + kGuard, [](unsigned char byte) { return byte == kMark; });
  }
};

void OperatorRun::make(const OperatorCase& check) {
  const ops::Registration* registration = ops::find_registration(check.type);
  if (registration == nullptr) throw Error(ErrorCode::UnsupportedOperator, "'" + check.type + "' is not registered");
  channels_last_ = registration->layout == ops::Layout::ChannelsLast;
  inputs_ = check.inputs;
  if (channels_last_ && !inputs_.empty()) inputs_[0].tensor = to_channels_last(inputs_[0].tensor);
  for (const CaseInput& input : inputs_) {
    input_types_.push_back({.shape = input.tensor.shape,
                            .dtype = input.tensor.dtype,
                            .constant = input.constant ? &input.tensor : nullptr,
                            .present = input.present});
  }
  op_ = registration->make({.type = check.type,
                            .opset = check.opset,
                            .attributes = check.attributes,
                            .inputs = input_types_,
                            .output_count = check.outputs});
}

void OperatorRun::prepare() {
  output_types_ = op_->infer(input_types_);
  std::vector<ConstView> constants;
  for (const CaseInput& input : inputs_) {
    constants.push_back(input.constant ? ConstView(input.tensor) : ConstView(input.tensor.shape, nullptr));
  }
  released_ = op_->prepare(constants);
}

OperatorRun::OperatorRun(const OperatorCase& check) {
  make(check);
  prepare();
  EXPECT_GE(output_types_.size(), check.outputs) << describe(check);
}

OperatorRun::OperatorRun(const OperatorCase& check, std::span<const int> pulled,
                         std::optional<std::vector<int>>* pushed) {
  make(check);
  channels_last_ = false;
  *pushed = op_->pull_transpose(pulled);
  if (!*pushed) return;
  const std::vector<int> back = inverted(pulled);
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (!inputs_[i].present || (i > 0 && !op_->pulls_all_inputs())) continue;
    Tensor& tensor = inputs_[i].tensor;
    while (tensor.shape.size() < pulled.size()) tensor.shape.insert(tensor.shape.begin(), 1);
    tensor = transposed(tensor, back);
    input_types_[i].shape = tensor.shape;
  }
  prepare();
}

std::vector<Tensor> OperatorRun::run_forward(kernels::Clamp clamp, Memory& memory, bool keep_for_backward) const {
  std::vector<ConstView> inputs;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const bool readable = inputs_[i].present && !(released_ >> i & 1u);
    inputs.push_back(readable ? ConstView(inputs_[i].tensor) : ConstView(inputs_[i].tensor.shape, nullptr));
  }
  std::vector<Tensor> outputs;
  for (const ops::ValueType& type : output_types_) outputs.emplace_back(type.shape, kPoison, type.dtype);
  std::vector<View> output_views(outputs.begin(), outputs.end());

  if (keep_for_backward) memory.allocate(op_->saved_bytes(inputs, output_views));
  op_->forward({.inputs = inputs, .outputs = output_views, .saved = memory.saved, .clamp = clamp});
  if (keep_for_backward) {
    EXPECT_TRUE(memory.intact()) << "forward() wrote beyond saved_bytes()";
  }
  return outputs;
}

std::vector<Tensor> OperatorRun::in_onnx_layout(std::vector<Tensor> outputs) const {
  if (channels_last_ && !outputs.empty()) outputs[0] = to_channels_first(outputs[0]);
  return outputs;
}

std::vector<Tensor> OperatorRun::forward(kernels::Clamp clamp) const {
  Memory none;
  return in_onnx_layout(run_forward(clamp, none, false));
}

std::vector<Tensor> OperatorRun::backward(const std::vector<Tensor>& output_grads, const std::vector<bool>& wanted,
                                          kernels::Gate gate) const {
  Memory memory;
  const std::vector<Tensor> outputs = run_forward({}, memory, true);
  const std::vector<unsigned char> saved_before(memory.saved, memory.saved + memory.size);
  const ops::BackwardNeeds needs = op_->needs();

  std::vector<ConstView> inputs, output_views, grad_views;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    const bool readable = inputs_[i].present && (needs.inputs >> i & 1u) && !(released_ >> i & 1u);
    inputs.emplace_back(inputs_[i].tensor.shape, readable ? inputs_[i].tensor.data.data() : nullptr);
  }
  std::vector<Tensor> grads = output_grads;
  if (channels_last_ && !grads[0].data.empty()) grads[0] = to_channels_last(grads[0]);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    output_views.emplace_back(outputs[i].shape, needs.outputs >> i & 1u ? outputs[i].data.data() : nullptr);
    grad_views.emplace_back(outputs[i].shape,
                            i < grads.size() && !grads[i].data.empty() ? grads[i].data.data() : nullptr);
  }
  std::vector<Tensor> input_grads(inputs_.size());
  std::vector<View> input_grad_views;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    if (wanted[i]) input_grads[i] = Tensor(inputs_[i].tensor.shape, kPoison);
    input_grad_views.emplace_back(inputs_[i].tensor.shape, wanted[i] ? input_grads[i].data.data() : nullptr);
  }

  op_->backward({.inputs = inputs,
                 .outputs = output_views,
                 .output_grads = grad_views,
                 .input_grads = input_grad_views,
                 .saved = memory.saved,
                 .gate = gate});

  EXPECT_TRUE(std::equal(saved_before.begin(), saved_before.end(), memory.saved)) << "backward() changed what is saved";
  for (std::size_t i = 0; i < input_grads.size(); ++i) {
    const auto& data = input_grads[i].data;
    EXPECT_TRUE(std::none_of(data.begin(), data.end(), [](Scalar value) { return std::isnan(value); }))
        << "the gradient of input " << i << " has NaN: an element that was not written, or a read that needs() lacks";
  }
  if (channels_last_ && wanted[0]) input_grads[0] = to_channels_first(input_grads[0]);
  return input_grads;
}

void OperatorRun::set_input(std::size_t i, const Tensor& tensor) {
  inputs_[i].tensor = channels_last_ && i == 0 ? to_channels_last(tensor) : tensor;
  input_types_[i].shape = inputs_[i].tensor.shape;
}

void OperatorRun::set_output_shape(std::size_t i, Shape shape) {
  output_types_[i].shape = std::move(shape);
}

std::vector<bool> OperatorRun::differentiable_inputs() const {
  std::vector<bool> result;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    result.push_back(inputs_[i].present && !inputs_[i].constant && inputs_[i].tensor.dtype == DType::Float &&
                     op_->has_gradient(i));
  }
  return result;
}

std::vector<Tensor> run_operator(const OperatorCase& check) {
  return OperatorRun(check).forward();
}
Tensor output_of(const OperatorCase& check) {
  return run_operator(check).at(0);
}

// ── Gradient ───────────────────────────────────────────────────────────────────────────────────────────────────────

namespace {

// Central differences of L = Σ u·y along v.
double numeric_derivative(OperatorRun& run, const Tensor& x, std::size_t input, const Tensor& v,
                          const std::vector<Tensor>& u, double step) {
  const auto moved = [&](double t) {
    Tensor there = x;
    for (std::size_t i = 0; i < there.data.size(); ++i) there.data[i] += static_cast<Scalar>(t) * v.data[i];
    run.set_input(input, there);
    return projection(u, run.forward());
  };
  const double derivative = (moved(step) - moved(-step)) / (2 * step);
  run.set_input(input, x);
  return derivative;
}

void expect_input_gradient(OperatorRun& run, const Tensor& x, std::size_t input, const std::vector<Tensor>& u,
                           const Tensor& gradient) {
  constexpr double kStep = 1e-5;
  constexpr double kTolerance = 1e-7;  // rounding ε/step ≈ 1e-11, truncation step² ≈ 1e-10 times the third derivative
  constexpr int kDirections = 3;
  constexpr std::size_t kSmall = 256;  // elements
  const auto expect_direction = [&](const Tensor& v, const std::string& what) {
    const double analytic = dot(gradient, v);
    const double numeric = numeric_derivative(run, x, input, v, u, kStep);
    EXPECT_NEAR(analytic, numeric, kTolerance * (1 + std::abs(numeric))) << "input " << input << ", " << what;
  };
  for (int k = 0; k < kDirections; ++k) {
    expect_direction(random_tensor(x.shape, -1, 1, 100 + static_cast<std::uint64_t>(k)), "a random direction");
  }
  if (x.data.size() > kSmall) return;
  for (std::size_t i = 0; i < x.data.size() && !::testing::Test::HasFailure(); ++i) {
    Tensor v(x.shape);
    v.data[i] = 1;
    expect_direction(v, "element " + std::to_string(i));
  }
}

// A fused clamp and gate must do what they do apart from the operator.
void expect_fuses_clamp(const OperatorRun& run, const std::vector<Tensor>& outputs, const std::vector<Tensor>& u,
                        const std::vector<bool>& wanted) {
  const kernels::Clamp clamp{.low = Scalar(-0.1), .high = Scalar(0.2)};
  Tensor expected = outputs[0];
  for (Scalar& value : expected.data) value = std::min(std::max(value, clamp.low), clamp.high);
  expect_close(run.forward(clamp)[0], expected);

  for (const bool positive_only : {false, true}) {
    // The bits lie in the memory order of the operator's output, which these tests give as n×c×….
    const auto& shape = run.output_types()[0].shape;
    std::vector<std::uint8_t> bits(outputs[0].data.size() / 8 + 1);
    Tensor mask(shape);
    for (std::size_t i = 0; i < mask.data.size(); ++i) {
      mask.data[i] = static_cast<Scalar>((i * 7 % 11) % 3 == 0 ? 0 : 1);
      if (mask.data[i] != 0) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (1u << (i % 8)));
    }
    if (run.channels_last()) mask = to_channels_first(mask);
    std::vector<Tensor> gated = u;
    for (std::size_t i = 0; i < mask.data.size(); ++i) {
      gated[0].data[i] *= mask.data[i];
      if (positive_only) gated[0].data[i] = std::max(gated[0].data[i], Scalar(0));
    }
    const auto fused = run.backward(u, wanted, {.bits = bits.data(), .positive_only = positive_only});
    const auto apart = run.backward(gated, wanted);
    for (std::size_t i = 0; i < fused.size(); ++i) expect_close(fused[i], apart[i]);
  }
}

}  // namespace

void expect_gradient_matches_finite_differences(const OperatorCase& check) {
  SCOPED_TRACE(describe(check));
  checks_done()[check.type]++;
  OperatorRun run(check);
  const std::vector<bool> wanted = run.differentiable_inputs();
  ASSERT_TRUE(std::count(wanted.begin(), wanted.end(), true) > 0) << "no computed input has a gradient";
  const std::vector<Tensor> outputs = run.forward();
  const std::vector<Tensor> u = random_gradients(outputs, 7);
  const std::vector<Tensor> gradients = run.backward(u, wanted);
  if (run.op().fuses_clamp()) expect_fuses_clamp(run, outputs, u, wanted);

  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i]) continue;
    // One gradient alone is the same as among others.
    std::vector<bool> only(wanted.size(), false);
    only[i] = true;
    expect_close(run.backward(u, only)[i], gradients[i]);
    // The gradient is linear in those of the outputs, and a null one is zero.
    if (u.size() > 1) {
      Tensor sum(gradients[i].shape);
      for (std::size_t k = 0; k < u.size(); ++k) {
        if (u[k].data.empty()) continue;
        std::vector<Tensor> one(u.size());
        one[k] = u[k];
        const Tensor part = run.backward(one, only)[i];
        for (std::size_t e = 0; e < sum.data.size(); ++e) sum.data[e] += part.data[e];
      }
      expect_close(sum, gradients[i]);
    }
#ifdef SALIENCY_DOUBLE
    expect_input_gradient(run, check.inputs[i].tensor, i, u, gradients[i]);
#else
    static_cast<void>(&expect_input_gradient);
#endif
  }
}

// ── Batch ──────────────────────────────────────────────────────────────────────────────────────────────────────────

namespace {

bool is_channels_last(const std::string& type) {
  const ops::Registration* registration = ops::find_registration(type);
  return registration != nullptr && registration->layout == ops::Layout::ChannelsLast;
}

// The axis of an n×c×… tensor where the operator sees n×…×c.
int own_axis(int axis, std::size_t rank) {
  return axis < 0 ? axis : inverted(to_last(rank))[static_cast<std::size_t>(axis)];
}

std::optional<int> asked_batch_axis(const OperatorRun& run, const OperatorCase& check, std::vector<int> batch_axes) {
  const bool last = is_channels_last(check.type);
  std::vector<ops::ValueType> types;
  for (std::size_t i = 0; i < check.inputs.size(); ++i) {
    const CaseInput& input = check.inputs[i];
    const bool turned = last && i == 0;
    types.push_back(
        {.shape = turned ? permuted(input.tensor.shape, to_last(input.tensor.shape.size())) : input.tensor.shape,
         .dtype = input.tensor.dtype,
         .constant = input.constant ? &input.tensor : nullptr,
         .present = input.present});
    if (turned) batch_axes[0] = own_axis(batch_axes[0], input.tensor.shape.size());
  }
  return run.op().batch_axis(batch_axes, types, run.output_types());
}

}  // namespace

std::optional<int> batch_axis_of(const OperatorCase& check, const std::vector<int>& batch_axes) {
  return asked_batch_axis(OperatorRun(check), check, batch_axes);
}

void expect_batch_matches_single_samples(const OperatorCase& check, const std::vector<int>& batch_axes,
                                         int expected_axis) {
  SCOPED_TRACE("a batch: " + describe(check));
  OperatorRun run(check);
  const auto axis = asked_batch_axis(run, check, batch_axes);
  ASSERT_TRUE(axis.has_value()) << "batch_axis() gives no axis";
  const std::vector<ops::ValueType> single_types = run.output_types();
  const bool last = is_channels_last(check.type);
  ASSERT_EQ(*axis, last ? own_axis(expected_axis, single_types[0].shape.size()) : expected_axis);
  const std::vector<bool> wanted = run.differentiable_inputs();
  const bool differentiable = std::count(wanted.begin(), wanted.end(), true) > 0;

  // The second sample has the numbers of the first in reverse, which keeps them in the operator's domain.
  const std::vector<Tensor> first = tensors_of(check);
  std::vector<Tensor> second = first, both = first;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (batch_axes[i] < 0) continue;
    second[i] = reversed(first[i]);
    both[i] = concatenated(first[i], second[i], batch_axes[i]);
  }
  const auto run_with = [&](const std::vector<Tensor>& inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (batch_axes[i] >= 0) run.set_input(i, inputs[i]);
    }
    return run.forward();
  };

  const std::vector<Tensor> y1 = run_with(first);
  const std::vector<Tensor> u1 = random_gradients(y1, 11), u2 = random_gradients(y1, 23);
  const auto dx1 = differentiable ? run.backward(u1, wanted) : std::vector<Tensor>();
  const std::vector<Tensor> y2 = run_with(second);
  const auto dx2 = differentiable ? run.backward(u2, wanted) : std::vector<Tensor>();
  std::vector<Tensor> u;
  for (std::size_t k = 0; k < y1.size(); ++k) {
    Shape shape = single_types[k].shape;
    shape[static_cast<std::size_t>(*axis)] *= 2;
    run.set_output_shape(k, shape);
    u.push_back(u1[k].data.empty() ? Tensor() : concatenated(u1[k], u2[k], k == 0 ? expected_axis : *axis));
  }
  const std::vector<Tensor> y = run_with(both);
  for (std::size_t k = 0; k < y.size(); ++k) {
    expect_close(y[k], concatenated(y1[k], y2[k], k == 0 ? expected_axis : *axis));
  }
  if (!differentiable) return;
  const auto dx = run.backward(u, wanted);
  for (std::size_t i = 0; i < dx.size(); ++i) {
    if (!wanted[i]) continue;
    if (batch_axes[i] >= 0) {
      expect_close(dx[i], concatenated(dx1[i], dx2[i], batch_axes[i]));
    } else {
      Tensor sum = dx1[i];
      for (std::size_t e = 0; e < sum.data.size(); ++e) sum.data[e] += dx2[i].data[e];
      expect_close(dx[i], sum);
    }
  }
}

// ── Transposition ──────────────────────────────────────────────────────────────────────────────────────────────────

std::optional<std::vector<int>> pulled_transpose(const OperatorCase& check, const std::vector<int>& permutation) {
  std::optional<std::vector<int>> pushed;
  const OperatorRun run(check, permutation, &pushed);
  return pushed;
}

void expect_pulls_transpose(const OperatorCase& check, const std::vector<int>& permutation) {
  SCOPED_TRACE("a transpose pulled through: " + describe(check));
  const OperatorRun f(check);
  std::optional<std::vector<int>> pushed;
  const OperatorRun g(check, permutation, &pushed);
  ASSERT_TRUE(pushed.has_value()) << "pull_transpose() refuses";

  const bool last = is_channels_last(check.type);
  std::vector<Tensor> f_outputs = f.forward(), g_outputs = g.forward();
  if (last) f_outputs[0] = to_channels_last(f_outputs[0]);
  for (std::size_t k = 0; k < f_outputs.size(); ++k) expect_close(transposed(g_outputs[k], *pushed), f_outputs[k]);

  const std::vector<bool> wanted = f.differentiable_inputs();
  if (std::count(wanted.begin(), wanted.end(), true) == 0) return;
  const std::vector<Tensor> g_grads = random_gradients(g_outputs, 31);
  std::vector<Tensor> f_grads;
  for (const Tensor& grad : g_grads) f_grads.push_back(grad.data.empty() ? Tensor() : transposed(grad, *pushed));
  if (last) f_grads[0] = to_channels_first(f_grads[0]);
  std::vector<Tensor> f_dx = f.backward(f_grads, wanted);
  if (last && wanted[0]) f_dx[0] = to_channels_last(f_dx[0]);
  const std::vector<Tensor> g_dx = g.backward(g_grads, wanted);
  for (std::size_t i = 0; i < f_dx.size(); ++i) {
    if (!wanted[i]) continue;
    Tensor back = g_dx[i].shape.size() == permutation.size() && (i == 0 || g.op().pulls_all_inputs())
                      ? transposed(g_dx[i], permutation)
                      : g_dx[i];
    back.shape = f_dx[i].shape;  // without the leading ones that broadcasting adds
    expect_close(back, f_dx[i]);
  }
}

// ── Declarations ───────────────────────────────────────────────────────────────────────────────────────────────────

const std::set<std::string>& gradient_tested_types() {
  return declared_types();
}

bool declare_gradient_test(std::initializer_list<const char*> types) {
  declared_types().insert(types.begin(), types.end());
  return true;
}

void run_gradient_test(std::initializer_list<const char*> types, void (*body)()) {
  const std::map<std::string, int> before = checks_done();
  body();
  if (::testing::Test::HasFatalFailure()) return;
  for (const char* type : types) {
    const auto it = before.find(type);
    EXPECT_GT(checks_done()[type], it == before.end() ? 0 : it->second)
        << "the test declares a gradient check of " << type << ", but makes none";
  }
}

}  // namespace saliency::testing
