// x · scale + bias with constants, as it stands behind a normalisation.
#pragma once

#include "graph/fusion/matcher.h"

namespace saliency::graph {

struct Affine {
  std::string x;
  std::string scale, bias;  // initializers; "": 1 and 0
  Parts parts;
};

// What makes `name`; without parts if that is neither a sum nor a product with a constant.
Affine affine(const Matcher& matcher, const std::string& name);

// The values of an initializer c×1×…×1 with `ones` ones behind c, and any number in front: one for each channel. Null
// if it has another shape.
const Tensor* channel_values(const Matcher& matcher, const std::string& name, std::size_t ones);

// As a tensor of `count` values; `missing` for each if it is null.
Tensor as_vector(const Tensor* values, std::size_t count, Scalar missing);

}  // namespace saliency::graph
