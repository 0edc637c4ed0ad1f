// The table of methods, which drives the bindings, the documentation and the tests; and the two calls of the public
// contract. A method is one source file, one row in methods.cpp and one test file.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/method.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/target.h"

namespace saliency {

struct MethodInfo {
  std::string_view name;     // "VanillaGradients"
  std::string_view summary;  // one sentence
  std::unique_ptr<Method> (*make)(OptionReader& reader);
};

std::span<const MethodInfo> methods();
const MethodInfo& method_info(std::string_view name);  // throws InvalidOption, naming the known ones

// The options that getMask (or, with SmoothGrad's own in front, getSmoothedMask) takes, with defaults and meanings.
std::vector<OptionInfo> mask_options(std::string_view name);
std::vector<OptionInfo> smoothed_mask_options(std::string_view name);

// Options are checked before the first step: an InvalidOption is thrown by the call itself or by the first step().
// The model, and `partial` where given, must outlive the job.
Job<Mask> get_mask(std::string method, Model& model, std::vector<Scalar> image, Target target, Options options = {},
                   Mask* partial = nullptr);
Job<Mask> get_smoothed_mask(std::string method, Model& model, std::vector<Scalar> image, Target target,
                            Options options = {}, Mask* partial = nullptr);

}  // namespace saliency
