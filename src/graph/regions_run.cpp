// Running the rectangles: samples whose rectangles have the same sizes go through an operator together.
#include <algorithm>

#include "graph/regions.h"
#include "kernels/parallel.h"
#include "ops/strided.h"

namespace saliency::graph {
namespace {

std::size_t at(ValueId id) {
  return static_cast<std::size_t>(id);
}

Rect common(const Rect& a, const Rect& b) {
  const std::int64_t top = std::max(a.top, b.top), left = std::max(a.left, b.left);
  return {top, left, std::min(a.top + a.height, b.top + b.height) - top,
          std::min(a.left + a.width, b.left + b.width) - left};
}

bool holds(const Rect& outer, const Rect& inner) {
  return common(outer, inner) == inner;
}

struct Line {
  std::int64_t first = 0, count = 0;
};

// The outputs that a change of some inputs reaches; where a stride passes it over, one that stays the same.
Line reached_line(const ops::Reach::Axis& axis, Line changed, std::int64_t size) {
  const std::int64_t lowest = changed.first + axis.pad - axis.span + 1;
  const std::int64_t first = std::min(size - 1, lowest <= 0 ? 0 : (lowest + axis.stride - 1) / axis.stride);
  const std::int64_t end = std::min(size, (changed.first + changed.count - 1 + axis.pad) / axis.stride + 1);
  return {first, std::max<std::int64_t>(1, end - first)};
}

// The inputs that some outputs read, without those before 0 and from `size` on.
Line read_line(const ops::Reach::Axis& axis, Line outputs, std::int64_t size, std::int64_t& before,
               std::int64_t& behind) {
  const std::int64_t first = outputs.first * axis.stride - axis.pad;
  const std::int64_t end = first + (outputs.count - 1) * axis.stride + axis.span;
  before = std::max<std::int64_t>(0, -first);
  behind = std::max<std::int64_t>(0, end - size);
  return {first + before, end - behind - first - before};
}

}  // namespace

// Samples with rectangles of one size that read equally far beyond the image.
struct Regions::Group {
  Rect size;
  ops::Outside outside;
  std::vector<std::size_t> samples;
};

void Regions::keep(const Plan& plan) {
  for (const ValueId id : kept_) {
    const View from = plan.value(id);
    bases_[at(id)].assign(from.data, from.data + from.size());
  }
}

const Scalar* Regions::base(ValueId id) const {
  if (!value(id).is_constant) return bases_[at(id)].data();
  return value(id).constant ? value(id).constant->data.data() : nullptr;  // null: packed by its operator
}

void Regions::run(std::span<const Rect> rects, std::span<const Scalar> pixels, const Plan& rest) {
  Tiles& x = tiles_[at(image_.x)];
  x.rects.assign(rects.begin(), rects.end());
  x.numbers.assign(pixels.begin(), pixels.end());
  x.offsets.clear();
  std::size_t offset = 0;
  for (const Rect& rect : rects) {
    x.offsets.push_back(offset);
    offset += static_cast<std::size_t>(element_count(part_shape(image_.x, change(image_.x), 1, rect)));
  }
  for (const Step& step : steps_) {
    if (step.kind == Kind::Mean) {
      run_mean(step, rects.size());
    } else {
      run_local(step, rects.size());
    }
  }
  for (const ValueId id : frontier_) write_frontier(id, rects.size(), rest.value(id));
}

Shape Regions::part_shape(ValueId id, const Change& axes, std::int64_t samples, const Rect& rect) const {
  Shape shape = value(id).shape;
  shape[0] = samples;
  shape[static_cast<std::size_t>(axes.height_axis)] = rect.height;
  shape[static_cast<std::size_t>(axes.width_axis)] = rect.width;
  return shape;
}

void Regions::copy_common(ValueId id, const Change& axes, const Rect& from_rect, const Scalar* from,
                          const Rect& to_rect, Scalar* to) const {
  const Rect both = common(from_rect, to_rect);
  if (both.height <= 0 || both.width <= 0) return;
  const Shape from_strides = strides_of(part_shape(id, axes, 1, from_rect));
  const Shape to_strides = strides_of(part_shape(id, axes, 1, to_rect));
  const auto offset = [&](const Shape& strides, const Rect& rect) {
    return (both.top - rect.top) * strides[static_cast<std::size_t>(axes.height_axis)] +
           (both.left - rect.left) * strides[static_cast<std::size_t>(axes.width_axis)];
  };
  ops::copy_strided(part_shape(id, axes, 1, both), from + offset(from_strides, from_rect), from_strides,
                    to + offset(to_strides, to_rect), to_strides);
}

// The rectangle of the output that holds what the changes of all inputs reach.
Rect Regions::reached(const Step& step, std::size_t sample) const {
  const Rect size = whole(step.output, change(step.output));
  std::int64_t top = size.height, left = size.width, bottom = 0, right = 0;
  for (const ValueId id : step.node->inputs) {
    if (id == kNoValue || change(id).part != Part::Local) continue;
    const Rect& from = tiles_[at(id)].rects[sample];
    const Line rows = reached_line(step.reach.height, {from.top, from.height}, size.height);
    const Line columns = reached_line(step.reach.width, {from.left, from.width}, size.width);
    top = std::min(top, rows.first);
    left = std::min(left, columns.first);
    bottom = std::max(bottom, rows.first + rows.count);
    right = std::max(right, columns.first + columns.count);
  }
  return {top, left, bottom - top, right - left};
}

// The pixels of an input that a rectangle of the output reads.
Rect Regions::box(const Step& step, ValueId input, const Rect& output, ops::Outside& outside) const {
  const Rect size = whole(input, change(step.output));
  const Line rows = read_line(step.reach.height, {output.top, output.height}, size.height, outside.top, outside.bottom);
  const Line columns =
      read_line(step.reach.width, {output.left, output.width}, size.width, outside.left, outside.right);
  return {rows.first, columns.first, rows.count, columns.count};
}

std::vector<Regions::Group> Regions::grouped(const Step& step, const std::vector<Rect>& rects) const {
  const auto& inputs = step.node->inputs;
  const ValueId changed = *std::find_if(inputs.begin(), inputs.end(),
                                        [&](ValueId id) { return id != kNoValue && change(id).part == Part::Local; });
  std::vector<Group> groups;
  for (std::size_t sample = 0; sample < rects.size(); ++sample) {
    const Rect size = {0, 0, rects[sample].height, rects[sample].width};
    ops::Outside outside;
    if (step.kind == Kind::Local) box(step, changed, rects[sample], outside);
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const Group& group) { return group.size == size && group.outside == outside; });
    if (same != groups.end()) {
      same->samples.push_back(sample);
    } else {
      groups.push_back({size, outside, {sample}});
    }
  }
  return groups;
}

