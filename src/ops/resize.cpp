// Resize, Upsample. https://onnx.ai/onnx/operators/onnx__Resize.html https://onnx.ai/onnx/operators/onnx__Upsample.html
//   y = A_1 ⊗ A_2 ⊗ … · x       one resampling matrix for each axis that changes, applied one after the other
//   dx = A_1ᵀ ⊗ A_2ᵀ ⊗ … · dy   saves nothing
// Every axis may change, in any layout: hence no ChannelsLast operator, but one that transposes move through.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ops/registry.h"
#include "ops/resampling.h"

namespace saliency::ops {
namespace {

template <class T>
T choice(const NodeInfo& info, const char* name, const std::string& fallback,
         std::initializer_list<std::pair<const char*, T>> choices) {
  const std::string value = info.attributes.text(name, fallback);
  std::string known;
  for (const auto& [text, result] : choices) {
    if (value == text) return result;
    known += known.empty() ? text : std::string(", ") + text;
  }
  throw Error(ErrorCode::UnsupportedOperator, std::string("'") + name + "' is '" + value + "'",
              {.expected = known, .actual = value});
}

ResampleRule read_rule(const NodeInfo& info) {
  ResampleRule rule;
  rule.interpolation = choice<Interpolation>(info, "mode", "nearest",
                                             {{"nearest", Interpolation::Nearest},
                                              {"linear", Interpolation::Linear},
                                              {"bilinear", Interpolation::Linear},
                                              {"cubic", Interpolation::Cubic}});
  if (info.type == "Upsample" || info.opset < 11) {
    rule.coordinates = Coordinates::Asymmetric;
    rule.rounding = NearestRounding::Floor;
    return rule;
  }
  rule.coordinates = choice<Coordinates>(info, "coordinate_transformation_mode", "half_pixel",
                                         {{"half_pixel", Coordinates::HalfPixel},
                                          {"half_pixel_symmetric", Coordinates::HalfPixelSymmetric},
                                          {"pytorch_half_pixel", Coordinates::PytorchHalfPixel},
                                          {"align_corners", Coordinates::AlignCorners},
                                          {"asymmetric", Coordinates::Asymmetric},
                                          {"tf_half_pixel_for_nn", Coordinates::TfHalfPixelForNearest},
                                          {"tf_crop_and_resize", Coordinates::TfCropAndResize}});
  rule.rounding = choice<NearestRounding>(info, "nearest_mode", "round_prefer_floor",
                                          {{"round_prefer_floor", NearestRounding::RoundPreferFloor},
                                           {"round_prefer_ceil", NearestRounding::RoundPreferCeil},
                                           {"floor", NearestRounding::Floor},
                                           {"ceil", NearestRounding::Ceil}});
  rule.cubic_a = info.attributes.real("cubic_coeff_a", -0.75);
  rule.exclude_outside = info.attributes.integer("exclude_outside", 0) != 0;
  rule.antialias = info.attributes.integer("antialias", 0) != 0;
  return rule;
}

// The numbers of attribute `name` or constant input i; empty when both are absent.
std::vector<double> numbers(const NodeInfo& info, const char* name, std::size_t i) {
  if (info.attributes.has(name)) return info.attributes.reals(name, {});
  if (!info.has_input(i)) return {};
  const Tensor& tensor = info.constant_input(i, name);
  return {tensor.data.begin(), tensor.data.end()};
}

// One entry for each axis of x.
std::vector<ResampleAxis> read_axes(const NodeInfo& info) {
  const Shape& x = info.inputs[0].shape;
  const bool old = info.type == "Upsample" || info.opset < 11;  // inputs: X, scales
  const std::vector<double> roi = old ? std::vector<double>() : numbers(info, "roi", 1);
  const std::vector<double> scales = numbers(info, "scales", old ? 1 : 2);
  const std::vector<double> sizes = old ? std::vector<double>() : numbers(info, "sizes", 3);
  std::vector<std::int64_t> all(x.size());
  for (std::size_t a = 0; a < x.size(); ++a) all[a] = static_cast<std::int64_t>(a);
  const std::vector<std::int64_t> axes = info.attributes.integers("axes", all);
  const std::vector<double>& given = scales.empty() ? sizes : scales;
  const char* name = scales.empty() ? "sizes" : "scales";
  if (given.size() != axes.size()) {
    throw Error(ErrorCode::ModelInvalid,
                std::string("'") + name + "' has " + std::to_string(given.size()) + " values for " +
                    std::to_string(axes.size()) + " axes",
                {.expected = std::to_string(axes.size()) + " values", .actual = std::to_string(given.size())});
  }
  const std::string policy = info.attributes.text("keep_aspect_ratio_policy", "stretch");
  double common = policy == "not_larger" ? 1e30 : 0;
  if (scales.empty() && policy != "stretch") {
    for (std::size_t k = 0; k < axes.size(); ++k) {
      const double ratio =
          sizes[k] / static_cast<double>(x[static_cast<std::size_t>(normalized_axis(axes[k], x.size()))]);
      common = policy == "not_larger" ? std::min(common, ratio) : std::max(common, ratio);
    }
  }

  std::vector<ResampleAxis> result(x.size());
  for (std::size_t a = 0; a < x.size(); ++a) result[a] = {.input = x[a], .output = x[a]};
  for (std::size_t k = 0; k < axes.size(); ++k) {
    ResampleAxis& axis = result[static_cast<std::size_t>(normalized_axis(axes[k], x.size()))];
    const double in = static_cast<double>(axis.input);
    if (!scales.empty()) {
      axis.scale = scales[k];
      axis.output = static_cast<std::int64_t>(std::floor(in * axis.scale));
    } else if (policy != "stretch") {
      axis.scale = common;
      axis.output = static_cast<std::int64_t>(std::floor(in * common + 0.5));
    } else {
      axis.output = static_cast<std::int64_t>(sizes[k]);
      axis.scale = sizes[k] / in;
    }
    if (roi.size() == 2 * axes.size()) {
      axis.roi_start = roi[k];
      axis.roi_end = roi[k + axes.size()];
    }
    if (axis.output < 1 || !(axis.scale > 0)) {
      throw Error(ErrorCode::ModelInvalid,
                  std::string("'") + name + "' makes an axis of " + std::to_string(axis.input) + " values empty");
    }
  }
  return result;
}

class Resize final : public Operator {
 public:
  explicit Resize(const NodeInfo& info) {
    const ResampleRule rule = read_rule(info);
    const bool crops = rule.coordinates == Coordinates::TfCropAndResize;
    if (crops) extrapolation_ = static_cast<Scalar>(info.attributes.real("extrapolation_value", 0));
    const std::vector<ResampleAxis> axes = read_axes(info);
    for (std::size_t a = 0; a < axes.size(); ++a) {
      if (axes[a].input == axes[a].output && axes[a].scale == 1 && !crops) continue;
      Taps taps = resampling_taps(rule, axes[a]);
      if (is_identity(taps, axes[a].input)) continue;
      Taps back = ops::transposed(taps, axes[a].input);
      steps_.push_back({static_cast<int>(a), axes[a].input, axes[a].output, std::move(taps), std::move(back)});
    }
    // What shrinks comes first, so that what lies between is small.
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Step& a, const Step& b) { return a.output * b.input < b.output * a.input; });
  }

