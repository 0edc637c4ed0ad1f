// What a reader of a map should know about the model and the set-up before trusting it. Each remark ends with its
// remedy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/scalar.h"
#include "graph/graph.h"
#include "saliency/mask.h"
#include "saliency/model.h"
#include "saliency/target.h"

namespace saliency {

// Strides that read some positions more often than others: the gradient with respect to the input has their grid.
//   taps t·dilation fall on the residues modulo the stride; the window is even where each residue has as many taps
std::optional<std::string> gridding(const graph::Graph& graph);

// Sigmoid, GELU, HardSwish and the like, which guided backpropagation and DeconvNet say nothing about.
bool has_smooth_activations(const graph::Graph& graph);

// Remarks on the image and the score: values outside of the model's range, a saturated probability.
void lint(const Model& model, const std::vector<Scalar>& image, const Target& target, Mask& mask);

}  // namespace saliency