void Regions::run_local(const Step& step, std::size_t samples) {
  Tiles& output = tiles_[at(step.output)];
  output.rects.clear();
  for (std::size_t sample = 0; sample < samples; ++sample) {
    output.rects.push_back(step.kind == Kind::Transpose ? tiles_[at(step.node->inputs[0])].rects[sample]
                                                        : reached(step, sample));
  }
  const std::vector<Group> groups = grouped(step, output.rects);
  output.offsets.assign(samples, 0);
  std::size_t total = 0;
  for (const Group& group : groups) {
    const auto each =
        static_cast<std::size_t>(element_count(part_shape(step.output, change(step.output), 1, group.size)));
    for (const std::size_t sample : group.samples) {
      output.offsets[sample] = total;
      total += each;
    }
  }
  output.numbers.resize(total);
  for (const Group& group : groups) {
    run_group(step, group, output.rects, output.numbers.data() + output.offsets[group.samples[0]]);
  }
}

void Regions::run_group(const Step& step, const Group& group, const std::vector<Rect>& rects, Scalar* output) {
  const std::size_t count = step.node->inputs.size();
  std::vector<Shape> shapes(count);
  std::vector<std::vector<Scalar>> buffers(count);
  std::vector<ConstView> inputs(count);
  for (std::size_t i = 0; i < count; ++i) {
    const ValueId id = step.node->inputs[i];
    if (id == kNoValue) continue;
    const bool read_by_pixels = i == 0 || step.node->op->pulls_all_inputs();
    if (change(id).part == Part::Local || (read_by_pixels && is_image(id, change(step.output)))) {
      inputs[i] = gathered(step, id, group, rects, shapes[i], buffers[i]);
    } else {
      inputs[i] = {value(id).shape, base(id)};
    }
  }
  const Shape shape =
      part_shape(step.output, change(step.output), static_cast<std::int64_t>(group.samples.size()), group.size);
  std::vector<View> outputs(step.node->outputs.size());
  outputs[0] = {shape, output};
  step.node->op->forward_part({.inputs = inputs, .outputs = outputs, .clamp = step.clamp}, group.outside);
}

