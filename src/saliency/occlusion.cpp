// Occlusion (Zeiler & Fergus, 2013): hides one window after the other and notes how much the score falls. Needs no
// gradients, shows what the network relies on at the window's size; a filled window is itself something the network
// has never seen.
//   map[p] = mean over the windows that cover p of score(image) − score(image with the window filled)
// Windows start at the multiples of the stride; the last one of an axis is cut at the edge where the stride does not
// fit. compat 'pair' takes the sum over the windows instead of the mean, which lowers the borders, and is all zeros
// where the window is larger than the image.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ops/strided.h"
#include "saliency/baselines.h"
#include "saliency/gradient_method.h"
#include "saliency/options.h"
#include "saliency/pixel_grid.h"

namespace saliency {
namespace {

struct OcclusionOptions {
  enum class Form { Square, Disc };
  enum class Reduce { Mean, Sum };

  std::array<std::int64_t, 2> size = {15, 15};  // height, width
  std::array<std::int64_t, 2> stride = {1, 1};
  Form form = Form::Square;
  Reduce reduce = Reduce::Mean;
  bool per_channel = false;
  Baselines value = Baselines::named("zero");

  static OcclusionOptions read(OptionReader& reader) {
    static constexpr std::string_view kForms[] = {"square", "disc"};
    static constexpr std::string_view kCompat[] = {"none", "pair"};
    OcclusionOptions options;
    options.size = pair_of(reader, "size", 15, "of the window in pixels: a number, or [height, width]");
    options.stride = pair_of(reader, "stride", 1, "pixels from window to window: a number, or [vertical, horizontal]");
    options.value = Baselines::read(reader, "value", "zero", "what the window is filled with");
    options.form =
        reader.choice("shape", "square", kForms, "of the window; 'disc' fills its inscribed ellipse") == "disc"
            ? Form::Disc
            : Form::Square;
    options.per_channel = reader.flag("perChannel", false, "hide one channel at a time");
    options.reduce = reader.choice("compat", "none", kCompat, "'pair': the sum over the covering windows") == "pair"
                         ? Reduce::Sum
                         : Reduce::Mean;
    for (std::size_t axis = 0; axis < 2; ++axis) {
      if (options.stride[axis] > options.size[axis]) {
        reader.fail(
            "stride",
            "at most the window's size " + std::to_string(options.size[axis]) + ", so that no pixel is left out",
            std::to_string(options.stride[axis]));
      }
    }
    return options;
  }

 private:
  static std::array<std::int64_t, 2> pair_of(OptionReader& reader, const std::string& name, std::int64_t fallback,
                                             std::string_view meaning) {
    std::vector<double> given = reader.numbers(name, std::to_string(fallback), meaning);
    if (given.empty()) given = {static_cast<double>(fallback)};
    const auto invalid = [](double number) {
      return !(number >= 1 && number <= 1e6 && number == static_cast<std::int64_t>(number));
    };
    if (given.size() > 2 || std::any_of(given.begin(), given.end(), invalid)) {
      reader.fail(name, "one or two whole numbers of at least 1",
                  given.size() == 1 ? to_text(given[0]) : describe(OptionValue(given)));
    }
    return {static_cast<std::int64_t>(given.front()), static_cast<std::int64_t>(given.back())};
  }
};

struct Window {
  std::int64_t channel;  // −1: all
  std::int64_t top;
  std::int64_t left;
};

// Windows needed so that none is left out: the last may be cut.
std::int64_t positions(std::int64_t length, std::int64_t size, std::int64_t stride) {
  return (length - size + stride - 1) / stride + 1;
}

class Occlusion final : public Method {
 public:
  explicit Occlusion(OcclusionOptions options) : options_(std::move(options)) {}
  std::string_view name() const override { return "Occlusion"; }

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override {
    const PixelGrid grid = pixel_grid(model, "Occlusion");
    const std::vector<Window> windows = placed(grid);
    const auto batch_size = static_cast<std::size_t>(
        windows.empty() ? 1 : std::max<std::int64_t>(1, model.patch_count(box_of(model, grid, windows[0]).size)));
    const auto each = static_cast<std::int64_t>(windows.size()) + 1;
    const std::int64_t total = each * static_cast<std::int64_t>(images.size());
    std::int64_t done = 0;
    std::vector<Mask> masks;
    for (const std::vector<Scalar>& image : images) {
      const std::vector<Scalar> fill = options_.value.filling(model, image);
      const double score = model.scores(image, target).front();
      std::vector<double> sums(image.size());
      std::vector<double> hits(image.size());
      done += 1;
      const Progress started{done, total};
      co_yield started;
      for (std::size_t begin = 0; begin < windows.size(); begin += batch_size) {
        const std::size_t end = std::min(windows.size(), begin + batch_size);
        std::vector<Model::Patch> patches;
        for (std::size_t k = begin; k < end; ++k) patches.push_back(patch(model, grid, windows[k], image, fill));
        const std::vector<Scalar> scores = model.patched_scores(image, patches, target);
        for (std::size_t k = begin; k < end; ++k) {
          const double fall = score - scores[k - begin];
          for_each_value(grid, windows[k], [&](std::size_t i) {
            sums[i] += fall;
            hits[i] += 1;
          });
        }
        done += static_cast<std::int64_t>(end - begin);
        if (partial != nullptr && masks.empty()) *partial = finished(model, target, sums, hits, score, done);
        const Progress progress{done, total};
        co_yield progress;
      }
      masks.push_back(finished(model, target, sums, hits, score, each));
    }
    co_return masks;
  }

