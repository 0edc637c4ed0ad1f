// What the tests of every method share: a toy that all of them can explain, and settings small enough for it.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saliency/method_check.h"
#include "saliency/methods.h"
#include "saliency/toy_model.h"
#include "tensor/tensor.h"

namespace saliency::testing {

constexpr std::int64_t kSide = 8;

// Σ (squares x² + lines w x), w the same for a pixel and its mirror image. Its layer has 2×2 positions and 2 channels:
// the means of each quarter of the image, and their squares; the gradients there are made up, linear in both numbers.
class EveryToy : public ToyModel {
 public:
  struct Terms {
    double squares = 1;
    double lines = 0;
  };

  explicit EveryToy(std::int64_t channels = 1, InputLayout order = InputLayout::ChannelsLast, std::int64_t batch = 3)
      : EveryToy(Terms{}, channels, order, batch) {}

  explicit EveryToy(Terms terms, std::int64_t channels = 1, InputLayout order = InputLayout::ChannelsLast,
                    std::int64_t batch = 3)
      : ToyModel(
            order == InputLayout::ChannelsLast ? Shape{kSide, kSide, channels} : Shape{channels, kSide, kSide},
            [=](const Values& x) {
              double sum = 0;
              for (std::size_t i = 0; i < x.size(); ++i) {
                sum += terms.squares * x[i] * x[i] + terms.lines * line(place(i, channels, order)) * x[i];
              }
              return sum;
            },
            [=](const Values& x) {
              Values slopes;
              for (std::size_t i = 0; i < x.size(); ++i) {
                slopes.push_back(2 * terms.squares * x[i] + terms.lines * line(place(i, channels, order)));
              }
              return slopes;
            },
            batch) {
    layout = order;
    layer_values = [=](const Values& x) {
      Values means(4);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const Place at = place(i, channels, order);
        means[static_cast<std::size_t>(at.row / 4 * 2 + at.column / 4)] +=
            x[i] / (16.0 * static_cast<double>(channels));
      }
      Layer layer{{2, 2, 2}, {}, {}, {}};
      for (const double mean : means) layer.activations.push_back(static_cast<Scalar>(mean + 1));
      for (const double mean : means) layer.activations.push_back(static_cast<Scalar>(mean * mean));
      for (std::size_t i = 0; i < 8; ++i) {
        const double upper = i % 4 < 2 ? 1.5 : -0.5;
        layer.gradients.push_back(
            static_cast<Scalar>(terms.squares * (upper + means[i % 4]) + terms.lines * (i < 4 ? 0.25 : -0.75)));
      }
      return layer;
    };
    layer_score = [=](const Values& a) {
      double sum = 0;
      for (const double value : a) sum += terms.squares * value * value + terms.lines * value;
      return sum;
    };
  }

  struct Place {
    std::int64_t row;
    std::int64_t column;
    std::int64_t channel;
  };
  static Place place(std::size_t index, std::int64_t channels, InputLayout order) {
    const auto i = static_cast<std::int64_t>(index);
    if (order == InputLayout::ChannelsLast) return {i / channels / kSide, i / channels % kSide, i % channels};
    return {i / kSide % kSide, i % kSide, i / kSide / kSide};
  }
  static double line(const Place& at) {
    return std::cos(static_cast<double>(at.row)) + 0.2 * std::fabs(static_cast<double>(at.column) - 3.5) +
           0.1 * static_cast<double>(at.channel);
  }
};

// Waves on a slope, the same picture in both layouts.
inline std::vector<Scalar> waves(std::int64_t channels = 1, InputLayout order = InputLayout::ChannelsLast) {
  std::vector<Scalar> image(static_cast<std::size_t>(kSide * kSide * channels));
  for (std::size_t i = 0; i < image.size(); ++i) {
    const EveryToy::Place at = EveryToy::place(i, channels, order);
    const auto pixel = static_cast<double>(at.row * kSide + at.column);
    image[i] = static_cast<Scalar>(std::sin(pixel + static_cast<double>(at.channel)) + 0.02 * pixel);
  }
  return image;
}

// Left and right exchanged, of 8×8 values.
inline std::vector<Scalar> mirrored(const std::vector<Scalar>& image) {
  std::vector<Scalar> result(image.size());
  for (std::size_t i = 0; i < image.size(); ++i) result[i] = image[i / kSide * kSide + (kSide - 1 - i % kSide)];
  return result;
}

// Labels of four squares.
inline Tensor quarters() {
  Tensor labels({kSide, kSide});
  for (std::size_t i = 0; i < 64; ++i) labels.data[i] = static_cast<Scalar>(i / 32 * 2 + i % 8 / 4);
  return labels;
}

// Small settings, for the methods whose defaults are made for large images.
inline Options small_settings(std::string_view method) {
  Options options;
  for (const OptionInfo& info : mask_options(method)) {
    if (info.name == "size") options.emplace("size", 3);
    if (info.name == "samples" && info.fallback != "0") options.emplace("samples", 20);
    if (info.name == "layer") options.emplace("layer", "middle");
    if (info.name == "maxSigma") options.emplace("maxSigma", 3);
    if (info.name == "masks" || info.name == "perturbations") options.emplace(info.name, 20);
    if (info.name == "segments") options.emplace("segments", quarters());
  }
  return options;
}

inline bool takes(std::string_view method, std::string_view option) {
  for (const OptionInfo& info : mask_options(method)) {
    if (info.name == option) return true;
  }
  return false;
}

class MethodTest : public ::testing::TestWithParam<std::string> {
 protected:
  const std::string& name() const { return GetParam(); }
};

inline std::string own_name(const ::testing::TestParamInfo<std::string>& method) {
  return method.param;
}

}  // namespace saliency::testing