// The pixels of an input that a group reads, sample by sample.
ConstView Regions::gathered(const Step& step, ValueId input, const Group& group, const std::vector<Rect>& rects,
                            Shape& shape, std::vector<Scalar>& buffer) const {
  const bool changed = change(input).part == Part::Local;
  const Change& axes = changed ? change(input) : change(step.output);
  const Tiles& tiles = tiles_[at(input)];
  std::vector<Rect> boxes;
  for (const std::size_t sample : group.samples) {
    ops::Outside outside;
    boxes.push_back(step.kind == Kind::Transpose ? rects[sample] : box(step, input, rects[sample], outside));
  }
  shape = part_shape(input, axes, static_cast<std::int64_t>(boxes.size()), boxes[0]);
  const std::int64_t each = element_count(shape) / static_cast<std::int64_t>(boxes.size());
  bool in_place = changed;  // the tiles are what is read, and lie one behind the other
  for (std::size_t k = 0; in_place && k < boxes.size(); ++k) {
    const std::size_t sample = group.samples[k];
    in_place = tiles.rects[sample] == boxes[k] &&
               tiles.offsets[sample] == tiles.offsets[group.samples[0]] + k * static_cast<std::size_t>(each);
  }
  if (in_place) return {shape, tiles.numbers.data() + tiles.offsets[group.samples[0]]};
  buffer.resize(static_cast<std::size_t>(element_count(shape)));
  const Rect image = whole(input, axes);
  kernels::parallel_for(static_cast<std::int64_t>(boxes.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const std::size_t sample = group.samples[k];
      Scalar* to = buffer.data() + i * each;
      if (!changed || !holds(tiles.rects[sample], boxes[k])) copy_common(input, axes, image, base(input), boxes[k], to);
      if (changed) {
        copy_common(input, axes, tiles.rects[sample], tiles.numbers.data() + tiles.offsets[sample], boxes[k], to);
      }
    }
  });
  return {shape, buffer.data()};
}

// mean = the image's mean + Σ (changed − the image's own) / pixels
void Regions::run_mean(const Step& step, std::size_t samples) {
  const ValueId input = step.node->inputs[0];
  const Tiles& tiles = tiles_[at(input)];
  const Rect image = whole(input, change(input));
  const auto channels = static_cast<std::size_t>(value(input).shape[3]);
  std::vector<Scalar>& means = tiles_[at(step.output)].numbers;
  means.resize(samples * channels);
  kernels::parallel_for(static_cast<std::int64_t>(samples), 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<double> sums(channels);
    for (auto sample = static_cast<std::size_t>(begin); sample < static_cast<std::size_t>(end); ++sample) {
      std::fill(sums.begin(), sums.end(), 0.0);
      const Rect& rect = tiles.rects[sample];
      const Scalar* changed = tiles.numbers.data() + tiles.offsets[sample];
      for (std::int64_t row = 0; row < rect.height; ++row) {
        const Scalar* own = base(input) + ((rect.top + row) * image.width + rect.left) * value(input).shape[3];
        for (std::int64_t column = 0; column < rect.width; ++column) {
          for (std::size_t c = 0; c < channels; ++c) sums[c] += static_cast<double>(*changed++) - double{*own++};
        }
      }
      for (std::size_t c = 0; c < channels; ++c) {
        const double change_of_mean = sums[c] / static_cast<double>(image.height * image.width);
        means[sample * channels + c] = static_cast<Scalar>(base(step.output)[c] + change_of_mean);
      }
    }
  });
}

void Regions::write_frontier(ValueId id, std::size_t samples, const View& to) const {
  const Tiles& tiles = tiles_[at(id)];
  if (change(id).part != Part::Local) {
    std::copy(tiles.numbers.begin(), tiles.numbers.end(), to.data);
    return;
  }
  const Rect image = whole(id, change(id));
  const auto each = static_cast<std::int64_t>(bases_[at(id)].size());
  kernels::parallel_for(static_cast<std::int64_t>(samples), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto sample = static_cast<std::size_t>(i);
      std::copy_n(base(id), each, to.data + i * each);
      copy_common(id, change(id), tiles.rects[sample], tiles.numbers.data() + tiles.offsets[sample], image,
                  to.data + i * each);
    }
  });
}

}  // namespace saliency::graph
