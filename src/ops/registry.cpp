#include "ops/registry.h"

namespace saliency::ops {

// A row is X(ONNX type, factory, layout). The factory is a function of this namespace in the operator's own file.
#define SALIENCY_OPERATORS(X)                                              \
  X(Abs, make_unary_math, AsInOnnx)                                        \
  X(Acos, make_unary_math, AsInOnnx)                                       \
  X(Acosh, make_unary_math, AsInOnnx)                                      \
  X(Add, make_add, AsInOnnx)                                               \
  X(And, make_comparison, AsInOnnx)                                        \
  X(ArgMax, make_arg_max, AsInOnnx)                                        \
  X(ArgMin, make_arg_min, AsInOnnx)                                        \
  X(Asin, make_unary_math, AsInOnnx)                                       \
  X(Asinh, make_unary_math, AsInOnnx)                                      \
  X(Atan, make_unary_math, AsInOnnx)                                       \
  X(Atanh, make_unary_math, AsInOnnx)                                      \
  X(AveragePool, make_average_pool, ChannelsLast)                          \
  X(BatchNormalization, make_batch_normalization, ChannelsLast)            \
  X(Cast, make_cast, AsInOnnx)                                             \
  X(CastLike, make_cast_like, AsInOnnx)                                    \
  X(Ceil, make_unary_math, AsInOnnx)                                       \
  X(Celu, make_activation, AsInOnnx)                                       \
  X(Clip, make_clip, AsInOnnx)                                             \
  X(Compress, make_compress, AsInOnnx)                                     \
  X(Concat, make_concat, AsInOnnx)                                         \
  X(ConstantOfShape, make_constant_of_shape, AsInOnnx)                     \
  X(Conv, make_conv, ChannelsLast)                                         \
  X(ConvTranspose, make_conv_transpose, ChannelsLast)                      \
  X(Cos, make_unary_math, AsInOnnx)                                        \
  X(Cosh, make_unary_math, AsInOnnx)                                       \
  X(CumSum, make_cum_sum, AsInOnnx)                                        \
  X(DepthToSpace, make_depth_to_space, ChannelsLast)                       \
  X(DequantizeLinear, make_dequantize_linear, AsInOnnx)                    \
  X(Div, make_div, AsInOnnx)                                               \
  X(Dropout, make_dropout, AsInOnnx)                                       \
  X(Einsum, make_einsum, AsInOnnx)                                         \
  X(Elu, make_activation, AsInOnnx)                                        \
  X(Equal, make_comparison, AsInOnnx)                                      \
  X(Erf, make_unary_math, AsInOnnx)                                        \
  X(Exp, make_unary_math, AsInOnnx)                                        \
  X(Expand, make_expand, AsInOnnx)                                         \
  X(EyeLike, make_eye_like, AsInOnnx)                                      \
  X(Flatten, make_flatten, AsInOnnx)                                       \
  X(Floor, make_unary_math, AsInOnnx)                                      \
  X(FusedMatMul, make_matmul, AsInOnnx)                                    \
  X(Gather, make_gather, AsInOnnx)                                         \
  X(GatherElements, make_gather_elements, AsInOnnx)                        \
  X(GatherND, make_gather_nd, AsInOnnx)                                    \
  X(Gelu, make_activation, AsInOnnx)                                       \
  X(Gemm, make_gemm, AsInOnnx)                                             \
  X(GlobalAveragePool, make_global_average_pool, ChannelsLast)             \
  X(GlobalLpPool, make_global_lp_pool, ChannelsLast)                       \
  X(GlobalMaxPool, make_global_max_pool, ChannelsLast)                     \
  X(GridSample, make_grid_sample, ChannelsLast)                            \
  X(Greater, make_comparison, AsInOnnx)                                    \
  X(GreaterOrEqual, make_comparison, AsInOnnx)                             \
  X(GroupNormalization, make_group_normalization, ChannelsLast)            \
  X(Hardmax, make_hardmax, AsInOnnx)                                       \
  X(HardSigmoid, make_activation, AsInOnnx)                                \
  X(HardSwish, make_activation, AsInOnnx)                                  \
  X(Identity, make_identity, AsInOnnx)                                     \
  X(InstanceNormalization, make_instance_normalization, ChannelsLast)      \
  X(IsInf, make_is_inf, AsInOnnx)                                          \
  X(IsNaN, make_is_nan, AsInOnnx)                                          \
  X(LayerNormalization, make_layer_normalization, AsInOnnx)                \
  X(LeakyRelu, make_leaky_relu, AsInOnnx)                                  \
  X(Less, make_comparison, AsInOnnx)                                       \
  X(LessOrEqual, make_comparison, AsInOnnx)                                \
  X(Log, make_unary_math, AsInOnnx)                                        \
  X(LogSoftmax, make_log_softmax, AsInOnnx)                                \
  X(LpNormalization, make_lp_normalization, AsInOnnx)                      \
  X(LpPool, make_lp_pool, ChannelsLast)                                    \
  X(LRN, make_lrn, ChannelsLast)                                           \
  X(MatMul, make_matmul, AsInOnnx)                                         \
  X(Max, make_max, AsInOnnx)                                               \
  X(MaxPool, make_max_pool, ChannelsLast)                                  \
  X(Mean, make_mean, AsInOnnx)                                             \
  X(MeanVarianceNormalization, make_mean_variance_normalization, AsInOnnx) \
  X(Min, make_min, AsInOnnx)                                               \
  X(Mish, make_activation, AsInOnnx)                                       \
  X(Mod, make_mod, AsInOnnx)                                               \
  X(Mul, make_mul, AsInOnnx)                                               \
  X(Neg, make_unary_math, AsInOnnx)                                        \
  X(NonZero, make_non_zero, AsInOnnx)                                      \
  X(Not, make_not, AsInOnnx)                                               \
  X(OneHot, make_one_hot, AsInOnnx)                                        \
  X(Or, make_comparison, AsInOnnx)                                         \
  X(Pad, make_pad, AsInOnnx)                                               \
  X(Pow, make_pow, AsInOnnx)                                               \
  X(PRelu, make_prelu, AsInOnnx)                                           \
  X(QuantizeLinear, make_quantize_linear, AsInOnnx)                        \
  X(Range, make_range, AsInOnnx)                                           \
  X(Reciprocal, make_unary_math, AsInOnnx)                                 \
  X(ReduceL1, make_sum_reduction, AsInOnnx)                                \
  X(ReduceL2, make_sum_reduction, AsInOnnx)                                \
  X(ReduceLogSum, make_sum_reduction, AsInOnnx)                            \
  X(ReduceLogSumExp, make_reduce_log_sum_exp, AsInOnnx)                    \
  X(ReduceMax, make_reduce_max, AsInOnnx)                                  \
  X(ReduceMean, make_sum_reduction, AsInOnnx)                              \
  X(ReduceMin, make_reduce_min, AsInOnnx)                                  \
  X(ReduceProd, make_reduce_prod, AsInOnnx)                                \
  X(ReduceSum, make_sum_reduction, AsInOnnx)                               \
  X(ReduceSumSquare, make_sum_reduction, AsInOnnx)                         \
  X(Relu, make_relu, AsInOnnx)                                             \
  X(Reshape, make_reshape, AsInOnnx)                                       \
  X(Resize, make_resize, AsInOnnx)                                         \
  X(Round, make_unary_math, AsInOnnx)                                      \
  X(Scatter, make_scatter_elements, AsInOnnx)                              \
  X(ScatterElements, make_scatter_elements, AsInOnnx)                      \
  X(ScatterND, make_scatter_nd, AsInOnnx)                                  \
  X(Selu, make_activation, AsInOnnx)                                       \
  X(Shape, make_shape, AsInOnnx)                                           \
  X(Shrink, make_activation, AsInOnnx)                                     \
  X(Sigmoid, make_activation, AsInOnnx)                                    \
  X(Sign, make_unary_math, AsInOnnx)                                       \
  X(Sin, make_unary_math, AsInOnnx)                                        \
  X(Sinh, make_unary_math, AsInOnnx)                                       \
  X(Size, make_size, AsInOnnx)                                             \
  X(Slice, make_slice, AsInOnnx)                                           \
  X(Softmax, make_softmax, AsInOnnx)                                       \
  X(Softplus, make_activation, AsInOnnx)                                   \
  X(Softsign, make_activation, AsInOnnx)                                   \
  X(SpaceToDepth, make_space_to_depth, ChannelsLast)                       \
  X(Split, make_split, AsInOnnx)                                           \
  X(Sqrt, make_unary_math, AsInOnnx)                                       \
  X(Squeeze, make_squeeze, AsInOnnx)                                       \
  X(Sub, make_sub, AsInOnnx)                                               \
  X(Sum, make_sum, AsInOnnx)                                               \
  X(Swish, make_activation, AsInOnnx)                                      \
  X(Tan, make_unary_math, AsInOnnx)                                        \
  X(Tanh, make_activation, AsInOnnx)                                       \
  X(ThresholdedRelu, make_thresholded_relu, AsInOnnx)                      \
  X(Tile, make_tile, AsInOnnx)                                             \
  X(TopK, make_top_k, AsInOnnx)                                            \
  X(Transpose, make_transpose, AsInOnnx)                                   \
  X(Trilu, make_trilu, AsInOnnx)                                           \
  X(Unsqueeze, make_unsqueeze, AsInOnnx)                                   \
  X(Upsample, make_resize, AsInOnnx)                                       \
  X(Where, make_where, AsInOnnx)                                           \
  X(Xor, make_comparison, AsInOnnx)

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
