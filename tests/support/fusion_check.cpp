#include "support/fusion_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "onnx/load.h"

namespace saliency::testing {
namespace {

constexpr std::int64_t kSamples = 2;

Tensor samples_like(const graph::Session& session, const std::string& name, std::uint32_t seed) {
  const graph::NamedTensor& tensor = session.find(name);
  const graph::Value& value = session.graph().values[static_cast<std::size_t>(tensor.value)];
  const Shape shape = graph::batched_shape(value, kSamples);
  return random_tensor(tensor.permutation.empty() ? shape : permuted(shape, tensor.permutation), -4, 4, seed);
}

// dy·seed with respect to `x`, for a fixed seed, with `fed` given.
std::vector<Scalar> gradient(graph::Session& session, const std::string& fed, const std::string& x) {
  using Meaning = graph::Session::Meaning;
  const graph::NamedTensor &from = session.find(fed), &to = session.find(x), &y = session.find("y");
  graph::Request request;
  request.batch = session.stacks(y) ? kSamples : 1;
  request.fed = {from.value};
  request.y = y.value;
  request.x = {to.value};
  graph::Plan& plan = session.plan(request);
  const auto fill = [&](const graph::NamedTensor& tensor, std::uint32_t seed, Meaning meaning, View view) {
    session.write_samples(tensor, random_tensor({view.size()}, -4, 4, seed).data, request.batch, meaning, view);
  };
  fill(from, 1, Meaning::Value, plan.value(from.value));
  plan.forward();
  fill(y, 2, Meaning::Gradient, plan.seed());
  plan.backward();
  return session.samples(to, plan.gradient(to.value), request.batch, Meaning::Gradient);
}

void expect_numbers(std::span<const Scalar> actual, std::span<const Scalar> expected, double tolerance,
                    const std::string& what) {
  ASSERT_EQ(actual.size(), expected.size()) << what;
  double scale = 1;
  for (const Scalar value : expected) {
    if (std::isfinite(value)) scale = std::max(scale, std::abs(static_cast<double>(value)));
  }
  for (std::size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i]) && std::isnan(actual[i])) continue;  // the log of a fed negative number
    ASSERT_NEAR(static_cast<double>(actual[i]), static_cast<double>(expected[i]), tolerance * scale)
        << what << " at " << i;
  }
}

}  // namespace

std::vector<float> random_floats(std::size_t count, std::uint64_t seed) {
  const Tensor tensor = random_tensor({static_cast<std::int64_t>(count)}, -2, 2, seed);
  return {tensor.data.begin(), tensor.data.end()};
}

std::vector<std::string> computed_types(const std::vector<std::uint8_t>& bytes) {
  const auto session = onnx::load(bytes);
  graph::Request request;
  for (const graph::TensorInfo& input : session->inputs()) request.fed.push_back(session->find(input.name).value);
  request.outputs = {session->find(session->outputs().at(0).name).value};
  std::vector<std::string> types;
  for (const int node : session->plan(request).computed_nodes()) {
    types.push_back(session->graph().nodes[static_cast<std::size_t>(node)].type);
  }
  return types;
}

void expect_fusion_changes_nothing(const std::vector<std::uint8_t>& bytes, double tolerance) {
  const auto fused = onnx::load(bytes);
  graph::Session plain(graph::lower(onnx::read(bytes)));
  std::vector<std::string> names;
  for (const graph::TensorInfo& layer : plain.layers()) names.push_back(layer.name);

  const Tensor x = samples_like(plain, "x", 1);
  const std::vector<Tensor> expected = plain.run({{"x", x}}, names);
  const std::vector<Tensor> actual = fused->run({{"x", x}}, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(actual[i].shape, expected[i].shape) << names[i];
    expect_numbers(actual[i].data, expected[i].data, tolerance, "value of " + names[i]);
  }
  expect_numbers(gradient(*fused, "x", "x"), gradient(plain, "x", "x"), tolerance, "gradient of x");
  for (const std::string& name : names) {
    expect_numbers(gradient(*fused, "x", name), gradient(plain, "x", name), tolerance, "gradient of " + name);
    const Tensor value = samples_like(plain, name, 3);
    expect_numbers(fused->run({{name, value}, {"x", x}}, {"y"}).at(0).data,
                   plain.run({{name, value}, {"x", x}}, {"y"}).at(0).data, tolerance, "y with " + name + " fed");
  }
}

}  // namespace saliency::testing
