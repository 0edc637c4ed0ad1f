// Changes of a rectangle through small networks: the rectangles' way against full runs, at every position.
#include "graph/regions.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/parallel.h"
#include "onnx/load.h"
#include "saliency/network_model.h"
#include "support/onnx_builder.h"

namespace saliency::testing {
namespace {

using Integers = std::vector<std::int64_t>;

std::vector<float> numbers(std::size_t count, std::uint32_t seed, float low = -1, float high = 1) {
  std::vector<float> result(count);
  std::uint32_t state = seed * 2654435761U + 1;
  for (float& value : result) {
    state = state * 1664525U + 1013904223U;
    value = low + (high - low) * static_cast<float>(state >> 8) / 16777216.0F;
  }
  return result;
}

struct Net {
  std::string name;
  ModelBuilder builder;
  std::vector<std::string> frontier;  // what the rest is fed for a window of 5
  Shape image = {3, 40, 37};
};

std::ostream& operator<<(std::ostream& out, const Net& net) {
  return out << net.name;
}

// Adds a convolution of k×k taps; groups of one channel when depthwise.
class Nets {
 public:
  explicit Nets(const Shape& input = {-1, 3, 40, 37}) : model_(13) { model_.input("x", input); }

  Nets& conv(const std::string& from, const std::string& to, std::int64_t ic, std::int64_t oc, std::int64_t k,
             std::int64_t stride, const Integers& pads, std::int64_t group = 1, std::int64_t dilation = 1) {
    const std::string weight = "w_" + to, bias = "b_" + to;
    const auto count = static_cast<std::size_t>(oc * (ic / group) * k * k);
    model_.initializer(weight, {oc, ic / group, k, k}, numbers(count, ++seed_, -0.5F, 0.5F));
    model_.initializer(bias, {oc}, numbers(static_cast<std::size_t>(oc), ++seed_));
    model_.node("Conv", {from, weight, bias}, {to},
                {{"pads", pads},
                 {"strides", Integers{stride, stride}},
                 {"dilations", Integers{dilation, dilation}},
                 {"group", group}});
    return *this;
  }
  Nets& node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output,
             const AttributeList& attributes = {}) {
    model_.node(type, inputs, {output}, attributes);
    return *this;
  }
  Nets& constant(const std::string& name, const Shape& shape, float low = -1, float high = 1) {
    model_.initializer(name, shape, numbers(static_cast<std::size_t>(element_count(shape)), ++seed_, low, high));
    return *this;
  }
  Nets& integers(const std::string& name, const Integers& values) {
    model_.integers(name, {static_cast<std::int64_t>(values.size())}, values);
    return *this;
  }
  ModelBuilder head(const std::string& from, std::int64_t channels) {
    return constant("fc", {4, channels})
        .node("GlobalAveragePool", {from}, "pooled")
        .node("Flatten", {"pooled"}, "flat")
        .node("Gemm", {"flat", "fc"}, "logits", {{"transB", std::int64_t{1}}})
        .model_.output("logits", {-1, 4});
  }

