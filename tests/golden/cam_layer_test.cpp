// Which layer class activation maps choose in real architectures: images and tokens.
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>

#include "saliency/method_check.h"
#include "saliency/network_model.h"
#include "support/golden.h"

namespace saliency::testing {
namespace {

// A class token and 4×4 others; merged features of 2×2 places, which lie in front of the mean.
const std::map<std::string, Shape>& expected_shapes() {
  static const std::map<std::string, Shape> kShapes = {{"vit_b_16", {17, 768}}, {"swin_t", {768, 2, 2}}};
  return kShapes;
}

TEST(ZooLayer, TheChosenOneHasAMap) {
  for (const Path& folder : golden_folders("zoo")) {
    const std::string name = folder.filename().string();
    if (!expected_shapes().contains(name) && name != "squeezenet1_1") continue;
    SCOPED_TRACE(name);
    const Tensor input = read_npy(folder / "input.npy");
    const auto session = load_golden(folder);
    NetworkModel model(*session);
    const Target target = Target::of_class(read_json(folder / "meta.json").at("k").get<std::int64_t>());

    const Model::Layer layer = model.layer(input.data, target, "");
    const Mask mask = get_mask("GradCam", model, input.data, target, {{"relu", false}}).run();

    EXPECT_LT(mask.zeros, 0.5);
    if (expected_shapes().contains(name)) {
      EXPECT_EQ(layer.shape, expected_shapes().at(name));
    }
  }
}

}  // namespace
}  // namespace saliency::testing
