#include "saliency/gradient_method.h"

#include <algorithm>
#include <cstddef>
#include <string>

namespace saliency {

std::vector<Scalar> concatenated(const Images& images, std::size_t begin, std::size_t end) {
  std::vector<Scalar> batch;
  batch.reserve((end - begin) * images[begin].size());
  for (std::size_t i = begin; i < end; ++i) batch.insert(batch.end(), images[i].begin(), images[i].end());
  return batch;
}

Mask blank_mask(const Model& model, std::string_view method, const Target& target, BackwardRule rule) {
  Mask mask;
  mask.shape = model.input_shape();
  mask.method = std::string(method);
  mask.warnings = model.warnings(target, rule);
  return mask;
}

void add_gradient_warnings(const Model& model, Mask& mask) {
  for (const std::string& warning : model.gradient_warnings()) warn(mask, warning);
}

bool GradientMethod::announce(Model& model) const {
  model.expect_input_gradient();
  return true;
}

Job<std::vector<Mask>> GradientMethod::masks(Model& model, Images images, Target target, Mask* /*partial*/) const {
  const auto step = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
  std::vector<Mask> masks;
  for (std::size_t begin = 0; begin < images.size(); begin += step) {
    const std::size_t end = std::min(images.size(), begin + step);
    const std::vector<Scalar> batch = concatenated(images, begin, end);
    ScoresAndGradients result = model.gradients(batch, target, rule_);
    for (std::size_t i = begin; i < end; ++i) {
      const auto length = static_cast<std::ptrdiff_t>(images[i].size());
      const auto first = result.gradients.begin() + static_cast<std::ptrdiff_t>(i - begin) * length;
      Mask mask = blank_mask(model, name(), target, rule_);
      mask.data.assign(first, first + length);
      mask.score = result.scores[i - begin];
      mask.evaluations = 1;
      add_gradient_warnings(model, mask);
      transform(mask.data, images[i]);
      seal(mask);
      masks.push_back(std::move(mask));
    }
    const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(images.size())};
    co_yield progress;
  }
  co_return masks;
}

}  // namespace saliency