 private:
  std::vector<Window> placed(const PixelGrid& grid) const {
    if (options_.size[0] > grid.height || options_.size[1] > grid.width) {
      if (options_.reduce == OcclusionOptions::Reduce::Sum) return {};
      const std::string window = std::to_string(options_.size[0]) + " × " + std::to_string(options_.size[1]);
      const std::string image = std::to_string(grid.height) + " × " + std::to_string(grid.width);
      throw Error(ErrorCode::InvalidOption,
                  "Occlusion: the window of " + window + " is larger than the image of " + image,
                  {.expected = "a window inside of " + image, .actual = window, .remedy = "give a smaller size"});
    }
    std::vector<Window> windows;
    const std::int64_t rows = positions(grid.height, options_.size[0], options_.stride[0]);
    const std::int64_t columns = positions(grid.width, options_.size[1], options_.stride[1]);
    for (std::int64_t channel = options_.per_channel ? 0 : -1; channel < (options_.per_channel ? grid.channels : 0);
         ++channel) {
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < columns; ++column) {
          windows.push_back({channel, row * options_.stride[0], column * options_.stride[1]});
        }
      }
    }
    return windows;
  }

  template <class Visit>
  void for_each_value(const PixelGrid& grid, const Window& window, Visit visit) const {
    const std::int64_t bottom = std::min(grid.height, window.top + options_.size[0]);
    const std::int64_t right = std::min(grid.width, window.left + options_.size[1]);
    const std::int64_t first = window.channel < 0 ? 0 : window.channel;
    const std::int64_t last = window.channel < 0 ? grid.channels : window.channel + 1;
    for (std::int64_t row = window.top; row < bottom; ++row) {
      for (std::int64_t column = window.left; column < right; ++column) {
        if (options_.form == OcclusionOptions::Form::Disc && !in_disc(row - window.top, column - window.left)) continue;
        for (std::int64_t channel = first; channel < last; ++channel) {
          visit(static_cast<std::size_t>(grid.index(channel, row, column)));
        }
      }
    }
  }

  // The box around a window, by axis of the model's input.
  Model::Patch box_of(const Model& model, const PixelGrid& grid, const Window& window) const {
    const std::int64_t first = std::max<std::int64_t>(window.channel, 0);
    const std::int64_t channels = window.channel < 0 ? grid.channels : 1;
    const std::int64_t height = std::min(options_.size[0], grid.height - window.top);
    const std::int64_t width = std::min(options_.size[1], grid.width - window.left);
    switch (model.input_shape().size()) {
      case 1: return {.begin = {window.left}, .size = {width}, .values = {}};
      case 2: return {.begin = {window.top, window.left}, .size = {height, width}, .values = {}};
      default: break;
    }
    if (model.input_layout() == InputLayout::ChannelsFirst) {
      return {.begin = {first, window.top, window.left}, .size = {channels, height, width}, .values = {}};
    }
    return {.begin = {window.top, window.left, first}, .size = {height, width, channels}, .values = {}};
  }

  // … and what it holds with the window hidden.
  Model::Patch patch(const Model& model, const PixelGrid& grid, const Window& window, std::span<const Scalar> image,
                     std::span<const Scalar> fill) const {
    Model::Patch patch = box_of(model, grid, window);
    const Shape strides = strides_of(model.input_shape()), box_strides = strides_of(patch.size);
    std::int64_t origin = 0;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) origin += patch.begin[axis] * strides[axis];
    patch.values.resize(static_cast<std::size_t>(element_count(patch.size)));
    ops::copy_strided(patch.size, image.data() + origin, strides, patch.values.data(), box_strides);
    for_each_value(grid, window, [&](std::size_t i) {
      std::int64_t place = 0, rest = static_cast<std::int64_t>(i);
      for (std::size_t axis = 0; axis < strides.size(); ++axis) {
        place += (rest / strides[axis] - patch.begin[axis]) * box_strides[axis];
        rest %= strides[axis];
      }
      patch.values[static_cast<std::size_t>(place)] = fill[i];
    });
    return patch;
  }

  // Whether the pixel's centre lies in the window's inscribed ellipse.
  bool in_disc(std::int64_t row, std::int64_t column) const {
    const auto height = static_cast<double>(options_.size[0]);
    const auto width = static_cast<double>(options_.size[1]);
    const double y = (2 * static_cast<double>(row) + 1 - height) / height;
    const double x = (2 * static_cast<double>(column) + 1 - width) / width;
    return x * x + y * y <= 1;
  }

  Mask finished(const Model& model, const Target& target, const std::vector<double>& sums,
                const std::vector<double>& hits, double score, std::int64_t evaluations) const {
    Mask mask = blank_mask(model, name(), target);
    mask.data.reserve(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const double count = options_.reduce == OcclusionOptions::Reduce::Sum ? 1 : std::max(1.0, hits[i]);
      mask.data.push_back(static_cast<Scalar>(sums[i] / count));
    }
    mask.score = score;
    mask.evaluations = evaluations;
    mask.steps = std::max<std::int64_t>(evaluations - 1, 0);
    seal(mask);
    return mask;
  }

  OcclusionOptions options_;
};

}  // namespace

std::unique_ptr<Method> make_occlusion(OptionReader& reader) {
  return std::make_unique<Occlusion>(OcclusionOptions::read(reader));
}

}  // namespace saliency
