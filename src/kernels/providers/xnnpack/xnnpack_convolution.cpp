// Convolutions by XNNPACK: weights are packed by its operators, for the forward pass once per clamp that is asked for
// (a layer has one), for the adjoint on first use.
#include <limits>
#include <mutex>
#include <vector>

#include "kernels/providers/xnnpack/xnnpack_api.h"
#include "kernels/providers/xnnpack/xnnpack_kernels.h"
#include "kernels/simd/simd_kernels.h"

namespace saliency::kernels::xnnpack {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint32_t u32(std::int64_t size) {
  return static_cast<std::uint32_t>(size);
}
std::size_t count(std::int64_t size) {
  return static_cast<std::size_t>(size);
}

class XnnConvolution final : public Convolution {
 public:
  XnnConvolution(const ConvGeometry& geometry, const float* weight, const float* bias) : geometry_(geometry) {
    const Window& window = geometry.window;
    const std::int64_t taps = window.kernel_height * window.kernel_width;
    weight_.assign(weight, weight + geometry.out_channels * taps * (geometry.in_channels / geometry.groups));
    if (bias != nullptr) bias_.assign(bias, bias + geometry.out_channels);
  }

  // Whether both directions can be made.
  bool usable() { return forward_operator({}) != nullptr && adjoint_operator() != nullptr; }

