// Metrics of maps on the trained networks: insertion, deletion, infidelity, sensitivity, performance information.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "metrics/curves.h"
#include "metrics/faithfulness.h"
#include "metrics/performance_information.h"
#include "saliency/methods.h"
#include "saliency/network_model.h"
#include "support/golden.h"

namespace saliency::testing {
namespace {

class Metrics : public ::testing::TestWithParam<Path> {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(cases() / "infidelity_x0")) GTEST_SKIP() << "carried by the shared folder only";
    session_ = load_golden(GetParam());
  }

  Path cases() const { return GetParam() / "cases"; }

  void open(const std::string& name) {
    folder_ = cases() / name;
    meta_ = read_json(folder_ / "meta.json");
    image_ = read_npy(GetParam() / meta_.at("input").get<std::string>()).data;
    target_ = Target::of_class(meta_.at("target").get<std::int64_t>());
  }
  std::vector<Scalar> tensor(const char* name) const {
    return read_npy(folder_ / meta_.at("tensors").at(name).at("file").get<std::string>()).data;
  }
  std::vector<Scalar> reference(const std::string& output) const {
    return read_npy(folder_ / meta_.at("outputs").at(output).at("file").get<std::string>()).data;
  }
  void expect_agrees(const std::vector<double>& actual, const std::string& output) const {
    const std::vector<Scalar> scalars(actual.begin(), actual.end());
    EXPECT_LE(difference(scalars, reference(output)).largest,
              meta_.at("outputs").at(output).at("abs_tol").get<double>())
        << folder_.filename() << " " << output;
  }

  std::unique_ptr<graph::Session> session_;
  Path folder_;
  Json meta_;
  std::vector<Scalar> image_;
  Target target_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Metrics);

TEST_P(Metrics, InsertionAndDeletionAgree) {
  NetworkModel model(*session_);
  for (const auto& entry : std::filesystem::directory_iterator(cases())) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("insertion_deletion_", 0) != 0) continue;
    open(name);
    const auto steps = meta_.at("params").at("steps").get<std::int64_t>();
    const std::vector<std::int32_t> order = pixel_order(model, tensor("map"));
    EXPECT_EQ(std::vector<Scalar>(order.begin(), order.end()), tensor("order"));
    for (const auto& [kind, word] : {std::pair{CurveKind::Deletion, "deletion"}, {CurveKind::Insertion, "insertion"}}) {
      for (const auto& [of, unit] : {std::pair{Of::Logit, "logit"}, {Of::Probability, "softmax"}}) {
        Target target = target_;
        target.of = of;
        const Curve curve =
            perturbation_curve(model, image_, tensor("map"), tensor("baseline"), target, kind, steps).run();
        const std::string output = std::string(word) + "_" + unit;
        expect_agrees(curve.scores, output);
        expect_agrees({curve.area}, output + "_auc");
      }
    }
  }
}

TEST_P(Metrics, InfidelityAgreesWithCaptum) {
  open("infidelity_x0");
  NetworkModel model(*session_);

  const Infidelity result = infidelity(model, image_, tensor("map"), tensor("perturbations"), target_).run();

  expect_agrees({result.value}, "infidelity");
  expect_agrees({result.normalized}, "infidelity_normalized");
}

TEST_P(Metrics, SensitivityAgreesWithCaptum) {
  open("sensitivity_max_x0");
  NetworkModel model(*session_);
  OptionReader reader("VanillaGradients", {});
  const auto method = method_info("VanillaGradients").make(reader);

  expect_agrees({max_sensitivity(*method, model, image_, tensor("perturbations"), target_).run()}, "sensitivity_max");
}

// The blurred images and their sizes are taken as given; predictions are the network's own.
TEST_P(Metrics, PerformanceInformationAgreesWithPair) {
  open("pic_sic_x0");
  NetworkModel model(*session_);
  Target probability = target_;
  probability.of = Of::Probability;
  const std::vector<Scalar> blurred = reference("blurred_images");  // n × h × w × c, bytes
  const std::vector<Scalar> information = reference("entropies");
  const auto channels = static_cast<std::size_t>(model.input_shape()[0]);
  const std::size_t size = image_.size();
  std::vector<InformationPoint> points;
  std::vector<double> predictions;
  for (std::size_t k = 0; k < information.size(); ++k) {
    std::vector<Scalar> input(size);
    for (std::size_t i = 0; i < size; ++i) {
      const Scalar byte = blurred[k * size + i];
      input[i % channels * (size / channels) + i / channels] = (byte / 255 - Scalar{0.5}) / Scalar{0.25};
    }
    predictions.push_back(model.scores(input, probability).front());
    points.push_back({information[k], predictions.back()});
  }
  expect_agrees(predictions, "predictions");

  const Json& params = meta_.at("params");
  InformationCurveOptions options{.min_performance = params.at("min_pred_value").get<double>(),
                                  .points = params.at("num_data_points").get<std::int64_t>()};
  const std::vector<InformationPoint> between(points.begin() + 1, points.end() - 1);
  const InformationCurve curve = information_curve(points.front(), between, points.back(), options);
  expect_agrees(curve.x, "curve_x");
  expect_agrees(curve.y, "curve_y");
  expect_agrees({curve.area}, "auc");
  options.monotonous = false;
  const InformationCurve falling = information_curve(points.front(), between, points.back(), options);
  expect_agrees(falling.y, "curve_y_not_monotonous");
  expect_agrees({falling.area}, "auc_not_monotonous");
}

INSTANTIATE_TEST_SUITE_P(Goldens, Metrics, ::testing::ValuesIn(golden_folders("methods")),
                         [](const auto& instance) { return instance.param.filename().string(); });

}  // namespace
}  // namespace saliency::testing
