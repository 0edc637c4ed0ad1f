// The checks of batch_axis() and pull_transpose().
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "support/operator_check.h"
#include "support/operator_check_parts.h"

namespace saliency::testing {
namespace {

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

std::vector<Tensor> tensors_of(const OperatorCase& check) {
  std::vector<Tensor> tensors;
  for (const CaseInput& input : check.inputs) tensors.push_back(input.tensor);
  return tensors;
}

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

}  // namespace saliency::testing
