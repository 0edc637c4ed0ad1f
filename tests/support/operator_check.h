// Runs one operator the way the graph does, and checks what every operator promises:
//   expect_gradient_matches_finite_differences   backward() is the adjoint of forward()'s derivative
//   expect_batch_matches_single_samples          batch_axis()
//   expect_pulls_transpose                       pull_transpose()
//
// Tensors are given and returned as ONNX describes them (n×c×h×w); the helper turns input 0 and output 0 for operators
// that are registered ChannelsLast.
//
//   GRADIENT_TEST(Elu, GradientMatchesFiniteDifferences, "Elu") {
//     for (const double alpha : {0.5, 1.0}) {
//       expect_gradient_matches_finite_differences(
//           {.type = "Elu", .attributes = {{"alpha", alpha}}, .inputs = {random_tensor({2, 3, 4})}});
//     }
//   }
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ops/operator.h"
#include "ops/registry.h"
#include "tensor/tensor.h"

namespace saliency::testing {

#ifdef SALIENCY_DOUBLE
constexpr double kForwardTolerance = 1e-12;
#else
constexpr double kForwardTolerance = 2e-5;  // float32, up to 10³ additions
#endif

using Integers = std::vector<std::int64_t>;  // for attributes: {"pads", Integers{1, 1, 1, 1}}
using Reals = std::vector<double>;

// One input of a case: a computed tensor, a constant, or absent.
struct CaseInput {
  Tensor tensor = {};
  bool constant = false;
  bool present = true;

  CaseInput() = default;
  CaseInput(Tensor computed) : tensor(std::move(computed)) {}  // NOLINT: a tensor is an input
};
CaseInput constant(Tensor tensor);
CaseInput absent();

struct OperatorCase {
  std::string type;
  ops::Attributes attributes = {};
  std::int64_t opset = 21;
  std::vector<CaseInput> inputs;
  std::size_t outputs = 1;
};
std::string describe(const OperatorCase& check);

// Evenly distributed in [low, high), the same on every platform.
Tensor random_tensor(Shape shape, Scalar low = -1, Scalar high = 1, std::uint64_t seed = 1);
Tensor integers(Shape shape, std::vector<Scalar> values);
Tensor transposed(const Tensor& x, std::span<const int> permutation);
Tensor to_channels_last(const Tensor& nchw);
Tensor to_channels_first(const Tensor& nhwc);

// |actual − expected| ≤ tolerance · (1 + |expected|), shapes equal; NaN matches NaN and infinities match themselves.
void expect_close(const Tensor& actual, const Tensor& expected, double tolerance = kForwardTolerance);

// An operator that was made, inferred and prepared as the graph does. Every buffer that it has to write holds NaN
// before, and it sees no numbers but those that it asked for.
class OperatorRun {
 public:
  explicit OperatorRun(const OperatorCase& check);

  const ops::Operator& op() const { return *op_; }
  bool channels_last() const { return channels_last_; }
  const std::vector<ops::ValueType>& output_types() const { return output_types_; }  // in the operator's layout

  std::vector<Tensor> forward(kernels::Clamp clamp = {}) const;

  // The gradients of the inputs in `wanted` (others are empty), after a forward pass; an output gradient of rank 0
  // without data is passed as null.
  std::vector<Tensor> backward(const std::vector<Tensor>& output_grads, const std::vector<bool>& wanted,
                               kernels::Gate gate = {}) const;

  // Replaces the numbers of a computed input; its shape may have grown along a batch axis.
  void set_input(std::size_t i, const Tensor& tensor);
  // The outputs' shapes of the next calls, in the operator's layout.
  void set_output_shape(std::size_t i, Shape shape);
  // Inputs that are computed floats and have a gradient.
  std::vector<bool> differentiable_inputs() const;

  // For pull_transpose: changes the operator before it is prepared.
  OperatorRun(const OperatorCase& check, std::span<const int> pulled, std::optional<std::vector<int>>* pushed);

 private:
  struct Memory;
  void make(const OperatorCase& check);
  void prepare();
  std::vector<Tensor> run_forward(kernels::Clamp clamp, Memory& memory, bool keep_for_backward) const;
  std::vector<Tensor> in_onnx_layout(std::vector<Tensor> outputs) const;

  bool channels_last_ = false;
  std::vector<CaseInput> inputs_;  // in the operator's layout
  std::vector<ops::ValueType> input_types_;
  std::vector<ops::ValueType> output_types_;
  std::unique_ptr<ops::Operator> op_;
  std::uint32_t released_ = 0;
};

// Outputs in ONNX layout.
std::vector<Tensor> run_operator(const OperatorCase& check);
Tensor output_of(const OperatorCase& check);  // the first

// With random u, v: d/dt u·f(x + t·v) = v · backward(u), by central differences, along several v and, for small inputs,
// each axis of x. In the float build only what needs no fine differences is checked (poisoned buffers, subsets of
// wanted gradients, gates and clamps).
void expect_gradient_matches_finite_differences(const OperatorCase& check);

// The case is one sample. batch_axes[i]: the axis (ONNX layout) along which input i is stacked, −1: shared. Two samples
// stacked must give what they give alone, forwards and backwards, and batch_axis() must say `expected_axis` (ONNX
// layout).
void expect_batch_matches_single_samples(const OperatorCase& check, const std::vector<int>& batch_axes,
                                         int expected_axis = 0);
// What batch_axis() answers, in the operator's layout.
std::optional<int> batch_axis_of(const OperatorCase& check, const std::vector<int>& batch_axes);

// f(T(x)) = T'(g(x)), forwards and backwards. The case describes f with its inputs T(x); the permutation is one of the
// operator's own layout.
void expect_pulls_transpose(const OperatorCase& check, const std::vector<int>& permutation);
// The permutation of T', or nothing.
std::optional<std::vector<int>> pulled_transpose(const OperatorCase& check, const std::vector<int>& permutation);

// Tests by GRADIENT_TEST: the types that any test of this executable declares, whichever are run.
const std::set<std::string>& gradient_tested_types();
bool declare_gradient_test(std::initializer_list<const char*> types);
void run_gradient_test(std::initializer_list<const char*> types, void (*body)());

// A test that declares the operators whose gradients it checks, and fails when it then checks them not.
#define GRADIENT_TEST(suite, name, ...)                                                    \
  static void gradient_test_##suite##_##name();                                            \
  [[maybe_unused]] static const bool declared_##suite##_##name =                           \
      ::saliency::testing::declare_gradient_test({__VA_ARGS__});                           \
  TEST(suite, name) {                                                                      \
    ::saliency::testing::run_gradient_test({__VA_ARGS__}, gradient_test_##suite##_##name); \
  }                                                                                        \
  static void gradient_test_##suite##_##name()

}  // namespace saliency::testing
