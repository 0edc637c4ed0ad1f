// A row for each method: the tests of its own, and the checks that it is excused from, with the reason.
#include "saliency/method_checks.h"

namespace saliency::testing {
namespace {

constexpr std::string_view kNoBaseline = "compares with no baseline";
constexpr std::string_view kCoarse = "weighs places of a layer, which sum to nothing";
constexpr std::string_view kHiding = "each hiding stands alone: their falls do not add up";
constexpr std::string_view kSignRule = "its rule drops signals by their sign";
constexpr std::string_view kNodeRule = "goes back node by node, hence sees how the score is computed";
constexpr std::string_view kNoAuthority = "no library has it with the same definition";

}  // namespace

std::span<const MethodRow> method_rows() {
  static const MethodRow kRows[] = {
      {"VanillaGradients", "VanillaGradients.IsTheSignedGradient", "gradient_x", {{Check::Complete, kNoBaseline}}},
      {"InputXGradient",
       "InputXGradient.IsTheProduct",
       "input_x_gradient_",
       {{Check::Complete, "for linear scores only (InputXGradient.SumsToALinearScore)"}}},
      {"IntegratedGradients", "Rules/IntegratedGradientsRule.ApproachesTheIntegral", "ig_pair_"},
      {"BlurIg", "BlurIg.ApproachesTheClosedFormWithFewSteps", "blur_ig_"},
      {"GuidedIg",
       "GuidedIg.IsExactForALinearFunction",
       "guided_ig_",
       {{Check::Linear, "its path follows the gradient"},
        {Check::Function, "compares gradients: a rounding may decide which value moves first"}}},
      {"GradientShap", "GradientShap.FollowsItsFormulaForGivenDraws", "gradient_shap_"},
      {"DeepLift", "DeepLift.SumsToTheDifferenceOfScores", "deeplift_", {{Check::Function, kNodeRule}}},
      {"Xrai",
       "Xrai.AConstantImageIsOneSegment",
       "xrai_",
       {{Check::Complete,
         "keeps the largest channel: sums to that (Xrai.SumsToItsAttributionsAndIsConstantInEachRegion)"},
        {Check::Linear, "its regions are ranked"}}},
      {"GuidedBackprop",
       "GuidedBackprop.DropsNegativeSignalsAtRectifiers",
       "guided_backprop_",
       {{Check::Complete, kNoBaseline}, {Check::Linear, kSignRule}, {Check::Function, kNodeRule}}},
      {"DeconvNet",
       "DeconvNet.RectifiesTheSignalWhateverTheImageSwitchedOn",
       "deconvnet_",
       {{Check::Complete, kNoBaseline}, {Check::Linear, kSignRule}, {Check::Function, kNodeRule}}},
      {"GradCam", "Methods/ClassActivationMap.HasItsClosedForm", "gradcam_", {{Check::Complete, kCoarse}}},
      {"GradCamPlusPlus",
       "Methods/ClassActivationMap.HasItsClosedForm",
       "cam_variants_",
       {{Check::Complete, kCoarse}, {Check::Linear, "its weights divide by powers of the gradient"}}},
      {"HiResCam", "Methods/ClassActivationMap.HasItsClosedForm", "cam_variants_", {{Check::Complete, kCoarse}}},
      {"LayerCam",
       "Methods/ClassActivationMap.HasItsClosedForm",
       "cam_variants_",
       {{Check::Complete, kCoarse}, {Check::Linear, "takes positive gradients only"}}},
      {"XGradCam",
       "Methods/ClassActivationMap.HasItsClosedForm",
       kNoAuthority,
       {{Check::Complete, "sums to activation times gradient instead (XGradCam.SumsToActivationTimesGradient)"}}},
      {"EigenCam",
       "EigenCam.FindsTheDirectionOfARankOneLayer",
       kNoAuthority,
       {{Check::Complete, kCoarse},
        {Check::Linear, "does not look at the score"},
        {Check::Dummy, "does not look at the score"}}},
      {"GuidedGradCam",
       "GuidedGradCam.IsTheProductOfBothMaps",
       "guided_gradcam_",
       {{Check::Complete, kCoarse}, {Check::Linear, "a product of two maps"}, {Check::Function, kNodeRule}}},
      {"ScoreCam",
       "ScoreCam.WeighsChannelsByTheirScore",
       kNoAuthority,
       {{Check::Complete, kCoarse},
        {Check::Linear, "its weights are a softmax"},
        {Check::Dummy, "equal scores are equal weights, not none"}}},
      {"Occlusion", "Occlusion.TheLastWindowIsCutAtTheEdge", "occlusion_pair_", {{Check::Complete, kHiding}}},
      {"Rise",
       "Rise.FollowsItsFormulaForGivenMasks",
       "rise_",
       {{Check::Complete, "a mean of scores, not of differences"},
        {Check::Symmetric, "in expectation only: its random masks have no mirror image"}}},
      {"FeatureAblation",
       "FeatureAblation.IsTheFallOfTheScoreForEachRegion",
       kNoAuthority,
       {{Check::Complete, kHiding}}},
      {"Lime",
       "Lime.RecoversALinearFunction",
       kNoAuthority,
       {{Check::Complete, "fits the score, but need not meet it at the ends"}}},
      {"KernelShap", "KernelShap.FindsShapleyValuesExactlyFromAllSets", kNoAuthority},
  };
  return kRows;
}

}  // namespace saliency::testing