  std::vector<ValueType> infer(std::span<const ValueType> inputs) const override {
    Shape shape = inputs[0].shape;
    for (const Step& step : steps_) shape[static_cast<std::size_t>(step.axis)] = step.output;
    return {{.shape = shape, .dtype = inputs[0].dtype}};
  }

  void forward(const Forward& context) const override {
    Shape shape(context.inputs[0].shape.begin(), context.inputs[0].shape.end());
    const Scalar* from = context.inputs[0].data;
    std::vector<Scalar> held;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      from = pass(steps_[i].axis, steps_[i].taps, i + 1 == steps_.size(), shape, from, held, context.outputs[0].data);
    }
    if (steps_.empty()) std::copy_n(from, context.inputs[0].size(), context.outputs[0].data);
    if (extrapolation_ != 0) extrapolate(shape, context.outputs[0].data);
  }

  void backward(const Backward& context) const override {
    Shape shape(context.output_grads[0].shape.begin(), context.output_grads[0].shape.end());
    const Scalar* from = context.output_grads[0].data;
    std::vector<Scalar> held;
    for (std::size_t i = steps_.size(); i-- > 0;) {
      from = pass(steps_[i].axis, steps_[i].back, i == 0, shape, from, held, context.input_grads[0].data);
    }
    if (steps_.empty()) std::copy_n(from, context.output_grads[0].size(), context.input_grads[0].data);
  }

  bool has_gradient(std::size_t input) const override { return input == 0; }

  std::optional<int> batch_axis(std::span<const int> input_axes, std::span<const ValueType> /*inputs*/,
                                std::span<const ValueType> /*outputs*/) const override {
    for (const Step& step : steps_) {
      if (step.axis == input_axes[0]) return std::nullopt;
    }
    return input_axes[0];
  }

  std::optional<std::vector<int>> pull_transpose(std::span<const int> permutation) override {
    for (Step& step : steps_) step.axis = permutation[static_cast<std::size_t>(step.axis)];
    return std::vector<int>(permutation.begin(), permutation.end());
  }

 private:
  struct Step {
    int axis;
    std::int64_t input, output;
    Taps taps, back;
  };

  // Resamples one axis of `from` into `target` if this is the last pass, else into `held`; returns where.
  static const Scalar* pass(int axis, const Taps& taps, bool last, Shape& shape, const Scalar* from,
                            std::vector<Scalar>& held, Scalar* target) {
    const auto at = static_cast<std::size_t>(axis);
    const std::int64_t outer = element_count(std::span(shape).first(at)), columns = shape[at];
    const std::int64_t inner = element_count(std::span(shape).subspan(at + 1));
    shape[at] = taps.rows();
    std::vector<Scalar> next(last ? 0 : static_cast<std::size_t>(outer * taps.rows() * inner));
    Scalar* to = last ? target : next.data();
    apply(taps, outer, columns, inner, from, to);
    held = std::move(next);
    return to;
  }

  // Writes the value of everything that lies outside of x along any axis.
  void extrapolate(const Shape& shape, Scalar* y) const {
    for (const Step& step : steps_) {
      const auto at = static_cast<std::size_t>(step.axis);
      const std::int64_t outer = element_count(std::span(shape).first(at));
      const std::int64_t inner = element_count(std::span(shape).subspan(at + 1));
      for (std::int64_t row = 0; row < step.output; ++row) {
        if (step.taps.begin[static_cast<std::size_t>(row)] != step.taps.begin[static_cast<std::size_t>(row) + 1])
          continue;
        for (std::int64_t o = 0; o < outer; ++o)
          std::fill_n(y + (o * step.output + row) * inner, inner, extrapolation_);
      }
    }
  }

  std::vector<Step> steps_;
  Scalar extrapolation_ = 0;
};

}  // namespace

std::unique_ptr<Operator> make_resize(const NodeInfo& info) {
  return std::make_unique<Resize>(info);
}

}  // namespace saliency::ops
