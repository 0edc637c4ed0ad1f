// What a recorded run tells of its nodes.
#include "graph/profile.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "graph/session.h"
#include "onnx/load.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

// Conv 2 → 3 channels, 3×3, with its Relu, on 4×5 pixels; then the sum of all.
std::unique_ptr<graph::Session> small_network() {
  return onnx::load(ModelBuilder(13)
                        .input("x", {-1, 2, 4, 5})
                        .initializer("w", {3, 2, 3, 3}, std::vector<float>(54, 0.5F))
                        .node("Conv", {"x", "w"}, {"c"}, {{"pads", Integers{1, 1, 1, 1}}}, "filter")
                        .node("Relu", {"c"}, {"r"}, {}, "rectify")
                        .node("ReduceSum", {"r"}, {"y"}, {}, "total")
                        .output("y", {-1, 1, 1, 1})
                        .bytes());
}

constexpr double kConvFlops = 2.0 * 3 * 4 * 5 * 2 * 3 * 3;

TEST(Profile, CountsTheWorkOfAConvolutionWithItsRectifierInBothDirections) {
  const auto session = small_network();
  graph::Profile profile;
  session->record(&profile);
  NetworkModel model(*session);

  model.gradients(std::vector<Scalar>(40, Scalar{1}), Target::of_class(0), BackwardRule::Exact);

  std::vector<graph::NodeCost> convolutions;
  for (const graph::NodeCost& cost : profile.costs()) {
    EXPECT_GE(cost.seconds, 0);
    const graph::Node& node = session->graph().nodes.at(static_cast<std::size_t>(cost.node));
    if (node.name == "filter") convolutions.push_back(cost);
  }
  ASSERT_EQ(convolutions.size(), 2);
  EXPECT_EQ(convolutions[0].pass, graph::Pass::Forward);
  EXPECT_EQ(convolutions[1].pass, graph::Pass::Backward);
  for (const graph::NodeCost& cost : convolutions) {
    EXPECT_EQ(session->graph().nodes.at(static_cast<std::size_t>(cost.fused)).name, "rectify");
    EXPECT_EQ(cost.flops, kConvFlops);
    EXPECT_EQ(cost.bytes, static_cast<std::int64_t>(sizeof(Scalar)) * (40 + 54 + 60));
  }
}

TEST(Profile, AddsUpRunsAndEndsWhenItIsNoLongerWanted) {
  const auto session = small_network();
  graph::Profile profile;
  const std::map<std::string, Tensor> feeds = {{"x", Tensor({1, 2, 4, 5}, Scalar{1})}};

  session->record(&profile);
  session->run(feeds, {"y"});
  session->run(feeds, {"y"});
  session->record(nullptr);
  session->run(feeds, {"y"});

  double flops = 0;
  for (const graph::NodeCost& cost : profile.costs()) {
    if (session->graph().nodes.at(static_cast<std::size_t>(cost.node)).name == "filter") flops += cost.flops;
  }
  EXPECT_EQ(flops, 2 * kConvFlops);
}

}  // namespace
}  // namespace saliency::testing
