#include "bindings/job.h"

#include "tensor/tensor.h"

namespace saliency::bindings {

using emscripten::val;

val JobBinding::step() {
  return enveloped([&] {
    const bool goes_on = work_->step();
    const Progress progress = work_->progress();
    val object = val::object();
    object.set("finished", !goes_on);
    object.set("done", static_cast<double>(progress.done));
    object.set("total", static_cast<double>(progress.total));
    return object;
  });
}

val JobBinding::partial() const {
  return enveloped([&] {
    const Mask* mask = work_->partial();
    val object = from_tensor(mask == nullptr ? Tensor() : Tensor(mask->shape, mask->data));
    object.set("steps", static_cast<double>(mask == nullptr ? 0 : mask->steps));
    return object;
  });
}

val JobBinding::result() {
  return enveloped([&] { return work_->result(); });
}

}  // namespace saliency::bindings
