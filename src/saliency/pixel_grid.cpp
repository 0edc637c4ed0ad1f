#include "saliency/pixel_grid.h"

#include <string>

#include "base/error.h"

namespace saliency {

PixelGrid pixel_grid(const Shape& shape, InputLayout layout, const char* who) {
  if (shape.size() == 1) return {.width = shape[0]};
  if (shape.size() == 2) return {.height = shape[0], .width = shape[1], .row_stride = shape[1]};
  if (shape.size() == 3 && layout == InputLayout::ChannelsFirst) {
    return {.channels = shape[0],
            .height = shape[1],
            .width = shape[2],
            .channel_stride = shape[1] * shape[2],
            .row_stride = shape[2]};
  }
  if (shape.size() == 3) {
    return {.channels = shape[2],
            .height = shape[0],
            .width = shape[1],
            .channel_stride = 1,
            .row_stride = shape[1] * shape[2],
            .column_stride = shape[2]};
  }
  throw Error(ErrorCode::ShapeMismatch,
              std::string(who) + ": the input has shape " + to_string(shape) +
                  ", expected an image of rank 3 or 2, or a row of values",
              {.expected = "an input of rank 1 to 3",
               .actual = to_string(shape),
               .remedy = "use a gradient method, which takes inputs of any shape"});
}

}  // namespace saliency
