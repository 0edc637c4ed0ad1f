// Operators that give the same numbers in the same order another shape. https://onnx.ai/onnx/operators/
//   Reshape    shape: 0 copies the input's size (unless allowzero), −1 is what remains
//   Flatten    axes before and from `axis` on become one each
//   Squeeze    axes of size 1 go    Unsqueeze  axes of size 1 come
//   backward   dx = dy
//
// A batch axis that follows a product P of sizes goes to an axis that follows the same product: its samples are the
// same runs of numbers, whatever the two sizes.
#include <algorithm>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "ops/operator.h"
#include "ops/registry.h"

namespace saliency::ops {
namespace {

std::int64_t product(std::span<const std::int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

// Neighbouring input axes and neighbouring output axes with the same product, as small as can be. Axes of size 1 are
// left out on the input's side and join the segment in front of them on the output's.
struct Segment {
  std::vector<int> inputs, outputs;
};

std::vector<Segment> segments_of(const Shape& input, const Shape& output) {
  std::vector<Segment> segments(1);  // the first: leading output axes of size 1
  std::size_t i = 0, o = 0;
  std::int64_t inputs = 1, outputs = 1;
  while (i < input.size() || o < output.size()) {
    if (i < input.size() && input[i] == 1) {
      ++i;
    } else if (o < output.size() && output[o] == 1) {
      segments.back().outputs.push_back(static_cast<int>(o++));
    } else if (inputs == outputs) {
      segments.emplace_back();
      inputs = input[i];
      outputs = output[o];
      segments.back().inputs.push_back(static_cast<int>(i++));
      segments.back().outputs.push_back(static_cast<int>(o++));
    } else if (inputs < outputs) {
      inputs *= input[i];
      segments.back().inputs.push_back(static_cast<int>(i++));
    } else {
      outputs *= output[o];
      segments.back().outputs.push_back(static_cast<int>(o++));
    }
  }
  return segments;
}

class ReshapeOperator final : public Operator {
 public:
  // images[a]: the output axis that input axis a becomes, −1 where it is none.
  ReshapeOperator(Shape input, Shape output, std::vector<int> images = {})
      : input_(std::move(input)), output_(std::move(output)), images_(std::move(images)) {
    if (element_count(input_) != element_count(output_)) {
      throw Error(ErrorCode::ShapeMismatch,
                  "shape " + to_string(input_) + " can't become " + to_string(output_) + ": other number of elements");
    }
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    if (inputs[0].shape != input_) {
      throw Error(ErrorCode::ShapeMismatch, "input has shape " + to_string(inputs[0].shape),
                  {.expected = to_string(input_), .actual = to_string(inputs[0].shape)});
    }
    return {{.shape = output_, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override { copy(context.inputs[0], context.outputs[0]); }
  void backward(const Backward& context) const override { copy(context.output_grads[0], context.input_grads[0]); }
  bool has_gradient(std::size_t input) const override { return input == 0; }
  bool is_view() const override { return true; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> inputs,
                                std::span<const ValueType> outputs) const override {
    if (input_axes[0] < 0) return -1;
    const auto axis = static_cast<std::size_t>(input_axes[0]);
    const Shape& shape = outputs[0].shape;
    const std::int64_t prefix = product(std::span(inputs[0].shape).first(axis));
    const auto fits = [&](std::size_t a) { return a < shape.size() && product(std::span(shape).first(a)) == prefix; };
    if (axis < images_.size() && images_[axis] >= 0) return images_[axis];
    if (fits(axis)) return static_cast<int>(axis);
    for (std::size_t a = 0; a < shape.size(); ++a) {
      if (fits(a)) return static_cast<int>(a);
    }
    return std::nullopt;
  }

  // Possible when each segment of input axes lies together and in order in front of the transpose, too.
  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    if (element_count(input_) == 0 || permutation.size() != input_.size()) return std::nullopt;
    std::vector<Segment> segments = segments_of(input_, output_);
    Shape source(input_.size());  // the shape in front of the transpose
    for (std::size_t a = 0; a < input_.size(); ++a) source[static_cast<std::size_t>(permutation[a])] = input_[a];
    const auto position = [&](int axis) { return permutation[static_cast<std::size_t>(axis)]; };
    for (const Segment& segment : segments) {
      for (std::size_t k = 1; k < segment.inputs.size(); ++k) {
        const int from = position(segment.inputs[k - 1]), to = position(segment.inputs[k]);
        if (from > to) return std::nullopt;
        const auto between =
            std::span(source).subspan(static_cast<std::size_t>(from) + 1, static_cast<std::size_t>(to - from - 1));
        if (product(between) != 1) return std::nullopt;
      }
    }
    std::stable_sort(segments.begin() + 1, segments.end(), [&](const Segment& a, const Segment& b) {
      return position(a.inputs.front()) < position(b.inputs.front());
    });
    std::vector<int> order;  // output axes as they come out of g
    for (const Segment& segment : segments) order.insert(order.end(), segment.outputs.begin(), segment.outputs.end());
    std::vector<int> behind(order.size());
    Shape output(order.size());
    for (std::size_t a = 0; a < order.size(); ++a) {
      behind[static_cast<std::size_t>(order[a])] = static_cast<int>(a);
      output[a] = output_[static_cast<std::size_t>(order[a])];
    }
    std::vector<int> images(images_.empty() ? 0 : input_.size(), -1);
    for (std::size_t a = 0; a < images_.size(); ++a) {
      const int image = images_[a];
      images[static_cast<std::size_t>(permutation[a])] = image < 0 ? -1 : behind[static_cast<std::size_t>(image)];
    }
    if (!keep_prefixes(source, output, images)) images.clear();
    input_ = std::move(source);
    output_ = std::move(output);
    images_ = std::move(images);
    return behind;
  }

 private:
  static void copy(const ConstView& from, const View& to) {
    if (from.data != to.data) std::copy_n(from.data, to.size(), to.data);
  }

  static bool keep_prefixes(const Shape& input, const Shape& output, const std::vector<int>& images) {
    for (std::size_t a = 0; a < images.size(); ++a) {
      if (images[a] < 0) continue;
      const auto image = static_cast<std::size_t>(images[a]);
      if (product(std::span(input).first(a)) != product(std::span(output).first(image))) return false;
    }
    return true;
  }

  Shape input_, output_;
  std::vector<int> images_;
};

std::vector<int> sorted_axes(const std::vector<std::int64_t>& axes, std::size_t rank) {
  std::vector<int> result;
  for (const std::int64_t axis : axes) result.push_back(normalized_axis(axis, rank));
  std::sort(result.begin(), result.end());
  if (std::adjacent_find(result.begin(), result.end()) != result.end()) {
    throw Error(ErrorCode::ModelInvalid, "'axes' names an axis twice");
  }
  return result;
}

bool contains(const std::vector<int>& sorted, std::size_t axis) {
  return std::binary_search(sorted.begin(), sorted.end(), static_cast<int>(axis));
}

}  // namespace

std::unique_ptr<Operator> make_reshape(const NodeInfo& info) {
  const Shape& input = info.inputs[0].shape;
  const auto wanted = info.integers("shape", 1);
  if (!wanted) throw Error(ErrorCode::ModelInvalid, "'shape' is missing");
  const bool zero_copies = info.attributes.integer("allowzero", 0) == 0;
  Shape output = *wanted;
  std::ptrdiff_t open = -1;
  for (std::size_t a = 0; a < output.size(); ++a) {
    if (output[a] == 0 && zero_copies) {
      if (a >= input.size()) {
        throw Error(ErrorCode::ModelInvalid, "'shape' is " + to_string(*wanted) + ": its 0 at " + std::to_string(a) +
                                                 " copies a size that the input " + to_string(input) + " lacks");
      }
      output[a] = input[a];
    } else if (output[a] == -1 && open < 0) {
      open = static_cast<std::ptrdiff_t>(a);
      output[a] = 1;
    } else if (output[a] < 0) {
      throw Error(ErrorCode::ModelInvalid, "'shape' is " + to_string(*wanted) + "; one −1 is allowed");
    }
  }
  if (open >= 0) {
    const std::int64_t rest = element_count(output);
    if (rest != 0) output[static_cast<std::size_t>(open)] = element_count(input) / rest;
  }
  return std::make_unique<ReshapeOperator>(input, std::move(output));
}

std::unique_ptr<Operator> make_flatten(const NodeInfo& info) {
  const Shape& input = info.inputs[0].shape;
  const std::int64_t given = info.attributes.integer("axis", 1);
  const auto rank = static_cast<std::int64_t>(input.size());
  const std::size_t axis =
      given == rank ? input.size() : static_cast<std::size_t>(normalized_axis(given, input.size()));
  const std::int64_t rows = element_count(std::span(input).first(axis));
  const std::int64_t columns = element_count(std::span(input).subspan(axis));
  return std::make_unique<ReshapeOperator>(input, Shape{rows, columns});
}

std::unique_ptr<Operator> make_squeeze(const NodeInfo& info) {
  const Shape& input = info.inputs[0].shape;
  const auto given = info.integers("axes", 1);
  const std::vector<int> axes = given ? sorted_axes(*given, input.size()) : std::vector<int>();
  Shape output;
  std::vector<int> images;
  for (std::size_t a = 0; a < input.size(); ++a) {
    const bool goes = given ? contains(axes, a) : input[a] == 1;
    if (goes && input[a] != 1) {
      throw Error(ErrorCode::ShapeMismatch,
                  "axis " + std::to_string(a) + " of " + to_string(input) + " is not of size 1");
    }
    images.push_back(goes ? -1 : static_cast<int>(output.size()));
    if (!goes) output.push_back(input[a]);
  }
  return std::make_unique<ReshapeOperator>(input, std::move(output), std::move(images));
}

std::unique_ptr<Operator> make_unsqueeze(const NodeInfo& info) {
  const Shape& input = info.inputs[0].shape;
  const auto given = info.integers("axes", 1);
  if (!given) throw Error(ErrorCode::ModelInvalid, "'axes' is missing");
  const std::vector<int> axes = sorted_axes(*given, input.size() + given->size());
  Shape output;
  std::vector<int> images;
  for (std::size_t a = 0; a < input.size() + axes.size(); ++a) {
    if (contains(axes, a)) {
      output.push_back(1);
    } else {
      output.push_back(input[images.size()]);
      images.push_back(static_cast<int>(a));
    }
  }
  return std::make_unique<ReshapeOperator>(input, std::move(output), std::move(images));
}

}  // namespace saliency::ops
