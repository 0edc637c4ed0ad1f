#include "saliency/baselines.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "saliency/gaussian_blur.h"
#include "saliency/pixel_grid.h"
#include "saliency/random.h"
#include "tensor/shape.h"

namespace saliency {
namespace {

constexpr std::array<std::string_view, 9> kKinds = {"zero", "black", "white", "grey", "mean",
                                                    "blur", "noise", "min",   "max"};

std::string known_kinds() {
  std::string list;
  for (const std::string_view kind : kKinds) list += (list.empty() ? "" : ", ") + std::string(kind);
  return list;
}

std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> parts(1);
  for (const char letter : names) {
    if (letter == ',') {
      parts.emplace_back();
    } else if (letter != ' ') {
      parts.back() += letter;
    }
  }
  return parts;
}

void check_kinds(const std::string& option, const std::string& names) {
  for (const std::string& kind : split(names)) {
    if (std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end()) continue;
    throw Error(ErrorCode::InvalidOption,
                "option '" + option + "' is '" + kind + "', expected " + known_kinds() +
                    ", several joined by commas, a number, a list with one number a channel, or a tensor",
                {.expected = known_kinds(), .actual = kind, .remedy = "use one of the names or give the values"});
  }
}

}  // namespace

Baselines Baselines::read(OptionReader& reader, const std::string& name, const std::string& fallback,
                          const std::string& meaning) {
  Baselines baselines;
  baselines.option_ = name;
  const auto given = reader.any(name, "name, number, list or tensor", fallback, meaning);
  baselines.value_ = given ? *given : OptionValue(fallback);
  if (std::holds_alternative<bool>(baselines.value_.value)) {
    reader.fail(name, "a name, a number, a list of numbers or a tensor", describe(baselines.value_));
  }
  if (const auto* names = std::get_if<std::string>(&baselines.value_.value)) check_kinds(name, *names);
  baselines.value_range_ = reader.numbers("valueRange", "the model's, from its preprocessing",
                                          "what black and white are for the model: two numbers, or all channels' "
                                          "blacks and then their whites");
  baselines.blur_sigma_ = reader.number("blurSigma", baselines.blur_sigma_, {0, 1e4}, "of 'blur', in pixels");
  baselines.seed_ =
      static_cast<std::uint64_t>(reader.count("seed", 0, {0, 9007199254740991.0}, "of the random numbers"));
  return baselines;
}

Baselines Baselines::named(const std::string& names) {
  check_kinds("baseline", names);
  Baselines baselines;
  baselines.value_ = OptionValue(names);
  return baselines;
}

std::vector<Scalar> Baselines::filling(const Model& model, const std::vector<Scalar>& image) const {
  std::vector<std::vector<Scalar>> all = of(model, image);
  if (all.size() == 1) return std::move(all.front());
  throw Error(ErrorCode::InvalidOption,
              "option '" + option_ + "' stands for " + std::to_string(all.size()) + " images, expected one",
              {.expected = "one image",
               .actual = std::to_string(all.size()) + " images",
               .remedy = "compute a map for each of them"});
}

std::vector<std::vector<Scalar>> Baselines::of(const Model& model, const std::vector<Scalar>& image) const {
  if (const auto* number = std::get_if<double>(&value_.value)) {
    return {std::vector<Scalar>(image.size(), static_cast<Scalar>(*number))};
  }
  if (const auto* list = std::get_if<std::vector<double>>(&value_.value)) {
    if (list->size() == image.size()) return {std::vector<Scalar>(list->begin(), list->end())};
    return {flat(*list, model, option_)};
  }
  if (const auto* tensor = std::get_if<Tensor>(&value_.value)) {
    const std::size_t count = image.empty() ? 0 : tensor->data.size() / image.size();
    if (count == 0 || count * image.size() != tensor->data.size()) {
      throw Error(ErrorCode::ShapeMismatch,
                  "option '" + option_ + "' has shape " + to_string(tensor->shape) + ", the model's input is " +
                      to_string(model.input_shape()),
                  {.expected = to_string(model.input_shape()), .actual = to_string(tensor->shape)});
    }
    std::vector<std::vector<Scalar>> result;
    for (std::size_t i = 0; i < count; ++i) {
      const auto first = tensor->data.begin() + static_cast<std::ptrdiff_t>(i * image.size());
      result.emplace_back(first, first + static_cast<std::ptrdiff_t>(image.size()));
    }
    return result;
  }
  std::vector<std::vector<Scalar>> result;
  for (const std::string& kind : split(std::get<std::string>(value_.value))) {
    result.push_back(resolved(kind, model, image));
  }
  return result;
}

