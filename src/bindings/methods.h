// The method classes, and several methods at once, as JavaScript sees them.
#pragma once

#include <emscripten/val.h>

#include <cstddef>
#include <string>

#include "bindings/model.h"

namespace saliency::bindings {

// `row` is the place in saliency::methods(). The model is borrowed.
class MethodBinding {
 public:
  MethodBinding(std::size_t row, const ModelBinding& model, const emscripten::val& tensors);

  // request: {image: Float32Array, valueRange: number[], target, feeds, options}
  emscripten::val get_mask(const emscripten::val& request) const;
  emscripten::val get_smoothed_mask(const emscripten::val& request) const;

 private:
  template <class Get>
  emscripten::val started(const emscripten::val& request, Get get) const;

  std::string name_;
  std::string y_;
  std::string x_;
  const ModelBinding& model_;
};

// The image that excites the request's target most: {target, y, feeds, options}; a mask of the input's shape.
emscripten::val visualize_feature(const ModelBinding& model, const emscripten::val& request);

// Several methods and targets together, from shared forward passes.
// request: {image, valueRange, y, x, feeds, methods: [{name, smoothed, options}], targets}
// The job's result: {masks, methods outermost; passes: {forward, backward}}.
emscripten::val explain_together(const ModelBinding& model, const emscripten::val& request);

// [{name, summary, options, smoothedOptions}], from the table in saliency/methods.cpp.
emscripten::val method_table();

}  // namespace saliency::bindings
