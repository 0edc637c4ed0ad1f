#include "ops/broadcast.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "kernels/parallel.h"

namespace saliency::ops {
namespace {

constexpr std::int64_t kGrain = 16384;
constexpr std::int64_t kChunk = 256;  // results of a reduced run that are computed before they are added up
constexpr std::int64_t kLanes = 8;    // partial sums side by side, which vectorise
constexpr std::size_t kMaxAxes = 16;
constexpr std::size_t kTarget = kMaxBroadcastOperands;  // index of the target's steps
constexpr std::size_t kStreams = kMaxBroadcastOperands + 1;
constexpr Scalar kNothing = 0;

using Steps = std::array<std::int64_t, kStreams>;

struct Axis {
  std::int64_t size = 1;
  Steps steps = {};
};

// Steps of a tensor of `own` sizes through the axes of `shape`, 0 where it is broadcast.
void set_steps(std::span<const std::int64_t> shape, std::span<const std::int64_t> own, std::size_t stream,
               std::vector<Axis>& axes) {
  std::int64_t stride = 1;
  for (std::size_t i = 1; i <= own.size(); ++i) {
    const std::int64_t size = own[own.size() - i];
    // Sizes of 1 in front of a shorter shape do no harm.
    if (i <= shape.size()) axes[shape.size() - i].steps[stream] = size == 1 ? 0 : stride;
    stride *= size;
  }
}

// The loops, outermost first; at least one.
std::vector<Axis> merged_axes(std::span<const std::int64_t> shape, std::span<const ConstView> operands,
                              std::span<const std::int64_t> target) {
  std::vector<Axis> axes(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) axes[i].size = shape[i];
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (operands[i]) set_steps(shape, operands[i].shape, i, axes);
  }
  set_steps(shape, target, kTarget, axes);

  std::vector<Axis> merged;
  for (const Axis& axis : axes) {
    if (axis.size == 1) continue;
    bool joins = !merged.empty();
    for (std::size_t s = 0; joins && s < kStreams; ++s) {
      joins = merged.back().steps[s] == axis.steps[s] * axis.size;
    }
    if (joins) {
      merged.back().size *= axis.size;
      merged.back().steps = axis.steps;
    } else {
      merged.push_back(axis);
    }
  }
  if (merged.empty()) merged.emplace_back();
  if (merged.size() > kMaxAxes) {
    throw Error(ErrorCode::UnsupportedOperator, "broadcasting to " + to_string(shape) + " needs more than 16 loops");
  }
  return merged;
}

// A position in nested loops and the offsets of all streams there.
class Walker {
 public:
  explicit Walker(std::span<const Axis> axes) : axes_(axes) {}

  void seek(std::int64_t position) {
    offsets_ = {};
    for (std::size_t i = axes_.size(); i-- > 0;) {
      index_[i] = position % axes_[i].size;
      position /= axes_[i].size;
      for (std::size_t s = 0; s < kStreams; ++s) offsets_[s] += index_[i] * axes_[i].steps[s];
    }
  }

  void next() {
    for (std::size_t i = axes_.size(); i-- > 0;) {
      const bool wraps = ++index_[i] == axes_[i].size;
      const std::int64_t moves = wraps ? 1 - axes_[i].size : 1;
      for (std::size_t s = 0; s < kStreams; ++s) offsets_[s] += moves * axes_[i].steps[s];
      if (!wraps) return;
      index_[i] = 0;
    }
  }

  const Steps& offsets() const { return offsets_; }

 private:
  std::span<const Axis> axes_;
  std::array<std::int64_t, kMaxAxes> index_ = {};
  Steps offsets_ = {};
};

struct Operands {
  std::array<const Scalar*, kMaxBroadcastOperands> data;
  std::array<std::int64_t, kMaxBroadcastOperands> steps;  // along the run

  Operands(std::span<const ConstView> views, const Axis& inner) {
    for (std::size_t i = 0; i < kMaxBroadcastOperands; ++i) {
      const bool present = i < views.size() && views[i];
      data[i] = present ? views[i].data : &kNothing;
      steps[i] = present ? inner.steps[i] : 0;
    }
  }

  Run run(const Steps& outer, const Steps& more, std::int64_t column, std::int64_t count) const {
    Run result{.count = count, .operands = data, .steps = steps};
    for (std::size_t i = 0; i < kMaxBroadcastOperands; ++i) {
      result.operands[i] += outer[i] + more[i] + column * steps[i];
    }
    return result;
  }
};

std::int64_t product(std::span<const Axis> axes) {
  std::int64_t count = 1;
  for (const Axis& axis : axes) count *= axis.size;
  return count;
}

// Whatever is summed: outer loops over elements of the target, and inside of them loops over what is added up.
struct Reduction {
  std::vector<Axis> kept, reduced;
  Axis inner;
  Operands operands;
  RunFunction f;
  Scalar* sums;

