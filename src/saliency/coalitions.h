// What LIME and KernelSHAP share: the network's score of the image with many random sets of its regions shown, run as
// batches; each method then fits its own weights to them.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "saliency/method.h"
#include "saliency/superpixels.h"

namespace saliency {

using Coalition = std::vector<bool>;  // shown or hidden, for each region

struct CoalitionScores {
  std::vector<Coalition> coalitions;
  std::vector<double> scores;
  double all = 0;   // score of the image itself
  double none = 0;  // with every region hidden
};

class CoalitionMethod : public Method {
 public:
  CoalitionMethod(SuperpixelOptions regions, std::uint64_t seed) : regions_(std::move(regions)), seed_(seed) {}

  Job<std::vector<Mask>> masks(Model& model, Images images, Target target, Mask* partial) const override;

 protected:
  virtual std::vector<Coalition> drawn(std::size_t regions, std::uint64_t seed) const = 0;
  // One weight a region; may add to the mask's receipt.
  virtual std::vector<double> fitted(const CoalitionScores& scores, std::size_t regions, Mask& mask) const = 0;

 private:
  Mask finished(Mask mask, const Superpixels& regions, const CoalitionScores& scores) const;

  SuperpixelOptions regions_;
  std::uint64_t seed_;
};

}  // namespace saliency