 private:
  ModelBuilder model_;
  std::uint32_t seed_ = 0;
};

const Integers kOnes = {1, 1, 1, 1}, kNone = {0, 0, 0, 0};

std::vector<Net> nets() {
  std::vector<Net> all;
  all.push_back({"Residual",
                 Nets()
                     .conv("x", "c1", 3, 8, 3, 2, kOnes)
                     .node("Relu", {"c1"}, "r1")
                     .conv("r1", "c2", 8, 8, 3, 1, kOnes)
                     .node("Relu", {"c2"}, "r2")
                     .conv("r2", "c3", 8, 8, 3, 1, kOnes)
                     .conv("r1", "short", 8, 8, 1, 1, kNone)
                     .node("Add", {"c3", "short"}, "sum")
                     .node("Relu", {"sum"}, "r3")
                     .head("r3", 8),
                 {"pooled"}});
  all.push_back(
      {"Pools",
       Nets()
           .conv("x", "c1", 3, 8, 5, 1, {2, 2, 2, 2})
           .node("MaxPool", {"c1"}, "m",
                 {{"kernel_shape", Integers{3, 3}}, {"strides", Integers{2, 2}}, {"pads", kOnes}})
           .node("AveragePool", {"m"}, "a",
                 {{"kernel_shape", Integers{3, 3}}, {"pads", kOnes}, {"count_include_pad", std::int64_t{0}}})
           .node("AveragePool", {"m"}, "b",
                 {{"kernel_shape", Integers{2, 2}},
                  {"pads", Integers{0, 0, 1, 1}},
                  {"count_include_pad", std::int64_t{1}}})
           .node("Concat", {"a", "b"}, "both", {{"axis", std::int64_t{1}}})
           .node("MaxPool", {"both"}, "last",
                 {{"kernel_shape", Integers{2, 2}}, {"strides", Integers{2, 2}}, {"ceil_mode", std::int64_t{1}}})
           .head("last", 16),
       {"pooled"}});
  all.push_back({"Depthwise",
                 Nets()
                     .constant("mean", {3, 1, 1})
                     .constant("slope", {8, 1, 1}, 0.1F, 0.4F)
                     .constant("factor", {1, 8, 1, 1})
                     .constant("low", {}, 0, 0)
                     .constant("high", {}, 6, 6)
                     .integers("pads", {0, 0, 1, 2, 0, 0, 2, 1})
                     .node("Sub", {"x", "mean"}, "centred")
                     .conv("centred", "c1", 3, 8, 3, 1, kOnes)
                     .node("PRelu", {"c1", "slope"}, "p1")
                     .node("Pad", {"p1", "pads"}, "padded")
                     .conv("padded", "d1", 8, 8, 5, 2, kNone, 8)
                     .node("Clip", {"d1", "low", "high"}, "k1")
                     .node("Mul", {"k1", "factor"}, "scaled")
                     .node("Elu", {"scaled"}, "h")
                     .conv("h", "d2", 8, 8, 3, 1, {0, 1, 2, 1}, 8)
                     .head("d2", 8),
                 {"pooled"}});
  all.push_back({"StridesPassOver",
                 Nets()
                     .conv("x", "c1", 3, 8, 1, 3, kNone)
                     .node("Sigmoid", {"c1"}, "s")
                     .conv("s", "c2", 8, 6, 3, 1, {2, 2, 2, 2}, 1, 2)
                     .constant("gain", {6}, 0.5F, 1.5F)
                     .constant("shift", {6})
                     .constant("average", {6})
                     .constant("variance", {6}, 0.5F, 1.5F)
                     .node("Relu", {"c2"}, "r")
                     .node("BatchNormalization", {"r", "gain", "shift", "average", "variance"}, "n")
                     .node("LRN", {"n"}, "l", {{"size", std::int64_t{3}}})
                     .head("l", 6),
                 {"pooled"}});
  // Each pixel depends on all behind the gate: the rest runs in full.
  all.push_back({"SqueezeAndExcite",
                 Nets()
                     .conv("x", "c1", 3, 8, 3, 1, kOnes)
                     .node("Relu", {"c1"}, "r1")
                     .node("GlobalAveragePool", {"r1"}, "squeezed")
                     .conv("squeezed", "e1", 8, 8, 1, 1, kNone)
                     .node("Sigmoid", {"e1"}, "gate")
                     .node("Mul", {"r1", "gate"}, "gated")
                     .conv("gated", "c2", 8, 8, 3, 2, kOnes)
                     .head("c2", 8),
                 {"squeezed", "r1"}});
  // As Keras exports it.
  all.push_back({"ChannelsLast",
                 Nets({-1, 38, 41, 3})
                     .node("Transpose", {"x"}, "t", {{"perm", Integers{0, 3, 1, 2}}})
                     .conv("t", "c1", 3, 8, 3, 2, {0, 0, 1, 1})
                     .node("Relu", {"c1"}, "r1")
                     .conv("r1", "c2", 8, 8, 3, 1, kOnes)
                     .head("c2", 8),
                 {"pooled"},
                 {38, 41, 3}});
  return all;
}

class RegionsTest : public ::testing::TestWithParam<Net> {
 protected:
  void SetUp() override {
    session_ = onnx::load(GetParam().builder.bytes());
    model_ = std::make_unique<NetworkModel>(*session_);
    const std::vector<float> values = numbers(static_cast<std::size_t>(element_count(GetParam().image)), 99);
    image_.assign(values.begin(), values.end());
  }
  void TearDown() override { kernels::set_thread_count(1); }

