// Every convolution of the provider against the naive one, in both directions.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "kernels/numbers.h"
#include "kernels/parallel.h"

namespace saliency::kernels {
namespace {

using test::random_bits;
using test::random_numbers;

struct Case {
  const char* name;
  ConvGeometry geometry;
  std::int64_t batch, height, width;
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

Window square(std::int64_t kernel, std::int64_t stride, std::int64_t pad, std::int64_t dilation = 1) {
  return {kernel, kernel, stride, stride, dilation, dilation, pad, pad, pad, pad};
}

// Winograd serves layers of at least 12 million products only: hence some 3×3 layers that are larger than the rest.
const Case kCases[] = {
    {"OneByOne", {16, 24, 1, square(1, 1, 0)}, 2, 7, 5},
    {"OneByOneManyRows", {20, 96, 1, square(1, 1, 0)}, 1, 15, 17},
    {"OneByOneOddChannels", {13, 7, 1, square(1, 1, 0)}, 1, 5, 3},
    {"OneByOneStrided", {24, 40, 1, square(1, 2, 0)}, 2, 9, 8},
    {"FullyConnected", {130, 77, 1, square(1, 1, 0)}, 1, 1, 1},
    {"FullyConnectedWide", {64, 100, 1, square(1, 1, 0)}, 1, 1, 1},
    {"FullyConnectedBatch", {50, 33, 1, square(1, 1, 0)}, 1, 5, 1},
    {"OnePixel", {3, 5, 1, square(3, 1, 1)}, 1, 1, 1},
    {"ThreeByThree", {8, 16, 1, square(3, 1, 1)}, 2, 9, 7},
    {"ThreeByThreeManyChannels", {32, 64, 1, square(3, 1, 1)}, 1, 26, 26},
    {"ThreeByThreeManyChannelsOddSizes", {48, 32, 1, square(3, 1, 1)}, 2, 31, 29},
    {"ThreeByThreeOddChannelsMany", {35, 41, 1, square(3, 1, 1)}, 1, 10, 9},
    {"ThreeByThreeDeep", {128, 128, 1, square(3, 1, 1)}, 1, 10, 9},
    {"ThreeByThreeVeryDeep", {160, 136, 1, square(3, 1, 1)}, 2, 9, 10},
    {"ThreeByThreeVeryDeepAsymmetric", {136, 128, 1, {3, 3, 1, 1, 1, 1, 0, 1, 2, 0}}, 1, 11, 10},
    {"ThreeByThreeUnpadded", {64, 64, 1, square(3, 1, 0)}, 1, 21, 20},
    {"ThreeByThreeAsymmetric", {64, 64, 1, {3, 3, 1, 1, 1, 1, 0, 1, 1, 0}}, 2, 19, 18},
    {"ThreeByThreeWidelyPadded", {64, 64, 1, square(3, 1, 2)}, 1, 17, 18},
    {"ThreeByThreeStrided", {16, 24, 1, square(3, 2, 1)}, 2, 11, 8},
    {"ThreeByThreeStridedAsymmetric", {12, 20, 1, {3, 3, 2, 2, 1, 1, 0, 0, 1, 1}}, 1, 12, 9},
    {"ThreeByThreeDilated", {8, 8, 1, square(3, 1, 2, 2)}, 1, 9, 9},
    {"ThreeByThreeDilatedStrided", {8, 12, 1, square(3, 2, 2, 2)}, 1, 11, 10},
    {"StrideWiderThanKernel", {6, 10, 1, square(2, 3, 0)}, 2, 10, 11},
    {"UnequalStrides", {6, 10, 1, {3, 2, 1, 3, 1, 1, 1, 0, 1, 1}}, 1, 8, 10},
    {"OneBySeven", {16, 16, 1, {1, 7, 1, 1, 1, 1, 0, 3, 0, 3}}, 1, 6, 9},
    {"SevenByOne", {16, 16, 1, {7, 1, 1, 1, 1, 1, 3, 0, 3, 0}}, 1, 9, 6},
    {"FiveByFive", {10, 14, 1, square(5, 1, 2)}, 1, 8, 8},
    {"Groups", {24, 32, 4, square(3, 1, 1)}, 2, 7, 6},
    {"GroupsOfFourStrided", {32, 32, 8, square(3, 2, 1)}, 1, 9, 8},
    {"GroupsOddChannels", {15, 9, 3, square(3, 1, 1)}, 1, 5, 6},
    {"GroupsOneByOne", {24, 12, 2, square(1, 1, 0)}, 2, 4, 5},
    {"ChannelMultiplier", {6, 12, 6, square(3, 1, 1)}, 1, 6, 7},
    {"FirstLayer", {3, 32, 1, square(3, 2, 1)}, 2, 21, 18},
    {"FirstLayerStrideOne", {3, 16, 1, square(3, 1, 1)}, 1, 11, 14},
    {"FirstLayerUnpadded", {3, 64, 1, square(3, 2, 0)}, 1, 17, 17},
    {"FirstLayerSevenBySeven", {3, 64, 1, square(7, 2, 3)}, 1, 22, 19},
    {"FirstLayerElevenByEleven", {3, 20, 1, square(11, 4, 2)}, 1, 31, 35},
    {"FirstLayerPatches", {3, 40, 1, square(4, 4, 0)}, 2, 16, 13},
    {"FirstLayerAsymmetric", {3, 24, 1, {3, 3, 2, 2, 1, 1, 0, 0, 1, 1}}, 1, 16, 18},
    {"FirstLayerGray", {1, 8, 1, square(5, 1, 2)}, 1, 12, 9},
    {"FirstLayerFourChannels", {4, 12, 1, square(3, 2, 1)}, 1, 9, 10},
    {"FirstLayerSmallerThanWindow", {3, 8, 1, square(7, 2, 3)}, 1, 2, 3},
    {"Depthwise", {32, 32, 32, square(3, 1, 1)}, 2, 9, 11},
    {"DepthwiseStrided", {24, 24, 24, square(3, 2, 1)}, 1, 12, 13},
    {"DepthwiseStridedAsymmetric", {16, 16, 16, {3, 3, 2, 2, 1, 1, 0, 0, 1, 1}}, 1, 10, 12},
    {"DepthwiseOddChannels", {13, 13, 13, square(3, 1, 1)}, 2, 6, 7},
    {"DepthwiseOddChannelsStrided", {7, 7, 7, square(3, 2, 1)}, 1, 9, 9},
    {"DepthwiseFive", {20, 20, 20, square(5, 1, 2)}, 1, 9, 8},
    {"DepthwiseFiveStrided", {20, 20, 20, square(5, 2, 2)}, 2, 11, 9},
    {"DepthwiseSeven", {12, 12, 12, square(7, 1, 3)}, 1, 10, 9},
    {"DepthwiseSevenStrided", {12, 12, 12, square(7, 2, 3)}, 1, 13, 12},
    {"DepthwiseUnpadded", {8, 8, 8, square(3, 1, 0)}, 1, 7, 7},
    {"DepthwiseDilated", {16, 16, 16, square(3, 1, 2, 2)}, 1, 9, 9},
    {"DepthwiseStrideThree", {16, 16, 16, square(3, 3, 1)}, 1, 10, 10},
    {"DepthwiseOneByOne", {16, 16, 16, square(1, 1, 0)}, 1, 4, 5},
    {"DepthwiseUnequal", {8, 8, 8, {3, 5, 1, 2, 1, 1, 1, 2, 1, 2}}, 1, 7, 9},
    {"DepthwiseOnePixel", {8, 8, 8, square(3, 1, 1)}, 3, 1, 1},
    {"DepthwiseTinyStrided", {8, 8, 8, square(5, 2, 2)}, 1, 2, 1},
};

constexpr double kTolerance = 3e-5;  // float32, up to 10³ additions, Winograd's transforms

class ConvolutionTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const auto& [name, geometry, batch, height, width] = GetParam();
    const Window& w = geometry.window;
    sizes_ = test::sizes_of(w, batch, height, width);
    ASSERT_GT(sizes_.out_height, 0);
    ASSERT_GT(sizes_.out_width, 0);
    inputs_ = batch * height * width * geometry.in_channels;
    outputs_ = batch * sizes_.out_height * sizes_.out_width * geometry.out_channels;
    x_ = random_numbers(inputs_, 1);
    dy_ = random_numbers(outputs_, 2);
    const auto weight = random_numbers(
        geometry.out_channels * w.kernel_height * w.kernel_width * (geometry.in_channels / geometry.groups), 3);
    const auto bias = random_numbers(geometry.out_channels, 4);
    convolution_ = make_convolution(geometry, weight.data(), bias.data());
    unbiased_ = make_convolution(geometry, weight.data(), nullptr);
    naive_ = reference::make_convolution(geometry, weight.data(), bias.data());
  }
  void TearDown() override { set_thread_count(1); }

