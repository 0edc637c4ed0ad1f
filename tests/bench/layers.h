// Layer shapes of real networks at 224×224, batch 1.
#pragma once

#include <cstdint>

#include "kernels/kernels.h"

namespace saliency::kernels::bench {

struct Layer {
  const char* name;
  std::int64_t in_channels, out_channels, groups;
  std::int64_t kernel, stride, pad;
  std::int64_t size;  // height and width of the input
  int count;          // times that it occurs in its network
};

inline constexpr Layer kLayers[] = {
    {"mobilenet_v2/stem", 3, 32, 1, 3, 2, 1, 224, 1},
    {"mobilenet_v2/dw112", 32, 32, 32, 3, 1, 1, 112, 1},
    {"mobilenet_v2/pw112_32_16", 32, 16, 1, 1, 1, 0, 112, 1},
    {"mobilenet_v2/pw112_16_96", 16, 96, 1, 1, 1, 0, 112, 1},
    {"mobilenet_v2/dw112s2", 96, 96, 96, 3, 2, 1, 112, 1},
    {"mobilenet_v2/pw56_96_24", 96, 24, 1, 1, 1, 0, 56, 1},
    {"mobilenet_v2/pw56_24_144", 24, 144, 1, 1, 1, 0, 56, 2},
    {"mobilenet_v2/dw56", 144, 144, 144, 3, 1, 1, 56, 1},
    {"mobilenet_v2/pw56_144_24", 144, 24, 1, 1, 1, 0, 56, 1},
    {"mobilenet_v2/dw56s2", 144, 144, 144, 3, 2, 1, 56, 1},
    {"mobilenet_v2/pw28_144_32", 144, 32, 1, 1, 1, 0, 28, 1},
    {"mobilenet_v2/pw28_32_192", 32, 192, 1, 1, 1, 0, 28, 3},
    {"mobilenet_v2/dw28", 192, 192, 192, 3, 1, 1, 28, 2},
    {"mobilenet_v2/pw28_192_32", 192, 32, 1, 1, 1, 0, 28, 2},
    {"mobilenet_v2/dw28s2", 192, 192, 192, 3, 2, 1, 28, 1},
    {"mobilenet_v2/pw14_192_64", 192, 64, 1, 1, 1, 0, 14, 1},
    {"mobilenet_v2/pw14_64_384", 64, 384, 1, 1, 1, 0, 14, 4},
    {"mobilenet_v2/dw14", 384, 384, 384, 3, 1, 1, 14, 4},
    {"mobilenet_v2/pw14_384_64", 384, 64, 1, 1, 1, 0, 14, 3},
    {"mobilenet_v2/pw14_384_96", 384, 96, 1, 1, 1, 0, 14, 1},
    {"mobilenet_v2/pw14_96_576", 96, 576, 1, 1, 1, 0, 14, 3},
    {"mobilenet_v2/dw14_576", 576, 576, 576, 3, 1, 1, 14, 2},
    {"mobilenet_v2/pw14_576_96", 576, 96, 1, 1, 1, 0, 14, 2},
    {"mobilenet_v2/dw14s2", 576, 576, 576, 3, 2, 1, 14, 1},
    {"mobilenet_v2/pw7_576_160", 576, 160, 1, 1, 1, 0, 7, 1},
    {"mobilenet_v2/pw7_160_960", 160, 960, 1, 1, 1, 0, 7, 3},
    {"mobilenet_v2/dw7", 960, 960, 960, 3, 1, 1, 7, 3},
    {"mobilenet_v2/pw7_960_160", 960, 160, 1, 1, 1, 0, 7, 2},
    {"mobilenet_v2/pw7_960_320", 960, 320, 1, 1, 1, 0, 7, 1},
    {"mobilenet_v2/pw7_320_1280", 320, 1280, 1, 1, 1, 0, 7, 1},
    {"mobilenet_v2/fc", 1280, 1000, 1, 1, 1, 0, 1, 1},
    {"resnet18/stem", 3, 64, 1, 7, 2, 3, 224, 1},
    {"resnet18/56_64", 64, 64, 1, 3, 1, 1, 56, 4},
    {"resnet18/56_64_128s2", 64, 128, 1, 3, 2, 1, 56, 1},
    {"resnet18/down56_64_128", 64, 128, 1, 1, 2, 0, 56, 1},
    {"resnet18/28_128", 128, 128, 1, 3, 1, 1, 28, 3},
    {"resnet18/28_128_256s2", 128, 256, 1, 3, 2, 1, 28, 1},
    {"resnet18/down28_128_256", 128, 256, 1, 1, 2, 0, 28, 1},
    {"resnet18/14_256", 256, 256, 1, 3, 1, 1, 14, 3},
    {"resnet18/14_256_512s2", 256, 512, 1, 3, 2, 1, 14, 1},
    {"resnet18/down14_256_512", 256, 512, 1, 1, 2, 0, 14, 1},
    {"resnet18/7_512", 512, 512, 1, 3, 1, 1, 7, 3},
    {"resnet18/fc", 512, 1000, 1, 1, 1, 0, 1, 1},
    {"squeezenet1_1/stem", 3, 64, 1, 3, 2, 0, 224, 1},
    {"squeezenet1_1/sq55_64_16", 64, 16, 1, 1, 1, 0, 55, 1},
    {"squeezenet1_1/e1_55_16_64", 16, 64, 1, 1, 1, 0, 55, 2},
    {"squeezenet1_1/e3_55_16_64", 16, 64, 1, 3, 1, 1, 55, 2},
    {"squeezenet1_1/sq55_128_16", 128, 16, 1, 1, 1, 0, 55, 1},
    {"squeezenet1_1/sq27_128_32", 128, 32, 1, 1, 1, 0, 27, 1},
    {"squeezenet1_1/e1_27_32_128", 32, 128, 1, 1, 1, 0, 27, 2},
    {"squeezenet1_1/e3_27_32_128", 32, 128, 1, 3, 1, 1, 27, 2},
    {"squeezenet1_1/sq27_256_32", 256, 32, 1, 1, 1, 0, 27, 1},
    {"squeezenet1_1/sq13_256_48", 256, 48, 1, 1, 1, 0, 13, 1},
    {"squeezenet1_1/e1_13_48_192", 48, 192, 1, 1, 1, 0, 13, 2},
    {"squeezenet1_1/e3_13_48_192", 48, 192, 1, 3, 1, 1, 13, 2},
    {"squeezenet1_1/sq13_384_48", 384, 48, 1, 1, 1, 0, 13, 1},
    {"squeezenet1_1/sq13_384_64", 384, 64, 1, 1, 1, 0, 13, 1},
    {"squeezenet1_1/e1_13_64_256", 64, 256, 1, 1, 1, 0, 13, 2},
    {"squeezenet1_1/e3_13_64_256", 64, 256, 1, 3, 1, 1, 13, 2},
    {"squeezenet1_1/sq13_512_64", 512, 64, 1, 1, 1, 0, 13, 1},
    {"squeezenet1_1/classifier", 512, 1000, 1, 1, 1, 0, 13, 1},
    {"efficientnet_b0/dw112", 32, 32, 32, 3, 1, 1, 112, 1},
    {"efficientnet_b0/dw56_5s2", 144, 144, 144, 5, 2, 2, 56, 1},
    {"efficientnet_b0/dw28_5", 240, 240, 240, 5, 1, 2, 28, 1},
    {"efficientnet_b0/dw14_5", 480, 480, 480, 5, 1, 2, 14, 1},
    {"efficientnet_b0/dw7_5", 1152, 1152, 1152, 5, 1, 2, 7, 3},
    {"vgg16/224_64", 64, 64, 1, 3, 1, 1, 224, 1},
    {"resnet50/pw7_2048_512", 2048, 512, 1, 1, 1, 0, 7, 1},
    {"resnet50/pw14_256_1024", 256, 1024, 1, 1, 1, 0, 14, 6},
};

}  // namespace saliency::kernels::bench
