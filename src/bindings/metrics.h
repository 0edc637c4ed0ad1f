// Scores of maps, as JavaScript sees them: jobs, whose results are plain numbers.
#pragma once

#include <emscripten/val.h>

#include "bindings/model.h"

namespace saliency::bindings {

// All requests hold {image, valueRange, target, y, x, feeds}, and:
//   {map, kind: 'insertion' | 'deletion', steps, baseline: {baseline, …options of baselines}} → {scores, area}
emscripten::val start_perturbation_curve(const ModelBinding& model, const emscripten::val& request);
//   {map, perturbations: n × input, empty: `samples` random ones within ±`radius` of `seed`} → {value, normalized}
emscripten::val start_infidelity(const ModelBinding& model, const emscripten::val& request);
//   {method, options, perturbations …} → a number
emscripten::val start_sensitivity(const ModelBinding& model, const emscripten::val& request);
//   {map, thresholds, randomFraction, seed, minPerformance, monotonous, points} → {x, y, area}
emscripten::val start_revealed_curve(const ModelBinding& model, const emscripten::val& request);

}  // namespace saliency::bindings
