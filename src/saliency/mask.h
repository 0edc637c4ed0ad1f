// A finished map and its receipt: what was explained, at which cost, and what a reader should know about it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/scalar.h"
#include "tensor/shape.h"
#include "tensor/tensor.h"

namespace saliency {

// A method that distributes a difference of scores: sum of the map, score(image) − score(baseline), and their gap.
struct Completeness {
  double sum = 0;
  double expected = 0;
  double delta = 0;  // sum − expected
};

struct Mask {
  std::vector<Scalar> data;
  Shape shape;  // the model's input without its batch axis, in the model's layout; class activation maps: {h, w}
  std::string method = {};
  double score = 0;  // the target's score of the image itself
  std::optional<Completeness> completeness = {};
  std::optional<std::uint64_t> seed = {};  // of the random numbers, below 2^53
  std::int64_t evaluations = 0;            // inputs that the network was run on
  std::int64_t steps = 0;                  // steps of a path or samples taken
  double zeros = 0;                        // share of values that are exactly 0
  double clipped = 0;                      // share of values that the method cut off (negative ones of a CAM)
  double not_finite = 0;                   // share of values that were NaN or infinite; they are 0 in data
  std::vector<std::string> warnings = {};
  std::map<std::string, Tensor> extras = {};  // what else the method has to tell: segments, ranks, …
};

// Replaces what is not finite by 0, counts it and the zeros, and warns where they make the map doubtful.
// Every mask goes through here before it is returned.
void seal(Mask& mask);

// Adds a warning once.
void warn(Mask& mask, const std::string& warning);

}  // namespace saliency