  void forward(const ImageSizes& sizes, const float* x, Clamp clamp, float* y) const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!covers(sizes)) {
      fallback().forward(sizes, x, clamp, y);
      return;
    }
    const xnn_operator_t op = forward_operator(clamp);
#ifdef SALIENCY_XNNPACK_RESHAPE
    const bool ready =
        reshape_and_set_up(xnn_reshape_convolution2d_nhwc_f32, xnn_setup_convolution2d_nhwc_f32, op, workspace_, x, y,
                           count(sizes.batch), count(sizes.height), count(sizes.width));
#else
    const bool ready =
        set_up(xnn_setup_convolution2d_nhwc_f32, op, x, y, count(sizes.batch), count(sizes.height), count(sizes.width));
#endif
    if (!ready || !run(op)) fallback().forward(sizes, x, clamp, y);
  }

  void input_gradient(const ImageSizes& sizes, const float* dy, Gate gate, float* dx) const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    const float* gated = dy;
    if (!gate.is_identity()) {
      const std::int64_t values = sizes.batch * sizes.out_height * sizes.out_width * geometry_.out_channels;
      gated_.resize(count(values));
      simd::gate(values, dy, gate, gated_.data());
      gated = gated_.data();
    }
    bool done = false;
    if (covers(sizes)) {
      const std::int64_t rows = rest_rows(sizes);
      const std::int64_t columns = rest_columns(sizes);
      const xnn_operator_t op = adjoint_operator();
#ifdef SALIENCY_XNNPACK_RESHAPE
      done = reshape_and_set_up(xnn_reshape_deconvolution2d_nhwc_f32, xnn_setup_deconvolution2d_nhwc_f32, op,
                                workspace_, gated, dx, count(sizes.batch), count(sizes.out_height),
                                count(sizes.out_width), u32(rows), u32(columns)) &&
             run(op);
#else
      done = set_up(xnn_setup_deconvolution2d_nhwc_f32, op, gated, dx, count(sizes.batch), count(sizes.out_height),
                    count(sizes.out_width), u32(rows), u32(columns)) &&
             run(op);
#endif
    }
    if (!done) fallback().input_gradient(sizes, gated, {}, dx);
  }

 private:
  // Rows (or columns) of the input that the last window does not reach.
  static std::int64_t left_over(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t dilation,
                                std::int64_t stride, std::int64_t pads) {
    return in + pads - ((out - 1) * stride + (kernel - 1) * dilation + 1);
  }

  std::int64_t rest_rows(const ImageSizes& sizes) const {
    const Window& w = geometry_.window;
    return left_over(sizes.height, sizes.out_height, w.kernel_height, w.dilation_height, w.stride_height,
                     w.pad_top + w.pad_bottom);
  }
  std::int64_t rest_columns(const ImageSizes& sizes) const {
    const Window& w = geometry_.window;
    return left_over(sizes.width, sizes.out_width, w.kernel_width, w.dilation_width, w.stride_width,
                     w.pad_left + w.pad_right);
  }

  // XNNPACK computes the sizes of an output itself: they must be those of the call. A transposed convolution may ask
  // for others (output_shape).
  bool covers(const ImageSizes& sizes) const {
    if (sizes.cut_top != 0 || sizes.cut_left != 0) return false;
    const std::int64_t rows = rest_rows(sizes);
    const std::int64_t columns = rest_columns(sizes);
    return rows >= 0 && rows < geometry_.window.stride_height && columns >= 0 &&
           columns < geometry_.window.stride_width;
  }

  xnn_operator_t forward_operator(Clamp clamp) const {
    for (const ForwardOperator& made : forward_) {
      if (made.clamp.low == clamp.low && made.clamp.high == clamp.high) return made.op.get();
    }
    const Window& w = geometry_.window;
    forward_.push_back(
        {clamp,
         create(xnn_create_convolution2d_nhwc_f32, u32(w.pad_top), u32(w.pad_right), u32(w.pad_bottom), u32(w.pad_left),
                u32(w.kernel_height), u32(w.kernel_width), u32(w.stride_height), u32(w.stride_width),
                u32(w.dilation_height), u32(w.dilation_width), u32(geometry_.groups),
                count(geometry_.in_channels / geometry_.groups), count(geometry_.out_channels / geometry_.groups),
                count(geometry_.in_channels), count(geometry_.out_channels), static_cast<const float*>(weight_.data()),
                bias(), clamp.low, clamp.high, std::uint32_t{0})});
    return forward_.back().op.get();
  }

  // The deconvolution's output channels are the convolution's input channels.
  xnn_operator_t adjoint_operator() const {
    if (adjoint_) return adjoint_.get();
    const Window& w = geometry_.window;
    const std::int64_t in = geometry_.in_channels / geometry_.groups;
    const std::int64_t out = geometry_.out_channels / geometry_.groups;
    const std::int64_t taps = w.kernel_height * w.kernel_width;
    std::vector<float> turned(weight_.size());
    for (std::int64_t g = 0; g < geometry_.groups; ++g) {
      for (std::int64_t o = 0; o < out; ++o) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
          for (std::int64_t i = 0; i < in; ++i) {
            turned[count(((g * in + i) * taps + tap) * out + o)] =
                weight_[count(((g * out + o) * taps + tap) * in + i)];
          }
        }
      }
    }
    adjoint_ =
        create(xnn_create_deconvolution2d_nhwc_f32, u32(w.pad_top), u32(w.pad_right), u32(w.pad_bottom),
               u32(w.pad_left), u32(w.kernel_height), u32(w.kernel_width), u32(w.stride_height), u32(w.stride_width),
               u32(w.dilation_height), u32(w.dilation_width), u32(geometry_.groups), count(out), count(in),
               count(geometry_.out_channels), count(geometry_.in_channels), static_cast<const float*>(turned.data()),
               static_cast<const float*>(nullptr), -kInfinity, kInfinity, std::uint32_t{0});
    return adjoint_.get();
  }

  const float* bias() const {
    return bias_.empty() ? nullptr : bias_.data();
  }

  // For sizes that the library refuses.
  const Convolution& fallback() const {
    if (!fallback_) fallback_ = simd::make_convolution(geometry_, weight_.data(), bias());
    return *fallback_;
  }

  struct ForwardOperator {
    Clamp clamp;
    Operator op;
  };

  ConvGeometry geometry_;
  std::vector<float> weight_, bias_;
  // An operator holds the pointers of its run, so that one run at a time is possible.
  mutable std::mutex mutex_;
  mutable std::vector<ForwardOperator> forward_;
  mutable Operator adjoint_;
  mutable std::vector<float> gated_;
  mutable std::vector<std::byte> workspace_;
  mutable std::unique_ptr<Convolution> fallback_;
};

}  // namespace

std::unique_ptr<Convolution> make_convolution(const ConvGeometry& geometry, const float* weight, const float* bias) {
  if (!initialized()) return nullptr;
  auto convolution = std::make_unique<XnnConvolution>(geometry, weight, bias);
  if (!convolution->usable()) return nullptr;
  return convolution;
}

}  // namespace saliency::kernels::xnnpack
