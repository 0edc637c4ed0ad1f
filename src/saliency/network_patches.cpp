// NetworkModel's part of occlusion: inputs that differ from one image in a box compute only what the box reaches.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "graph/regions.h"
#include "ops/strided.h"
#include "saliency/network_model.h"

namespace saliency {
namespace {

// Activations behind the rectangles should stay in cache, but each weight should serve some samples.
constexpr std::size_t kRestBytes = std::size_t{32} << 20;
constexpr std::int64_t kFewest = 8, kMost = 16;

}  // namespace

struct NetworkModel::Patching {
  Shape size;  // the largest box
  graph::Regions regions;
  std::int64_t batch = 1;
  std::vector<Scalar> image = {};  // whose activations `regions` keeps
};

// Null: the model can't be run by rectangles, or not for boxes of that size.
NetworkModel::Patching* NetworkModel::patching(const Shape& size) {
  const graph::Value& x = session_.graph().values[static_cast<std::size_t>(x_.value)];
  const bool image = input_shape_.size() == 3 && x.shape.size() == 4 && x.batch_axis == 0 && x.shape[0] == 1 &&
                     x_.permutation.empty() && x_.scale.empty() && input_layout() != InputLayout::Other;
  if (!stackable_ || !image) return nullptr;
  const int height_axis = input_layout() == InputLayout::ChannelsFirst ? 2 : 1;
  const auto row = static_cast<std::size_t>(height_axis - 1);
  if (!patching_ || patching_->size != size) {
    const graph::Request whole = request(1);
    std::vector<graph::ValueId> others(whole.fed.begin() + 1, whole.fed.end());
    patching_ = std::make_shared<Patching>(Patching{
        .size = size,
        .regions =
            graph::Regions(session_.graph(), {.x = x_.value, .height_axis = height_axis, .width_axis = height_axis + 1},
                           y_.value, others, {.height = size[row], .width = size[row + 1]})});
    graph::Request rest = whole;
    rest.fed = others;
    rest.fed.insert(rest.fed.end(), patching_->regions.frontier().begin(), patching_->regions.frontier().end());
    const std::size_t bytes = std::max<std::size_t>(1, graph::Plan(session_.graph(), rest).bytes());
    patching_->batch = std::clamp(static_cast<std::int64_t>(kRestBytes / bytes), kFewest, kMost);
  }
  return patching_->regions.useful() ? patching_.get() : nullptr;
}

std::int64_t NetworkModel::patch_count(const Shape& size) {
  const Patching* patches = patching(size);
  return patches != nullptr ? patches->batch : batch_size();
}

std::vector<Scalar> NetworkModel::patched_scores(std::span<const Scalar> image, std::span<const Patch> patches,
                                                 const Target& target) {
  check(target);
  Shape largest(input_shape_.size(), 1);
  for (const Patch& patch : patches) {
    for (std::size_t axis = 0; axis < largest.size(); ++axis) largest[axis] = std::max(largest[axis], patch.size[axis]);
  }
  Patching* patching = this->patching(largest);
  if (patching == nullptr || sample_count(image) != 1) return Model::patched_scores(image, patches, target);
  const bool known = activations_ == Activations::Kept &&
                     std::equal(patches.begin(), patches.end(), known_patches_.begin(), known_patches_.end()) &&
                     std::equal(image.begin(), image.end(), known_patched_.batch.begin(), known_patched_.batch.end());
  if (!known) {
    known_patched_.y = patched_outputs(image, patches, *patching);
    known_patched_.batch.clear();
    known_patches_.clear();
    if (activations_ == Activations::Kept) {
      known_patched_.batch.assign(image.begin(), image.end());
      known_patches_.assign(patches.begin(), patches.end());
    }
  }
  const auto size = static_cast<std::size_t>(element_count(output_shape_));
  std::vector<Scalar> result;
  for (std::size_t i = 0; i < known_patched_.y.size(); i += size) {
    result.push_back(target_score(target, std::span<const Scalar>(known_patched_.y).subspan(i, size), {}));
  }
  return result;
}

std::vector<Scalar> NetworkModel::patched_outputs(std::span<const Scalar> image, std::span<const Patch> patches,
                                                  Patching& patching) {
  graph::Regions& regions = patching.regions;

  if (!std::equal(image.begin(), image.end(), patching.image.begin(), patching.image.end())) {
    graph::Request whole = request(1);
    whole.outputs.insert(whole.outputs.end(), regions.kept().begin(), regions.kept().end());
    graph::Plan& plan = session_.plan(whole);
    feed(plan, image, 0, 1);
    plan.forward();
    passes_.forward += 1;
    regions.keep(plan);
    patching.image.assign(image.begin(), image.end());
  }

  // A box may have some channels only; a rectangle has all.
  const bool channels_first = input_layout() == InputLayout::ChannelsFirst;
  const std::size_t row = channels_first ? 1 : 0, column = row + 1;
  const Shape strides = strides_of(input_shape_);
  std::vector<Scalar> result;
  for (std::size_t first = 0; first < patches.size(); first += static_cast<std::size_t>(patching.batch)) {
    const auto part =
        patches.subspan(first, std::min(static_cast<std::size_t>(patching.batch), patches.size() - first));
    const auto count = static_cast<std::int64_t>(part.size());
    std::vector<graph::Rect> rects;
    std::vector<Scalar> pixels;
    for (const Patch& patch : part) {
      const graph::Rect rect = {patch.begin[row], patch.begin[column], patch.size[row], patch.size[column]};
      rects.push_back(rect);
      Shape shape = input_shape_;
      shape[row] = rect.height;
      shape[column] = rect.width;
      const Shape to_strides = strides_of(shape);
      const std::size_t offset = pixels.size();
      pixels.resize(offset + static_cast<std::size_t>(element_count(shape)));
      Scalar* to = pixels.data() + offset;
      ops::copy_strided(shape, image.data() + rect.top * strides[row] + rect.left * strides[column], strides, to,
                        to_strides);
      const std::size_t channel = channels_first ? 0 : 2;
      ops::copy_strided(patch.size, patch.values.data(), strides_of(patch.size),
                        to + patch.begin[channel] * to_strides[channel], to_strides);
    }
    graph::Request rest = request(count);
    rest.fed.erase(rest.fed.begin());
    rest.fed.insert(rest.fed.end(), regions.frontier().begin(), regions.frontier().end());
    graph::Plan& plan = session_.plan(rest);
    regions.run(rects, pixels, plan);
    feed_others(plan, count);
    plan.forward();
    passes_.forward += count;
    const std::vector<Scalar> y = session_.samples(y_, plan.value(y_.value), count, graph::Session::Meaning::Value);
    result.insert(result.end(), y.begin(), y.end());
  }
  return result;
}

}  // namespace saliency
