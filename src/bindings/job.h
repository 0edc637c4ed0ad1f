// A computation in steps, as JavaScript sees it: a map, several, or a metric.
#pragma once

#include <emscripten/val.h>

#include <memory>
#include <utility>

#include "bindings/convert.h"
#include "bindings/envelope.h"
#include "saliency/job.h"
#include "saliency/mask.h"
#include "saliency/network_model.h"

namespace saliency::bindings {

class JobBinding {
 public:
  // What runs: owns all that its coroutine refers to.
  class Work {
   public:
    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    virtual ~Work() = default;
    virtual bool step() = 0;
    virtual Progress progress() const = 0;
    virtual emscripten::val result() = 0;
    virtual const Mask* partial() const { return nullptr; }
  };

  explicit JobBinding(std::unique_ptr<Work> work) : work_(std::move(work)) {}

  emscripten::val step();           // {finished, done, total}; runs one batch
  emscripten::val partial() const;  // {data, shape} of the map so far, without numbers when there is none
  emscripten::val result();         // once finished

 private:
  std::unique_ptr<Work> work_;
};

// A job on its own model. `start(model, partial)` makes the job; `convert(result, model)` makes JavaScript's value.
template <class Result, class Convert>
class ModelWork final : public JobBinding::Work {
 public:
  template <class Start>
  ModelWork(std::unique_ptr<NetworkModel> model, Start&& start, Convert convert)
      : model_(std::move(model)), job_(std::forward<Start>(start)(*model_, &partial_)), convert_(std::move(convert)) {}

  bool step() override { return job_.step(); }
  Progress progress() const override { return job_.progress(); }
  emscripten::val result() override { return convert_(job_.result(), *model_); }
  const Mask* partial() const override { return &partial_; }

 private:
  std::unique_ptr<NetworkModel> model_;
  Mask partial_;
  Job<Result> job_;
  Convert convert_;
};

template <class Result, class Start, class Convert>
emscripten::val started_job(std::unique_ptr<NetworkModel> model, Start&& start, Convert convert) {
  return emscripten::val(JobBinding(
      std::make_unique<ModelWork<Result, Convert>>(std::move(model), std::forward<Start>(start), std::move(convert))));
}

}  // namespace saliency::bindings
