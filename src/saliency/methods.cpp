#include "saliency/methods.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "saliency/lint.h"
#include "saliency/smoothgrad.h"

namespace saliency {

// A row is X(name, factory, what it does). The factory is a function of this namespace in the method's own file.
// clang-format off
#define SALIENCY_METHODS(X) \
  X(VanillaGradients, make_vanilla_gradients, \
    "The gradient of the score: what a small change of each value does.") \
  X(InputXGradient, make_input_x_gradient, \
    "The gradient times the image: each value's first-order share of the score.") \
  X(IntegratedGradients, make_integrated_gradients, \
    "The mean gradient on the way from a baseline, times the way: sums to the difference of scores.") \
  X(BlurIg, make_blur_ig, \
    "Gradients along the way from a blurred image to the sharp one: needs no baseline.") \
  X(GuidedIg, make_guided_ig, \
    "Integrated gradients on a path that moves the values of small gradient first: less noise.") \
  X(GradientShap, make_gradient_shap, \
    "Integrated gradients averaged over random points, baselines and noise.") \
  X(DeepLift, make_deep_lift, \
    "Differences of activations from a baseline, sent back layer by layer: complete in one pass.") \
  X(Lrp, make_lrp, \
    "The score sent back through the layers, each sharing it among its inputs by a rule: conserved on the way.") \
  X(ExcitationBackprop, make_excitation_backprop, \
    "Where a walker from the class down the excitatory connections passes, as a probability.") \
  X(FullGrad, make_full_grad, \
    "What the input and the biases of all layers contribute to the score, laid over each other.") \
  X(Xrai, make_xrai, \
    "Regions of the image, ranked by the integrated gradients that they hold.") \
  X(GuidedBackprop, make_guided_backprop, \
    "The gradient with negative signals dropped at each rectifier: sharp, but loosely tied to the class.") \
  X(DeconvNet, make_deconvnet, \
    "The signal sent back through rectifiers applied to itself, whatever the image switched on.") \
  X(GradCam, make_grad_cam, \
    "Channels of a late layer, weighted by the mean of their gradient: coarse, but tied to the class.") \
  X(GradCamPlusPlus, make_grad_cam_plus_plus, \
    "Grad-CAM with weights meant to count several objects of a class alike.") \
  X(HiResCam, make_hires_cam, \
    "Activation times gradient of a late layer: what each of its positions contributes.") \
  X(LayerCam, make_layer_cam, \
    "Activation times positive gradient, for early layers too.") \
  X(XGradCam, make_x_grad_cam, \
    "Grad-CAM with the gradient averaged where the channel is active.") \
  X(EigenCam, make_eigen_cam, \
    "What stands out to a late layer, whatever the class.") \
  X(GuidedGradCam, make_guided_grad_cam, \
    "Guided backpropagation, kept where Grad-CAM sees the class.") \
  X(ScoreCam, make_score_cam, \
    "Channels of a late layer, weighted by the score of the image seen through them: no gradients.") \
  X(AblationCam, make_ablation_cam, \
    "Channels of a late layer, weighted by how far the score falls without them: no gradients.") \
  X(Occlusion, make_occlusion, \
    "How much the score falls when a window of the image is hidden.") \
  X(Rise, make_rise, \
    "The mean of random masks, weighted by the score of the image seen through them.") \
  X(MeaningfulPerturbation, make_meaningful_perturbation, \
    "The smallest smooth mask that takes the evidence away, found by gradient descent.") \
  X(FeatureAblation, make_feature_ablation, \
    "How much the score falls when a region of the image is hidden.") \
  X(Lime, make_lime, \
    "A linear model of the score over hidden and shown regions, fitted near the image.") \
  X(KernelShap, make_kernel_shap, \
    "Shapley values of the image's regions, estimated by weighted regression.")
// clang-format on

#define SALIENCY_DECLARE(name, make, summary) std::unique_ptr<Method> make(OptionReader& reader);
SALIENCY_METHODS(SALIENCY_DECLARE)
#undef SALIENCY_DECLARE

std::span<const MethodInfo> methods() {
#define SALIENCY_ROW(name, make, summary) MethodInfo{#name, summary, make},
  static const MethodInfo kMethods[] = {SALIENCY_METHODS(SALIENCY_ROW)};
#undef SALIENCY_ROW
  return kMethods;
}

const MethodInfo& method_info(std::string_view name) {
  std::vector<std::string> known;
  std::string list;
  for (const MethodInfo& info : methods()) {
    if (info.name == name) return info;
    known.emplace_back(info.name);
    list += (list.empty() ? "" : ", ") + known.back();
  }
  const std::string likely = closest(std::string(name), known);
  throw Error(ErrorCode::InvalidOption,
              "unknown method '" + std::string(name) + "'" +
                  (likely.empty() ? "." : ", did you mean '" + likely + "'?") + " Known methods: " + list,
              {.expected = list, .actual = std::string(name), .remedy = "use one of the known methods"});
}

std::vector<OptionInfo> mask_options(std::string_view name) {
  OptionReader reader{std::string(name), {}};
  method_info(name).make(reader);
  return reader.infos();
}

std::vector<OptionInfo> smoothed_mask_options(std::string_view name) {
  OptionReader reader{std::string(name), {}};
  SmoothGradOptions::read(reader);
  method_info(name).make(reader);
  return reader.infos();
}

Job<Mask> get_mask(std::string name, Model& model, std::vector<Scalar> image, Target target, Options options,
                   Mask* partial) {
  OptionReader reader(name, std::move(options));
  const std::unique_ptr<Method> method = method_info(name).make(reader);
  reader.finish();
  Job<Mask> job = get_mask(*method, model, image, target, partial);
  while (job.step()) co_yield job.progress();
  Mask mask = job.result();
  lint(model, image, target, mask);
  co_return mask;
}

Job<Mask> get_smoothed_mask(std::string name, Model& model, std::vector<Scalar> image, Target target, Options options,
                            Mask* partial) {
  OptionReader reader(name, std::move(options));
  SmoothGradOptions smoothing = SmoothGradOptions::read(reader);
  const std::unique_ptr<Method> method = method_info(name).make(reader);
  reader.finish();
  Job<Mask> job = smoothed_mask(*method, model, image, target, std::move(smoothing), partial);
  while (job.step()) co_yield job.progress();
  Mask mask = job.result();
  lint(model, image, target, mask);
  co_return mask;
}

}  // namespace saliency
