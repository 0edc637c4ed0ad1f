// Between JavaScript's plain data and the core's. A tensor is {data: Float32Array, shape: number[]}; its numbers are
// copied in both directions, as growing the memory invalidates every view of it. A core that computes in double takes
// and gives float32, too.
#pragma once

#include <emscripten/val.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/target.h"
#include "tensor/tensor.h"

namespace saliency::bindings {

std::vector<std::uint8_t> to_bytes(const emscripten::val& array);  // Uint8Array
std::vector<Scalar> to_scalars(const emscripten::val& array);      // Float32Array
Shape to_shape(const emscripten::val& array);                      // number[]
Tensor to_tensor(const emscripten::val& tensor);                   // throws ShapeMismatch
std::map<std::string, Tensor> to_tensors(const emscripten::val& object);
std::map<std::string, Shape> to_shapes(const emscripten::val& object);
Options to_options(const emscripten::val& object);  // throws InvalidOption
BackwardRule to_rule(const std::string& name);      // 'exact', 'guided', 'deconvnet'
// {indices, weights, of, size}, or instead of indices and weights {channel} or {unit: number[]}; `output` is y's shape.
// Throws TargetOutOfRange when size is not its number of values.
Target to_target(const emscripten::val& target, const Shape& output);

emscripten::val from_scalars(std::span<const Scalar> numbers);  // Float32Array of its own memory
emscripten::val from_shape(std::span<const std::int64_t> shape);
emscripten::val from_tensor(const Tensor& tensor);
emscripten::val from_tensors(const std::map<std::string, Tensor>& tensors);

}  // namespace saliency::bindings
