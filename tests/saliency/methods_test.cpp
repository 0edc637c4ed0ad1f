// What the table promises of every method.
#include "saliency/methods.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "saliency/method_check.h"
#include "saliency/toy_model.h"
#include "tensor/tensor.h"

namespace saliency {
namespace {

using testing::expect_error;
using testing::ToyModel;

// 8×8 pixels of one channel; a layer of 2×2 positions and 2 channels for the class activation maps.
struct Toy : ToyModel {
  explicit Toy(std::int64_t batch = 3) : ToyModel({8, 8, 1}, testing::square_score, testing::square_gradient, batch) {
    layer_values = [](const testing::Values& x) {
      Layer layer;
      layer.shape = {2, 2, 2};
      for (std::size_t i = 0; i < 8; ++i) {
        layer.activations.push_back(static_cast<Scalar>(x[i * 8] + 1));
        layer.gradients.push_back(static_cast<Scalar>(i % 3) - Scalar{0.5});
      }
      return layer;
    };
  }
};

std::vector<Scalar> slope() {
  std::vector<Scalar> image(64);
  for (std::size_t i = 0; i < 64; ++i)
    image[i] = static_cast<Scalar>(std::sin(static_cast<double>(i)) + 0.02 * static_cast<double>(i));
  return image;
}

// Labels of four squares.
Tensor quarters() {
  Tensor labels({8, 8});
  for (std::size_t i = 0; i < 64; ++i) labels.data[i] = static_cast<Scalar>(i / 32 * 2 + i % 8 / 4);
  return labels;
}

// Small settings, for the methods whose defaults are made for large images.
Options settings(std::string_view method) {
  Options options;
  for (const OptionInfo& info : mask_options(method)) {
    if (info.name == "size") options.emplace("size", 3);
    if (info.name == "samples" && info.fallback != "0") options.emplace("samples", 20);
    if (info.name == "layer") options.emplace("layer", "middle");
    if (info.name == "maxSigma") options.emplace("maxSigma", 3);
    if (info.name == "masks" || info.name == "perturbations") options.emplace(info.name, 20);
    if (info.name == "segments") options.emplace("segments", quarters());
  }
  return options;
}

class EveryMethod : public ::testing::TestWithParam<MethodInfo> {
 protected:
  std::string name() const { return std::string(GetParam().name); }
};

TEST_P(EveryMethod, GivesAFiniteMapWithItsReceipt) {
  Toy model;

  const Mask mask = testing::mask_of(name(), model, slope(), settings(name()));

  EXPECT_EQ(mask.method, name());
  EXPECT_EQ(mask.data.size(), 64U);
  EXPECT_EQ(static_cast<std::size_t>(element_count(mask.shape)), mask.data.size());
  EXPECT_GT(mask.evaluations, 0);
  EXPECT_LT(mask.zeros, 1);
  EXPECT_EQ(mask.not_finite, 0);
  double score = 0;
  for (const Scalar value : slope()) score += static_cast<double>(value) * static_cast<double>(value);
  EXPECT_NEAR(mask.score, score, 1e-3);
}

TEST_P(EveryMethod, IsDefinedForAConstantImageAndAZeroGradient) {
  auto model = testing::linear_model({8, 8, 1}, testing::Values(64, 0), 3);
  model.layer_values = [](const testing::Values&) {
    return Model::Layer{{2, 2, 2}, {}, std::vector<Scalar>(8, 0), std::vector<Scalar>(8, 0)};
  };
  for (const Scalar level : {0, 1}) {
    const Mask mask = testing::mask_of(name(), model, std::vector<Scalar>(64, level), settings(name()));
    const Mask smooth = testing::smoothed_mask_of(name(), model, std::vector<Scalar>(64, level), settings(name()));

    EXPECT_EQ(mask.not_finite, 0);
    for (const Scalar value : mask.data) EXPECT_TRUE(std::isfinite(value));
    for (const Scalar value : smooth.data) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST_P(EveryMethod, ReportsProgressUpToItsTotal) {
  Toy model;

  const Mask mask =
      testing::run_checking_progress(get_mask(name(), model, slope(), Target::of_class(0), settings(name())));

  EXPECT_EQ(mask.evaluations, model.score_count + model.gradient_count + model.layer_count);
}

TEST_P(EveryMethod, IsCancelledByDroppingTheJob) {
  Toy model;
  const Mask expected = testing::mask_of(name(), model, slope(), settings(name()));

  {
    Job<Mask> job = get_smoothed_mask(name(), model, slope(), Target::of_class(0), settings(name()));
    job.step();
    job.step();
  }

  EXPECT_EQ(testing::mask_of(name(), model, slope(), settings(name())).data, expected.data);
}

TEST_P(EveryMethod, DoesNotDependOnTheBatchSize) {
  Toy one(1);
  Toy many(50);

  const Mask a = testing::mask_of(name(), one, slope(), settings(name()));
  const Mask b = testing::mask_of(name(), many, slope(), settings(name()));

  EXPECT_EQ(a.data, b.data);
  EXPECT_EQ(a.evaluations, b.evaluations);
}

TEST_P(EveryMethod, SmoothedWithoutNoiseIsThePlainMap) {
  Toy model;
  Options options = settings(name());
  const Mask plain = testing::mask_of(name(), model, slope(), options);

  options.insert_or_assign("stdevSpread", 0);
  options.insert_or_assign("magnitude", false);
  const Mask smoothed = testing::smoothed_mask_of(name(), model, slope(), options);

  EXPECT_EQ(smoothed.data, plain.data);
  EXPECT_EQ(smoothed.shape, plain.shape);
}

TEST_P(EveryMethod, ReportsSmoothedProgressUpToItsTotal) {
  Toy model;

  testing::run_checking_progress(get_smoothed_mask(name(), model, slope(), Target::of_class(0), settings(name())));
}

TEST_P(EveryMethod, RefusesOptionsItDoesNotKnow) {
  Toy model;

  expect_error(ErrorCode::InvalidOption, "unknown option 'colour'", [&] {
    testing::mask_of(name(), model, slope(), {{"colour", "red"}});
  });
}

TEST_P(EveryMethod, ExplainsItsOptions) {
  EXPECT_FALSE(GetParam().summary.empty());
  for (const OptionInfo& info : smoothed_mask_options(name())) {
    EXPECT_FALSE(info.type.empty());
    EXPECT_FALSE(info.meaning.empty()) << info.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod, ::testing::ValuesIn(methods().begin(), methods().end()),
                         [](const auto& method) { return std::string(method.param.name); });

TEST(Methods, UnknownNamesNameTheLikelyMeantOne) {
  Toy model;

  expect_error(ErrorCode::InvalidOption, "did you mean 'VanillaGradients'?",
               [&] { testing::mask_of("VanilaGradient", model, slope()); });
}

TEST(Methods, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const MethodInfo& info : methods()) EXPECT_TRUE(names.insert(info.name).second) << info.name;
}

}  // namespace
}  // namespace saliency
