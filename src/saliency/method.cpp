#include "saliency/method.h"

#include <cstddef>

#include "base/error.h"
#include "tensor/shape.h"

namespace saliency {

void check_image(const Model& model, std::size_t values) {
  if (static_cast<std::int64_t>(values) == element_count(model.input_shape())) return;
  throw Error(ErrorCode::ShapeMismatch,
              "the image has " + std::to_string(values) + " values, the model's input " +
                  to_string(model.input_shape()) + " takes " + std::to_string(element_count(model.input_shape())),
              {.expected = to_string(model.input_shape()), .actual = std::to_string(values) + " values"});
}

Job<Mask> get_mask(const Method& method, Model& model, std::vector<Scalar> image, Target target, Mask* partial) {
  check_image(model, image.size());
  Images images;
  images.push_back(std::move(image));
  Job<std::vector<Mask>> job = method.masks(model, std::move(images), std::move(target), partial);
  while (job.step()) co_yield job.progress();
  co_return std::move(job.result().front());
}

}  // namespace saliency
