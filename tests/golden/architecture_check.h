// Compares a network with the references of its folder: each entry of "outputs" in meta.json.
//   "logits" and other tensors     {y: tensor}                          default: the logits
//   "gradient", "guided", …        {y, x: input, rule, k: class}        default: logits, first input, by its name, k
#pragma once

#include "support/golden.h"

namespace saliency::testing {

// Expects all outputs of the folder within tolerance, and prints the error of each.
void expect_architecture_agrees(const Path& folder);

// Expects that three different samples at once give what each gives alone, without being run one by one.
void expect_samples_stack(const Path& folder);

}  // namespace saliency::testing
