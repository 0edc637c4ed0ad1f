// The image that a path starts from, or what a hidden part is replaced by. One or several; a method with several
// baselines averages its maps.
//   zero                0 in the model's own numbers, which after the usual preprocessing is the mean colour
//   black, white, grey  of the picture: needs the model's value range or the option valueRange
//   mean                the image's mean of each channel
//   blur                the image, blurred with blurSigma and its edges continued
//   noise               uniform over the value range, or over the image's where that is unknown
//   min, max            the image's extreme values in every channel; "min,max" is XRAI's pair
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/scalar.h"
#include "saliency/model.h"
#include "saliency/options.h"

namespace saliency {

// What black and white are: `given` as the option valueRange has it or, where that is empty, as the model knows. Throws
// InvalidOption where neither says it; `who` needs it ("option 'baseline' is 'black', but").
ValueRange value_range_of(const Model& model, const std::vector<double>& given, const std::string& who);

class Baselines {
 public:
  // Reads the option `name`: a name of the list above, several joined by commas, a number, a list with one number a
  // channel, a tensor of the input's shape, or one with several of them; and valueRange, blurSigma, seed.
  static Baselines read(OptionReader& reader, const std::string& name, const std::string& fallback,
                        const std::string& meaning);

  // One of the names above, joined by commas.
  static Baselines named(const std::string& names);

  // At least one, each of the image's size.
  std::vector<std::vector<Scalar>> of(const Model& model, const std::vector<Scalar>& image) const;
  // The one image that hidden parts are filled with; throws InvalidOption where several are given.
  std::vector<Scalar> filling(const Model& model, const std::vector<Scalar>& image) const;

 private:
  std::vector<Scalar> resolved(const std::string& kind, const Model& model, const std::vector<Scalar>& image) const;
  std::vector<Scalar> flat(const std::vector<double>& values, const Model& model, const std::string& what) const;
  ValueRange range(const Model& model, const std::string& kind) const;

  std::string option_ = "baseline";
  OptionValue value_ = "zero";
  std::vector<double> value_range_ = {};
  double blur_sigma_ = 10;
  std::uint64_t seed_ = 0;
};

}  // namespace saliency