  // The run belongs to one element of the target.
  void sum_runs(std::int64_t begin, std::int64_t end) const {
    Walker position(kept);
    position.seek(begin);
    std::array<Scalar, kChunk> values;
    const std::int64_t runs = product(reduced);
    for (std::int64_t item = begin; item < end; ++item, position.next()) {
      std::array<double, kLanes> lanes = {};
      Walker inside(reduced);
      for (std::int64_t r = 0; r < runs; ++r, inside.next()) {
        for (std::int64_t column = 0; column < inner.size; column += kChunk) {
          const std::int64_t count = std::min(kChunk, inner.size - column);
          f(operands.run(position.offsets(), inside.offsets(), column, count), values.data());
          const std::int64_t full = (count + kLanes - 1) / kLanes * kLanes;
          std::fill(values.begin() + count, values.begin() + full, Scalar{0});
          for (std::int64_t i = 0; i < full; i += kLanes) {
            for (std::size_t lane = 0; lane < kLanes; ++lane) lanes[lane] += values[static_cast<std::size_t>(i) + lane];
          }
        }
      }
      sums[position.offsets()[kTarget]] = static_cast<Scalar>(std::accumulate(lanes.begin(), lanes.end(), 0.0));
    }
  }

  // Each element of the run belongs to another one of the target; an item is a chunk of a run.
  void sum_columns(std::int64_t begin, std::int64_t end, std::int64_t chunks) const {
    std::array<Scalar, kChunk> values;
    std::array<double, kChunk> totals;
    const std::int64_t runs = product(reduced);
    for (std::int64_t item = begin; item < end; ++item) {
      Walker position(kept);
      position.seek(item / chunks);
      const std::int64_t column = item % chunks * kChunk;
      const std::int64_t count = std::min(kChunk, inner.size - column);
      totals.fill(0);
      Walker inside(reduced);
      for (std::int64_t r = 0; r < runs; ++r, inside.next()) {
        f(operands.run(position.offsets(), inside.offsets(), column, count), values.data());
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) totals[i] += values[i];
      }
      Scalar* target = sums + position.offsets()[kTarget] + column;
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) target[i] = static_cast<Scalar>(totals[i]);
    }
  }
};

}  // namespace

void broadcast_map(std::span<const std::int64_t> shape, std::initializer_list<ConstView> operands, RunFunction f,
                   Scalar* result) {
  const std::vector<Axis> axes = merged_axes(shape, {operands.begin(), operands.size()}, {});
  const Axis& inner = axes.back();
  const std::span<const Axis> outer(axes.data(), axes.size() - 1);
  const Operands sources({operands.begin(), operands.size()}, inner);

  kernels::parallel_for(element_count(shape), kGrain, [&](std::int64_t begin, std::int64_t end) {
    Walker position(outer);
    position.seek(begin / inner.size);
    std::int64_t column = begin % inner.size;
    for (std::int64_t i = begin; i < end; position.next(), column = 0) {
      const std::int64_t count = std::min(inner.size - column, end - i);
      f(sources.run(position.offsets(), {}, column, count), result + i);
      i += count;
    }
  });
}

void broadcast_sum(std::span<const std::int64_t> shape, std::initializer_list<ConstView> operands,
                   std::span<const std::int64_t> target, RunFunction f, Scalar* sums) {
  const std::int64_t target_count = element_count(target);
  const std::int64_t count = element_count(shape);
  if (target_count == count) return broadcast_map(shape, operands, f, sums);
  if (count == 0) {
    std::fill_n(sums, target_count, Scalar{0});
    return;
  }

  const std::vector<Axis> axes = merged_axes(shape, {operands.begin(), operands.size()}, target);
  Reduction reduction{.kept = {},
                      .reduced = {},
                      .inner = axes.back(),
                      .operands = Operands({operands.begin(), operands.size()}, axes.back()),
                      .f = f,
                      .sums = sums};
  for (std::size_t i = 0; i + 1 < axes.size(); ++i) {
    (axes[i].steps[kTarget] != 0 ? reduction.kept : reduction.reduced).push_back(axes[i]);
  }
  const std::int64_t items = product(reduction.kept);
  const std::int64_t run_length = reduction.inner.size;
  if (reduction.inner.steps[kTarget] == 0) {
    const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (count / items));
    kernels::parallel_for(items, grain, [&](std::int64_t begin, std::int64_t end) { reduction.sum_runs(begin, end); });
  } else {
    const std::int64_t chunks = (run_length + kChunk - 1) / kChunk;
    const std::int64_t grain = std::max<std::int64_t>(1, kGrain / (count / (items * chunks)));
    kernels::parallel_for(items * chunks, grain,
                          [&](std::int64_t begin, std::int64_t end) { reduction.sum_columns(begin, end, chunks); });
  }
}

}  // namespace saliency::ops