  bool channels_last() const { return GetParam().image[2] == 3; }

  Model::Patch patch(std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width) const {
    const std::vector<float> values = numbers(static_cast<std::size_t>(3 * height * width), 7, 0, 2);
    if (channels_last()) return {{top, left, 0}, {height, width, 3}, {values.begin(), values.end()}};
    return {{0, top, left}, {3, height, width}, {values.begin(), values.end()}};
  }

  // Windows of one size at every position, the last ones cut.
  std::vector<Model::Patch> windows(std::int64_t size, std::int64_t stride) const {
    const std::int64_t rows = GetParam().image[channels_last() ? 0 : 1],
                       columns = GetParam().image[channels_last() ? 1 : 2];
    std::vector<Model::Patch> all;
    for (std::int64_t top = 0; top < rows; top += stride) {
      for (std::int64_t left = 0; left < columns; left += stride) {
        all.push_back(patch(top, left, std::min(size, rows - top), std::min(size, columns - left)));
      }
    }
    return all;
  }

  void expect_full_scores(const std::vector<Model::Patch>& patches) {
    const Target target = Target::contrast(1, 2);

    const std::vector<Scalar> actual = model_->patched_scores(image_, patches, target);

    const std::vector<Scalar> expected = model_->Model::patched_scores(image_, patches, target);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-5) << "patch " << i;
    EXPECT_NE(expected.front(), expected.back());
  }

  std::unique_ptr<graph::Session> session_;
  std::unique_ptr<NetworkModel> model_;
  std::vector<Scalar> image_;
};

TEST_P(RegionsTest, RunsByRectanglesAsFarAsItCan) {
  const int height_axis = channels_last() ? 1 : 2;
  const graph::Regions regions(session_->graph(), {session_->find("x").value, height_axis, height_axis + 1},
                               session_->logits().value, {}, {.height = 5, .width = 5});

  std::vector<graph::ValueId> expected;
  for (const std::string& name : GetParam().frontier) expected.push_back(session_->find(name).value);
  EXPECT_TRUE(regions.useful());
  EXPECT_EQ(regions.frontier(), expected);
}

TEST_P(RegionsTest, AgreesWithFullRunsAtEveryPosition) {
  expect_full_scores(windows(5, 1));
}

TEST_P(RegionsTest, AgreesWithFullRunsForOtherSizes) {
  for (const std::int64_t size : {1, 2, 13, 30}) {
    SCOPED_TRACE(size);
    expect_full_scores(windows(size, size == 1 ? 4 : 5));
  }
}

TEST_P(RegionsTest, TakesBoxesOfDifferentSizesAtOnce) {
  expect_full_scores({patch(0, 0, 3, 9), patch(20, 11, 8, 2), patch(37, 30, 1, 7), patch(4, 36, 5, 1)});
}

TEST_P(RegionsTest, NoticesAnotherImage) {
  const std::vector<Model::Patch> patches = windows(5, 9);
  expect_full_scores(patches);

  for (Scalar& value : image_) value = -value;

  expect_full_scores(patches);
}

TEST_P(RegionsTest, ScoresDoNotDependOnThreads) {
  const std::vector<Model::Patch> patches = windows(5, 3);
  const Target target = Target::of_class(0);
  const std::vector<Scalar> one = model_->patched_scores(image_, patches, target);

  kernels::set_thread_count(2);

  EXPECT_EQ(model_->patched_scores(image_, patches, target), one);
}

INSTANTIATE_TEST_SUITE_P(Networks, RegionsTest, ::testing::ValuesIn(nets()),
                         [](const auto& instance) { return instance.param.name; });

// A box of one channel leaves the others as they are.
TEST(Regions, TakesBoxesOfOneChannel) {
  const auto session = onnx::load(nets().front().builder.bytes());
  NetworkModel model(*session);
  const std::vector<Scalar> image(3 * 40 * 37, Scalar{0.25});
  const std::vector<Model::Patch> patches = {{{1, 10, 10}, {1, 4, 4}, std::vector<Scalar>(16, Scalar{-1})}};

  const std::vector<Scalar> actual = model.patched_scores(image, patches, Target::of_class(2));

  EXPECT_NEAR(actual[0], model.Model::patched_scores(image, patches, Target::of_class(2))[0], 1e-5);
}

}  // namespace
}  // namespace saliency::testing
