// What the class activation maps share: a layer's activations A and the score's gradient G with respect to them, both
// {channels, h, w}, become one value a position, of which the positive part is resized to the image.
//
// The activations of a token model, {tokens, channels}, are read as rows of tokens: as the option `tokens` says, or as
// a square, of which a class token in front is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/scalar.h"
#include "saliency/method.h"
#include "saliency/model.h"
#include "saliency/options.h"
#include "saliency/resize.h"

namespace saliency {

// Where the positions of a token model's layer are: height × width tokens after the first `skip`.
struct TokenGrid {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t skip = 0;
};

struct CamOptions {
  enum class Resize { Bilinear, Nearest, None };
  enum class Sign { Positive, Both };

  std::string layer = {};  // empty: the model's choice, the last layer with more than one position
  Resize resize = Resize::Bilinear;
  Sign sign = Sign::Positive;
  std::optional<TokenGrid> tokens = {};
  bool like_pair = false;  // divide by the maximum first, and resize as skimage does

  static CamOptions read(OptionReader& reader);
};

// One image's share of Model::Layer, channel after channel.
struct Activations {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::vector<double> values = {};     // A
  std::vector<double> gradients = {};  // G

  std::int64_t positions() const { return height * width; }
  double value(std::int64_t channel, std::int64_t position) const { return values[at(channel, position)]; }
  double gradient(std::int64_t channel, std::int64_t position) const { return gradients[at(channel, position)]; }
  // Σ_c weight_c A_c
  std::vector<double> weighted(const std::vector<double>& weights) const;

  // Where a value lies in the layer's own order.
  std::size_t place(std::int64_t channel, std::int64_t position) const {
    return static_cast<std::size_t>(first_place + channel * channel_stride + position * position_stride);
  }
  std::int64_t first_place = 0;
  std::int64_t channel_stride = 0;
  std::int64_t position_stride = 1;

 private:
  std::size_t at(std::int64_t channel, std::int64_t position) const {
    return static_cast<std::size_t>(channel * positions() + position);
  }
};

// Sample `index` of a layer's batch; throws ShapeMismatch where the layer has no positions.
Activations activations_of(const Model::Layer& layer, std::size_t index, const CamOptions& options);

// The map of the layer's size as the options ask for it: {H, W} of the image, or {h, w}.
Plane cam_picture(const Activations& activations, const std::vector<double>& map, const CamOptions& options,
                  std::int64_t height, std::int64_t width);

// The sealed mask of a signed map of the layer's size, which it keeps under "signed"; a warning where nothing is left.
Mask cam_mask(const Model& model, std::string_view method, const Target& target, const Activations& activations,
              const std::vector<double>& map, const CamOptions& options);

class CamMethod : public Method {
 public:
  explicit CamMethod(CamOptions options) : options_(std::move(options)) {}

  bool announce(Model& model) const override;
  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override;

 protected:
  // Signed, one value a position.
  virtual std::vector<double> combined(const Activations& activations) const = 0;

 private:
  CamOptions options_;
};

}  // namespace saliency
