#include "bindings/convert.h"

#include <cstddef>
#include <utility>

#include "base/error.h"

namespace saliency::bindings {

using emscripten::val;

namespace {

template <class T>
std::vector<T> copied(const val& array) {
  std::vector<T> numbers(array["length"].as<std::size_t>());
  // One call of TypedArray.set; the view lives no longer than that.
  if (!numbers.empty()) val(emscripten::typed_memory_view(numbers.size(), numbers.data())).call<void>("set", array);
  return numbers;
}

std::vector<std::string> keys_of(const val& object) {
  return emscripten::vecFromJSArray<std::string>(val::global("Object").call<val>("keys", object));
}

bool is_typed_array(const val& value) {
  return val::global("ArrayBuffer").call<bool>("isView", value);
}

OptionValue to_option(const std::string& name, const val& value) {
  const std::string type = value.typeOf().as<std::string>();
  if (type == "boolean") return value.as<bool>();
  if (type == "number") return value.as<double>();
  if (type == "string") return value.as<std::string>();
  if (value.isArray() || is_typed_array(value)) return emscripten::vecFromJSArray<double>(value);
  if (type == "object" && !value.isNull() && value.hasOwnProperty("data")) return to_tensor(value);
  throw Error(ErrorCode::InvalidOption, "option '" + name + "' has a value of no known kind",
              {.expected = "a flag, a number, a text, a list of numbers, or a tensor {data, shape}",
               .actual = type,
               .remedy = "pass plain data"});
}

}  // namespace

std::vector<std::uint8_t> to_bytes(const val& array) {
  return copied<std::uint8_t>(array);
}
std::vector<Scalar> to_scalars(const val& array) {
  return copied<Scalar>(array);
}

Shape to_shape(const val& array) {
  Shape shape;
  for (const double size : emscripten::vecFromJSArray<double>(array)) shape.push_back(static_cast<std::int64_t>(size));
  return shape;
}

Tensor to_tensor(const val& tensor) {
  Shape shape = to_shape(tensor["shape"]);
  std::vector<Scalar> data = to_scalars(tensor["data"]);
  const std::int64_t expected = element_count(shape);
  if (expected != static_cast<std::int64_t>(data.size())) {
    throw Error(ErrorCode::ShapeMismatch,
                "a tensor of shape " + to_string(shape) + " has " + std::to_string(data.size()) + " numbers",
                {.expected = std::to_string(expected) + " numbers",
                 .actual = std::to_string(data.size()) + " numbers",
                 .remedy = "make the shape agree with the data"});
  }
  return Tensor(std::move(shape), std::move(data));
}

std::map<std::string, Tensor> to_tensors(const val& object) {
  std::map<std::string, Tensor> tensors;
  for (const std::string& name : keys_of(object)) tensors.emplace(name, to_tensor(object[name]));
  return tensors;
}

std::map<std::string, Shape> to_shapes(const val& object) {
  std::map<std::string, Shape> shapes;
  for (const std::string& name : keys_of(object)) shapes.emplace(name, to_shape(object[name]));
  return shapes;
}

Options to_options(const val& object) {
  Options options;
  for (const std::string& name : keys_of(object)) {
    const val value = object[name];
    if (!value.isUndefined()) options.emplace(name, to_option(name, value));
  }
  return options;
}

BackwardRule to_rule(const std::string& name) {
  if (name == "exact") return BackwardRule::Exact;
  if (name == "guided") return BackwardRule::Guided;
  if (name == "deconvnet") return BackwardRule::DeconvNet;
  throw Error(ErrorCode::InvalidOption, "unknown rule '" + name + "'",
              {.expected = "'exact', 'guided' or 'deconvnet'", .actual = name, .remedy = "use one of them"});
}

namespace {

Target of_indices(const val& target, std::int64_t output) {
  const auto indices = emscripten::vecFromJSArray<double>(target["indices"]);
  const auto weights = emscripten::vecFromJSArray<double>(target["weights"]);
  const auto size = static_cast<std::int64_t>(target["size"].as<double>());
  if (size != 0 && size != output) {
    throw Error(ErrorCode::TargetOutOfRange,
                "the target has " + std::to_string(size) + " weights, the output " + std::to_string(output) + " values",
                {.expected = std::to_string(output) + " weights",
                 .actual = std::to_string(size) + " weights",
                 .remedy = "give one weight for each value of the explained output"});
  }
  Target result;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    result.terms.push_back({static_cast<std::int64_t>(indices[i]), static_cast<Scalar>(weights[i])});
  }
  return result;
}

}  // namespace

Target to_target(const val& target, const Shape& output) {
  const val channel = target["channel"];
  const val unit = target["unit"];
  Target result = !channel.isUndefined() ? Target::of_channel(output, static_cast<std::int64_t>(channel.as<double>()))
                  : !unit.isUndefined()  ? Target::of_unit(output, to_shape(unit))
                                         : of_indices(target, element_count(output));
  const auto of = target["of"].as<std::string>();
  result.of = of == "probability" ? Of::Probability : of == "log-probability" ? Of::LogProbability : Of::Logit;
  return result;
}

val from_scalars(std::span<const Scalar> numbers) {
  // Copied out of the WebAssembly memory, also where that is shared.
  return val::global("Float32Array").new_(val(emscripten::typed_memory_view(numbers.size(), numbers.data())));
}

val from_shape(std::span<const std::int64_t> shape) {
  val array = val::array();
  for (const std::int64_t size : shape) array.call<void>("push", static_cast<double>(size));
  return array;
}

val from_tensor(const Tensor& tensor) {
  val object = val::object();
  object.set("data", from_scalars(tensor.data));
  object.set("shape", from_shape(tensor.shape));
  return object;
}

val from_tensors(const std::map<std::string, Tensor>& tensors) {
  val object = val::object();
  for (const auto& [name, tensor] : tensors) object.set(name, from_tensor(tensor));
  return object;
}

}  // namespace saliency::bindings
