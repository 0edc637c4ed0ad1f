// What methods of one backward pass an image have in common: the images run as batches, and each gradient becomes a
// map.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/scalar.h"
#include "saliency/method.h"
#include "saliency/model.h"

namespace saliency {

class GradientMethod : public Method {
 public:
  explicit GradientMethod(BackwardRule rule) : rule_(rule) {}

  bool announce(Model& model) const override;
  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override;

 protected:
  // Turns the gradient into the map, in place.
  virtual void transform(std::span<Scalar> /*gradient*/, std::span<const Scalar> /*image*/) const {}

 private:
  BackwardRule rule_;
};

// Images begin … end − 1 one after the other, as Model takes them.
std::vector<Scalar> concatenated(const Images& images, std::size_t begin, std::size_t end);

// Adds what the network's gradients with respect to its input suffer from.
void add_gradient_warnings(const Model& model, Mask& mask);

// A mask of the model's input shape with the receipt's fixed part.
Mask blank_mask(const Model& model, std::string_view method, const Target& target,
                BackwardRule rule = BackwardRule::Exact);

}  // namespace saliency
