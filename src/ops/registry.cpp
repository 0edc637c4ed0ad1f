#include "ops/registry.h"

namespace saliency::ops {

// A row is X(ONNX type, factory, layout). The factory is a function of this namespace in the operator's own file.
#define SALIENCY_OPERATORS(X)                                   \
  X(Add, make_add, AsInOnnx)                                    \
  X(AveragePool, make_average_pool, ChannelsLast)               \
  X(BatchNormalization, make_batch_normalization, ChannelsLast) \
  X(Celu, make_activation, AsInOnnx)                            \
  X(Clip, make_clip, AsInOnnx)                                  \
  X(Concat, make_concat, AsInOnnx)                              \
  X(Conv, make_conv, ChannelsLast)                              \
  X(ConvTranspose, make_conv_transpose, ChannelsLast)           \
  X(Div, make_div, AsInOnnx)                                    \
  X(Dropout, make_dropout, AsInOnnx)                            \
  X(Elu, make_activation, AsInOnnx)                             \
  X(Flatten, make_flatten, AsInOnnx)                            \
  X(Gelu, make_activation, AsInOnnx)                            \
  X(Gemm, make_gemm, AsInOnnx)                                  \
  X(GlobalAveragePool, make_global_average_pool, ChannelsLast)  \
  X(GlobalLpPool, make_global_lp_pool, ChannelsLast)            \
  X(GlobalMaxPool, make_global_max_pool, ChannelsLast)          \
  X(Hardmax, make_hardmax, AsInOnnx)                            \
  X(HardSigmoid, make_activation, AsInOnnx)                     \
  X(HardSwish, make_activation, AsInOnnx)                       \
  X(Identity, make_identity, AsInOnnx)                          \
  X(LeakyRelu, make_leaky_relu, AsInOnnx)                       \
  X(LogSoftmax, make_log_softmax, AsInOnnx)                     \
  X(LpPool, make_lp_pool, ChannelsLast)                         \
  X(MatMul, make_matmul, AsInOnnx)                              \
  X(MaxPool, make_max_pool, ChannelsLast)                       \
  X(Mish, make_activation, AsInOnnx)                            \
  X(Mul, make_mul, AsInOnnx)                                    \
  X(Pad, make_pad, AsInOnnx)                                    \
  X(PRelu, make_prelu, AsInOnnx)                                \
  X(ReduceL1, make_sum_reduction, AsInOnnx)                     \
  X(ReduceL2, make_sum_reduction, AsInOnnx)                     \
  X(ReduceLogSum, make_sum_reduction, AsInOnnx)                 \
  X(ReduceLogSumExp, make_reduce_log_sum_exp, AsInOnnx)         \
  X(ReduceMax, make_reduce_max, AsInOnnx)                       \
  X(ReduceMean, make_sum_reduction, AsInOnnx)                   \
  X(ReduceMin, make_reduce_min, AsInOnnx)                       \
  X(ReduceProd, make_reduce_prod, AsInOnnx)                     \
  X(ReduceSum, make_sum_reduction, AsInOnnx)                    \
  X(ReduceSumSquare, make_sum_reduction, AsInOnnx)              \
  X(Relu, make_relu, AsInOnnx)                                  \
  X(Reshape, make_reshape, AsInOnnx)                            \
  X(Selu, make_activation, AsInOnnx)                            \
  X(Shrink, make_activation, AsInOnnx)                          \
  X(Sigmoid, make_activation, AsInOnnx)                         \
  X(Slice, make_slice, AsInOnnx)                                \
  X(Softmax, make_softmax, AsInOnnx)                            \
  X(Softplus, make_activation, AsInOnnx)                        \
  X(Softsign, make_activation, AsInOnnx)                        \
  X(Split, make_split, AsInOnnx)                                \
  X(Squeeze, make_squeeze, AsInOnnx)                            \
  X(Sub, make_sub, AsInOnnx)                                    \
  X(Swish, make_activation, AsInOnnx)                           \
  X(Tanh, make_activation, AsInOnnx)                            \
  X(ThresholdedRelu, make_thresholded_relu, AsInOnnx)           \
  X(Transpose, make_transpose, AsInOnnx)                        \
  X(Unsqueeze, make_unsqueeze, AsInOnnx)

#define SALIENCY_DECLARE(type, make, layout) std::unique_ptr<Operator> make(const NodeInfo& info);
SALIENCY_OPERATORS(SALIENCY_DECLARE)
#undef SALIENCY_DECLARE

std::span<const Registration> registrations() {
#define SALIENCY_ROW(type, make, layout) Registration{#type, Layout::layout, make},
  static const Registration kRegistrations[] = {SALIENCY_OPERATORS(SALIENCY_ROW)};
#undef SALIENCY_ROW
  return kRegistrations;
}

const Registration* find_registration(std::string_view type) {
  for (const Registration& registration : registrations()) {
    if (registration.type == type) return &registration;
  }
  return nullptr;
}

}  // namespace saliency::ops