  std::vector<Scalar> forward(const Convolution& convolution, Clamp clamp = {}) const {
    std::vector<Scalar> y(static_cast<std::size_t>(outputs_), Scalar{77});
    convolution.forward(sizes_, x_.data(), clamp, y.data());
    return y;
  }
  std::vector<Scalar> input_gradient(const Convolution& convolution, Gate gate = {}) const {
    std::vector<Scalar> dx(static_cast<std::size_t>(inputs_), Scalar{77});
    convolution.input_gradient(sizes_, dy_.data(), gate, dx.data());
    return dx;
  }

  ImageSizes sizes_;
  std::int64_t inputs_ = 0, outputs_ = 0;
  std::vector<Scalar> x_, dy_;
  std::unique_ptr<Convolution> convolution_, unbiased_, naive_;
};

TEST_P(ConvolutionTest, ForwardMatchesReference) {
  test::expect_close(forward(*convolution_), forward(*naive_), kTolerance);
}

TEST_P(ConvolutionTest, ClampIsFused) {
  const Clamp clamp{0, Scalar{0.5}};

  test::expect_close(forward(*convolution_, clamp), forward(*naive_, clamp), kTolerance * 10);
}

TEST_P(ConvolutionTest, InputGradientMatchesReference) {
  test::expect_close(input_gradient(*convolution_), input_gradient(*naive_), kTolerance);
}

TEST_P(ConvolutionTest, GateIsFused) {
  const auto bits = random_bits(outputs_, 5);

  for (const Gate gate : {Gate{bits.data(), false}, Gate{bits.data(), true}, Gate{nullptr, true}}) {
    test::expect_close(input_gradient(*convolution_, gate), input_gradient(*naive_, gate), kTolerance);
  }
}

TEST_P(ConvolutionTest, GradientIsTheAdjoint) {
  const auto y = forward(*unbiased_);
  const auto dx = input_gradient(*unbiased_);

  const double scale = std::sqrt(test::dot(y, y) * test::dot(dy_, dy_)) + 1e-30;
  EXPECT_NEAR(test::dot(y, dy_) / scale, test::dot(x_, dx) / scale, 1e-5);
}

TEST_P(ConvolutionTest, ResultDoesNotDependOnThreads) {
  const auto bits = random_bits(outputs_, 6);
  const auto y = forward(*convolution_);
  const auto dx = input_gradient(*convolution_, {bits.data(), false});

  set_thread_count(2);

  EXPECT_EQ(y, forward(*convolution_));
  EXPECT_EQ(dx, input_gradient(*convolution_, {bits.data(), false}));
}

// From the second row and column of outputs on: some of the padding gives way to pixels.
TEST_P(ConvolutionTest, PartOfAnImageGivesPartOfTheResult) {
  const ConvGeometry& geometry = GetParam().geometry;
  const std::int64_t batch = GetParam().batch, height = GetParam().height, width = GetParam().width;
  const Window& w = geometry.window;
  const std::int64_t row = std::min<std::int64_t>(1, sizes_.out_height - 1);
  const std::int64_t column = std::min<std::int64_t>(1, sizes_.out_width - 1);
  const std::int64_t top = std::max<std::int64_t>(0, row * w.stride_height - w.pad_top);
  const std::int64_t left = std::max<std::int64_t>(0, column * w.stride_width - w.pad_left);
  if (top >= height || left >= width) GTEST_SKIP() << "the second output reads padding only";
  ImageSizes part = {batch, height - top, width - left, sizes_.out_height - row, sizes_.out_width - column};
  part.cut_top = std::min(w.pad_top, row * w.stride_height);
  part.cut_left = std::min(w.pad_left, column * w.stride_width);
  const auto cropped = [&](const std::vector<Scalar>& image, std::int64_t rows, std::int64_t columns,
                           std::int64_t channels, std::int64_t first_row, std::int64_t first_column) {
    std::vector<Scalar> result;
    for (std::int64_t n = 0; n < part.batch; ++n) {
      for (std::int64_t y = first_row; y < rows; ++y) {
        const auto begin = image.begin() + ((n * rows + y) * columns + first_column) * channels;
        result.insert(result.end(), begin, begin + (columns - first_column) * channels);
      }
    }
    return result;
  };
  const auto x = cropped(x_, height, width, geometry.in_channels, top, left);
  const auto expected =
      cropped(forward(*naive_), sizes_.out_height, sizes_.out_width, geometry.out_channels, row, column);
  forward(*convolution_);  // an algorithm is chosen for the whole image

  std::vector<Scalar> y(expected.size(), Scalar{77}), naive_y(expected.size(), Scalar{77});
  convolution_->forward(part, x.data(), {}, y.data());
  naive_->forward(part, x.data(), {}, naive_y.data());

  test::expect_close(naive_y, expected, 1e-6);
  test::expect_close(y, expected, kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Geometries, ConvolutionTest, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace saliency::kernels
