// A path method with a tolerance: runs with more and more steps until its map is complete.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "saliency/method.h"

namespace saliency {

// At most this many times the steps asked for.
constexpr std::int64_t kMostRefined = 16;

// The meaning of a path method's tolerance.
constexpr const char* kPathTolerance =
    "double the steps, up to 16 times as many, until the gap of completeness is below this share of the difference of "
    "scores; 0: never";

// Whether the gap of completeness is at most `tolerance` of the difference of scores.
bool is_complete(const Completeness& completeness, double tolerance);

// The masks of make(steps), make(2·steps), … until all are complete; their evaluations count all rounds.
Job<std::vector<Mask>> refined_masks(std::function<std::unique_ptr<Method>(std::int64_t)> make, std::int64_t steps,
                                     double tolerance, Model& model, Images images, Target target, Mask* partial);

}  // namespace saliency
