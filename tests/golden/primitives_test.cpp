// Blurs, resizing and segmentation against SciPy, scikit-image and PyTorch, as the trained networks' folders hold them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "saliency/felzenszwalb.h"
#include "saliency/gaussian_blur.h"
#include "saliency/resize.h"
#include "saliency/segments.h"
#include "support/golden.h"

namespace saliency::testing {
namespace {

class Primitives : public ::testing::TestWithParam<Path> {
 protected:
  // The reference output of a case, or nothing when the case is not there.
  void SetUp() override {
    if (!std::filesystem::is_directory(cases() / "primitive_resize"))
      GTEST_SKIP() << "carried by the shared folder only";
  }
  Path cases() const { return GetParam() / "cases"; }
  Json meta(const char* name) const { return read_json(cases() / name / "meta.json"); }
  Tensor reference(const char* name, const char* output) const {
    return read_npy(cases() / name / meta(name).at("outputs").at(output).at("file").get<std::string>());
  }
  void expect_agrees(const std::vector<double>& actual, const char* name, const char* output) const {
    const std::vector<Scalar> scalars(actual.begin(), actual.end());
    const Difference gap = difference(scalars, reference(name, output).data);
    EXPECT_LE(gap.largest, meta(name).at("outputs").at(output).at("abs_tol").get<double>()) << output;
  }
  std::vector<double> image() const {
    const Tensor tensor = read_npy(GetParam() / "inputs" / "x0.npy");
    return {tensor.data.begin(), tensor.data.end()};
  }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Primitives);

PixelGrid grid_of(std::int64_t channels, std::int64_t height, std::int64_t width) {
  return {
      .channels = channels, .height = height, .width = width, .channel_stride = height * width, .row_stride = width};
}

TEST_P(Primitives, BlurAgreesWithSciPy) {
  std::vector<double> actual;
  for (const double sigma : meta("primitive_gaussian_blur").at("params").at("sigmas").get<std::vector<double>>()) {
    const Tensor x = read_npy(GetParam() / "inputs" / "x0.npy");
    const PixelGrid grid = grid_of(3, x.shape[x.shape.size() - 2], x.shape[x.shape.size() - 1]);
    const std::vector<double> blurred = gaussian_blur(image(), grid, sigma, Edge::Zero);
    actual.insert(actual.end(), blurred.begin(), blurred.end());
  }
  expect_agrees(actual, "primitive_gaussian_blur", "blurred");
}

TEST_P(Primitives, ResizingAgreesWithSkimageAndPyTorch) {
  const Tensor small = read_npy(cases() / "primitive_resize" / "small.npy");
  const Plane plane{small.shape[0], small.shape[1], {small.data.begin(), small.data.end()}};
  const auto size = meta("primitive_resize").at("params").at("size").get<std::vector<std::int64_t>>();
  const auto enlarged = [&](Interpolation kind) { return resized(plane, size[0], size[1], kind).values; };

  expect_agrees(enlarged(Interpolation::BilinearMirror), "primitive_resize", "skimage_order1");
  expect_agrees(enlarged(Interpolation::Bilinear), "primitive_resize", "skimage_order1_edge");
  expect_agrees(enlarged(Interpolation::Bilinear), "primitive_resize", "torch_bilinear");
  expect_agrees(enlarged(Interpolation::Nearest), "primitive_resize", "torch_nearest");

  const Tensor x = read_npy(GetParam() / "inputs" / "x0.npy");
  Plane channel{x.shape[x.shape.size() - 2], x.shape[x.shape.size() - 1], image()};
  channel.values.resize(static_cast<std::size_t>(channel.height * channel.width));
  expect_agrees(resized(channel, 20, 24, Interpolation::CubicSpline).values, "primitive_resize", "skimage_order3_down");
  expect_agrees(resized(channel, 64, 56, Interpolation::CubicSpline).values, "primitive_resize", "skimage_order3_up");
}

// Equal up to renumbering.
void expect_same_partition(const Labels& actual, const std::vector<Scalar>& expected, const char* what) {
  ASSERT_EQ(actual.size(), expected.size());
  std::map<std::int32_t, Scalar> forwards;
  std::map<Scalar, std::int32_t> backwards;
  int different = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const bool agrees = forwards.emplace(actual[i], expected[i]).first->second == expected[i] &&
                        backwards.emplace(expected[i], actual[i]).first->second == actual[i];
    different += agrees ? 0 : 1;
  }
  EXPECT_EQ(different, 0) << what;
}

TEST_P(Primitives, SegmentationAgreesWithSkimage) {
  const Tensor picture = read_npy(cases() / "primitive_felzenszwalb" / "image.npy");
  const std::vector<double> values(picture.data.begin(), picture.data.end());
  const PixelGrid grid = grid_of(picture.shape[0], picture.shape[1], picture.shape[2]);
  struct Case {
    const char* output;
    double scale;
    std::int64_t min_size;
  };
  for (const Case& one : {Case{"labels_scale50_min20", 50, 20}, Case{"labels_scale250_min150", 250, 150},
                          Case{"labels_scale2_min5", 2, 5}}) {
    const Labels labels = felzenszwalb(values, grid, {one.scale}, {.min_size = one.min_size}).front();
    expect_same_partition(labels, reference("primitive_felzenszwalb", one.output).data, one.output);
  }
  const Tensor labels = reference("primitive_felzenszwalb", "labels_scale2_min5");
  Region region;
  for (std::size_t i = 0; i < labels.data.size(); ++i) {
    if (labels.data[i] == 1) region.push_back(static_cast<std::int32_t>(i));
  }
  std::vector<double> grown(labels.data.size(), 0);
  for (const std::int32_t pixel : dilated(region, grid.height, grid.width, 5))
    grown[static_cast<std::size_t>(pixel)] = 1;
  expect_agrees(grown, "primitive_felzenszwalb", "dilated_label1_disk5");
}

// XRAI's own regions of x0, mask by mask.
TEST_P(Primitives, XraisRegionsAgreeWithPair) {
  const Tensor x = read_npy(GetParam() / "inputs" / "x0.npy");
  const Tensor masks = read_npy(GetParam() / "tensors" / "segments_felzenszwalb_x0.npy");
  const std::vector<Region> regions = xrai_regions(x.data, grid_of(3, masks.shape[1], masks.shape[2]));

  ASSERT_EQ(static_cast<std::int64_t>(regions.size()), masks.shape[0]);
  const auto pixels = static_cast<std::size_t>(masks.shape[1] * masks.shape[2]);
  std::vector<Scalar> actual(masks.data.size(), 0);
  for (std::size_t r = 0; r < regions.size(); ++r) {
    for (const std::int32_t pixel : regions[r]) actual[r * pixels + static_cast<std::size_t>(pixel)] = 1;
  }
  EXPECT_EQ(difference(actual, masks.data).mean, 0);
}

INSTANTIATE_TEST_SUITE_P(Goldens, Primitives, ::testing::ValuesIn(golden_folders("methods")),
                         [](const auto& instance) { return instance.param.filename().string(); });

}  // namespace
}  // namespace saliency::testing
