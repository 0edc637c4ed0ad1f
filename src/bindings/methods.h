// The method classes and their jobs, as JavaScript sees them.
#pragma once

#include <emscripten/val.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "bindings/model.h"
#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/target.h"

namespace saliency::bindings {

// A mask in the making; the model must outlive it.
class JobBinding {
 public:
  using Start = Job<Mask> (*)(std::string method, Model& model, std::vector<Scalar> image, Target target,
                              Options options, Mask* partial);
  JobBinding(const std::string& method, const std::string& y, const std::string& x, graph::Session& session,
             const emscripten::val& request, Start start);

  emscripten::val step();           // {finished, done, total}; runs one batch
  emscripten::val partial() const;  // {data, shape} of the map so far, without numbers when there is none
  emscripten::val result();         // the mask, once finished

 private:
  JobBinding(const std::string& method, ModelAtPoint at, const emscripten::val& request, Start start);

  // On the heap, as the coroutine holds references to them while this object may move.
  std::unique_ptr<NetworkModel> model_;
  std::unique_ptr<Mask> partial_;
  Job<Mask> job_;
};

// `row` is the place in saliency::methods(). The model is borrowed.
class MethodBinding {
 public:
  MethodBinding(std::size_t row, const ModelBinding& model, const emscripten::val& tensors);

  // request: {image: Float32Array, target, feeds, options}
  emscripten::val get_mask(const emscripten::val& request) const;
  emscripten::val get_smoothed_mask(const emscripten::val& request) const;

 private:
  std::string name_;
  std::string y_;
  std::string x_;
  const ModelBinding& model_;
};

// The image that excites the request's target most: {target, y, feeds, options}; a mask of the input's shape.
emscripten::val visualize_feature(const ModelBinding& model, const emscripten::val& request);

// [{name, summary, options, smoothedOptions}], from the table in saliency/methods.cpp.
emscripten::val method_table();

}  // namespace saliency::bindings
