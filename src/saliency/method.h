// What every saliency method is: a batch of images in, one map of each out, as a job of batch-sized steps. A method
// sees the network only through Model. Its options were read when it was made (methods.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scalar.h"
#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/model.h"
#include "saliency/target.h"

namespace saliency {

using Images = std::vector<std::vector<Scalar>>;  // each of the model's input shape

class Method {
 public:
  Method() = default;
  Method(const Method&) = delete;
  Method& operator=(const Method&) = delete;
  virtual ~Method() = default;

  virtual std::string_view name() const = 0;

  // Methods that need nothing but gradients of the images themselves say here which, and return true: one forward pass
  // then serves all of them that are asked for together (explain.h).
  virtual bool announce(Model& /*model*/) const { return false; }

  // One sealed mask of each image; progress counts network evaluations. The method and the model must outlive the
  // job. `partial`, where given, outlives the job too: methods that approach their result hold there the map of the
  // first image as far as it is known after each step.
  virtual Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial = nullptr) const = 0;
};

// The map of one image: checks the image's size first (ShapeMismatch).
Job<Mask> get_mask(const Method& method, Model& model, std::vector<Scalar> image, Target target,
                   Mask* partial = nullptr);

// Throws ShapeMismatch unless `image` has as many values as the model's input.
void check_image(const Model& model, std::size_t values);

}  // namespace saliency