std::vector<Scalar> Baselines::flat(const std::vector<double>& values, const Model& model,
                                    const std::string& what) const {
  const PixelGrid grid = pixel_grid(model, what.c_str());
  if (static_cast<std::int64_t>(values.size()) != grid.channels) {
    throw Error(
        ErrorCode::InvalidOption,
        "option '" + what + "' has " + std::to_string(values.size()) + " numbers, the input has " +
            std::to_string(grid.channels) + " channels",
        {.expected = std::to_string(grid.channels) + " numbers", .actual = std::to_string(values.size()) + " numbers"});
  }
  std::vector<Scalar> result(static_cast<std::size_t>(element_count(model.input_shape())));
  for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
    for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
      result[static_cast<std::size_t>(grid.index(channel, pixel))] =
          static_cast<Scalar>(values[static_cast<std::size_t>(channel)]);
    }
  }
  return result;
}

ValueRange value_range_of(const Model& model, const std::vector<double>& given, const std::string& who) {
  const auto channels = static_cast<std::size_t>(pixel_grid(model, "the range of values").channels);
  ValueRange range;
  if (given.size() == 2) {
    range.black.assign(channels, static_cast<Scalar>(given[0]));
    range.white.assign(channels, static_cast<Scalar>(given[1]));
    return range;
  }
  if (given.size() == 2 * channels) {
    const auto middle = given.begin() + static_cast<std::ptrdiff_t>(channels);
    range.black.assign(given.begin(), middle);
    range.white.assign(middle, given.end());
    return range;
  }
  if (!given.empty()) {
    const std::string expected = "2 or " + std::to_string(2 * channels) + " numbers";
    throw Error(ErrorCode::InvalidOption,
                "option 'valueRange' has " + std::to_string(given.size()) + " numbers, expected " + expected,
                {.expected = expected, .actual = std::to_string(given.size()) + " numbers"});
  }
  if (const auto known = model.value_range()) return *known;
  throw Error(ErrorCode::InvalidOption,
              who + " what black and white are for this model is not known without its preprocessing",
              {.expected = "a model with preprocessing, or the option valueRange",
               .actual = "neither",
               .remedy = "load the model with its preprocessing, give valueRange: [black, white], or use a number"});
}

ValueRange Baselines::range(const Model& model, const std::string& kind) const {
  return value_range_of(model, value_range_, "option '" + option_ + "' is '" + kind + "', but");
}

std::vector<Scalar> Baselines::resolved(const std::string& kind, const Model& model,
                                        const std::vector<Scalar>& image) const {
  if (kind == "zero") return std::vector<Scalar>(image.size(), 0);
  if (kind == "min") return std::vector<Scalar>(image.size(), *std::min_element(image.begin(), image.end()));
  if (kind == "max") return std::vector<Scalar>(image.size(), *std::max_element(image.begin(), image.end()));
  if (kind == "noise") {
    Scalar low = *std::min_element(image.begin(), image.end());
    Scalar high = *std::max_element(image.begin(), image.end());
    if (!value_range_.empty() || model.value_range()) {
      const ValueRange known = range(model, kind);
      low = *std::min_element(known.black.begin(), known.black.end());
      high = *std::max_element(known.white.begin(), known.white.end());
    }
    Random random(seed_, std::uint64_t{1} << 63);  // a stream that no sample uses
    std::vector<Scalar> result(image.size());
    for (Scalar& value : result) {
      value = static_cast<Scalar>(low + (static_cast<double>(high) - static_cast<double>(low)) * random.uniform());
    }
    return result;
  }
  const PixelGrid grid = pixel_grid(model, kind.c_str());
  if (kind == "blur") {
    const std::vector<double> exact(image.begin(), image.end());
    const std::vector<double> blurred = gaussian_blur(exact, grid, blur_sigma_, Edge::Nearest);
    return std::vector<Scalar>(blurred.begin(), blurred.end());
  }
  std::vector<double> values(static_cast<std::size_t>(grid.channels));
  if (kind == "mean") {
    for (std::int64_t channel = 0; channel < grid.channels; ++channel) {
      double sum = 0;
      for (std::int64_t pixel = 0; pixel < grid.pixels(); ++pixel) {
        sum += image[static_cast<std::size_t>(grid.index(channel, pixel))];
      }
      values[static_cast<std::size_t>(channel)] = sum / static_cast<double>(grid.pixels());
    }
    return flat(values, model, option_);
  }
  const ValueRange known = range(model, kind);
  for (std::size_t channel = 0; channel < values.size(); ++channel) {
    const double share = kind == "black" ? 0 : kind == "white" ? 1 : 0.5;
    values[channel] = known.black[channel] + share * (known.white[channel] - known.black[channel]);
  }
  return flat(values, model, option_);
}

}  // namespace saliency
