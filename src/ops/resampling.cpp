// Coordinates and filters of Resize. https://onnx.ai/onnx/operators/onnx__Resize.html
//   p: position of an output on the input's axis, s: scale
//   linear   w(t) = max(0, 1 − |t|)                                       t: distance of a tap from p
//   cubic    w(t) = (a+2)|t|³ − (a+3)|t|² + 1        for |t| ≤ 1          Keys' kernel
//                   a|t|³ − 5a|t|² + 8a|t| − 4a      for |t| < 2
//   antialias and s < 1: w(t·s), normalized
#include "ops/resampling.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/parallel.h"

namespace saliency::ops {

void Taps::add(std::int64_t at, double factor) {
  // Taps beyond an edge fall together there.
  for (auto i = static_cast<std::size_t>(begin.back()); i < index.size(); ++i) {
    if (index[i] != at) continue;
    weight[i] += static_cast<Scalar>(factor);
    return;
  }
  index.push_back(at);
  weight.push_back(static_cast<Scalar>(factor));
}

Taps transposed(const Taps& taps, std::int64_t columns) {
  Taps result;
  result.begin.assign(static_cast<std::size_t>(columns) + 1, 0);
  for (const std::int64_t at : taps.index) ++result.begin[static_cast<std::size_t>(at) + 1];
  for (std::size_t c = 0; c < static_cast<std::size_t>(columns); ++c) result.begin[c + 1] += result.begin[c];
  result.index.resize(taps.index.size());
  result.weight.resize(taps.weight.size());
  std::vector<std::int64_t> next(result.begin.begin(), result.begin.end() - 1);
  for (std::int64_t row = 0; row < taps.rows(); ++row) {
    for (std::int64_t k = taps.begin[static_cast<std::size_t>(row)]; k < taps.begin[static_cast<std::size_t>(row) + 1];
         ++k) {
      const auto from = static_cast<std::size_t>(k);
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(taps.index[from])]++);
      result.index[to] = row;
      result.weight[to] = taps.weight[from];
    }
  }
  return result;
}

bool is_identity(const Taps& taps, std::int64_t columns) {
  if (taps.rows() != columns || static_cast<std::int64_t>(taps.index.size()) != columns) return false;
  for (std::size_t i = 0; i < taps.index.size(); ++i) {
    if (taps.index[i] != static_cast<std::int64_t>(i) || taps.weight[i] != 1) return false;
  }
  return true;
}

void apply(const Taps& taps, std::int64_t outer, std::int64_t columns, std::int64_t inner, const Scalar* x, Scalar* y) {
  const std::int64_t rows = taps.rows();
  constexpr std::int64_t kGrainValues = 4096;
  const std::int64_t grain = std::max<std::int64_t>(1, kGrainValues / std::max<std::int64_t>(inner, 1));
  kernels::parallel_for(outer * rows, grain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto row = static_cast<std::size_t>(i % rows);
      const Scalar* from = x + i / rows * columns * inner;
      Scalar* to = y + i * inner;
      const auto begin = static_cast<std::size_t>(taps.begin[row]), end = static_cast<std::size_t>(taps.begin[row + 1]);
      if (begin == end) {
        std::fill_n(to, inner, Scalar(0));
        continue;
      }
      const Scalar* source = from + taps.index[begin] * inner;
      const Scalar factor = taps.weight[begin];
      if (factor == 1) {
        std::copy_n(source, inner, to);
      } else {
        for (std::int64_t k = 0; k < inner; ++k) to[k] = factor * source[k];
      }
      for (std::size_t tap = begin + 1; tap < end; ++tap) {
        const Scalar* more = from + taps.index[tap] * inner;
        const Scalar weight = taps.weight[tap];
        for (std::int64_t k = 0; k < inner; ++k) to[k] += weight * more[k];
      }
    }
  });
}

namespace {

double position(Coordinates coordinates, const ResampleAxis& axis, std::int64_t output) {
  const double x = static_cast<double>(output), s = axis.scale;
  const double in = static_cast<double>(axis.input), out = static_cast<double>(axis.output);
  switch (coordinates) {
    case Coordinates::HalfPixel: return (x + 0.5) / s - 0.5;
    case Coordinates::HalfPixelSymmetric: return in / 2 * (1 - out / (s * in)) + (x + 0.5) / s - 0.5;
    case Coordinates::PytorchHalfPixel: return axis.output > 1 ? (x + 0.5) / s - 0.5 : 0;
    case Coordinates::AlignCorners: return axis.output > 1 ? x * (in - 1) / (out - 1) : 0;
    case Coordinates::Asymmetric: return x / s;
    case Coordinates::TfHalfPixelForNearest: return (x + 0.5) / s;
    case Coordinates::TfCropAndResize:
      if (axis.output == 1) return 0.5 * (axis.roi_start + axis.roi_end) * (in - 1);
      return axis.roi_start * (in - 1) + x * (axis.roi_end - axis.roi_start) * (in - 1) / (out - 1);
  }
  return 0;
}

double nearest(NearestRounding rounding, double p) {
  switch (rounding) {
    case NearestRounding::RoundPreferFloor: return std::ceil(p - 0.5);
    case NearestRounding::RoundPreferCeil: return std::floor(p + 0.5);
    case NearestRounding::Floor: return std::floor(p);
    case NearestRounding::Ceil: return std::ceil(p);
  }
  return p;
}

double filter(const ResampleRule& rule, double t) {
  t = std::abs(t);
  if (rule.interpolation == Interpolation::Linear) return std::max(0.0, 1 - t);
  const double a = rule.cubic_a;
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

}  // namespace

Taps resampling_taps(const ResampleRule& rule, const ResampleAxis& axis) {
  Taps taps;
  const std::int64_t last = axis.input - 1;
  const auto inside = [last](double p) { return std::clamp<std::int64_t>(static_cast<std::int64_t>(p), 0, last); };
  const double stretch = rule.antialias ? std::min(axis.scale, 1.0) : 1;
  const double reach = (rule.interpolation == Interpolation::Linear ? 1 : 2) / stretch;
  for (std::int64_t output = 0; output < axis.output; ++output, taps.end_row()) {
    const double p = position(rule.coordinates, axis, output);
    if (rule.coordinates == Coordinates::TfCropAndResize && (p < 0 || p > static_cast<double>(last))) continue;
    if (rule.interpolation == Interpolation::Nearest) {
      // A scale like 1.6 is a float32 in the file; rounding restores the ties that it misses by a trifle.
      taps.add(inside(nearest(rule.rounding, static_cast<double>(static_cast<float>(p)))), 1);
      continue;
    }
    std::vector<std::pair<std::int64_t, double>> weighted;
    double total = 0;
    for (double at = std::floor(p - reach) + 1; at < p + reach; ++at) {
      const bool outside = at < 0 || at > static_cast<double>(last);
      if (outside && rule.exclude_outside) continue;
      const double weight = filter(rule, (at - p) * stretch);
      if (weight == 0) continue;
      weighted.emplace_back(inside(at), weight);
      total += weight;
    }
    const double scale = rule.antialias || rule.exclude_outside ? 1 / total : 1;
    for (const auto& [at, weight] : weighted) taps.add(at, weight * scale);
  }
  return taps;
}

}  // namespace saliency::ops
