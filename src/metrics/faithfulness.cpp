#include "metrics/faithfulness.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "base/error.h"
#include "saliency/random.h"

namespace saliency {
namespace {

std::size_t count_of(const std::vector<Scalar>& perturbations, const std::vector<Scalar>& image) {
  if (!perturbations.empty() && perturbations.size() % image.size() == 0) return perturbations.size() / image.size();
  const std::string expected = "a multiple of " + std::to_string(image.size()) + " values";
  throw Error(perturbations.empty() ? ErrorCode::InvalidOption : ErrorCode::ShapeMismatch,
              "the perturbations have " + std::to_string(perturbations.size()) + " values, expected " + expected,
              {.expected = expected, .actual = std::to_string(perturbations.size())});
}

double distance(const std::vector<Scalar>& a, const std::vector<Scalar>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

}  // namespace

Job<Infidelity> infidelity(Model& model, std::vector<Scalar> image, std::vector<Scalar> map,
                           std::vector<Scalar> perturbations, Target target) {
  check_image(model, image.size());
  check_image(model, map.size());
  const std::size_t count = count_of(perturbations, image);
  const auto batch_size = static_cast<std::size_t>(std::max<std::int64_t>(1, model.batch_size()));
  const double score = model.scores(image, target).front();
  std::vector<double> predicted;
  std::vector<double> actual;
  for (std::size_t begin = 0; begin < count; begin += batch_size) {
    const std::size_t end = std::min(count, begin + batch_size);
    std::vector<Scalar> batch;
    for (std::size_t k = begin; k < end; ++k) {
      double sum = 0;
      for (std::size_t i = 0; i < image.size(); ++i) {
        const Scalar step = perturbations[k * image.size() + i];
        sum += static_cast<double>(map[i]) * static_cast<double>(step);
        batch.push_back(image[i] - step);
      }
      predicted.push_back(sum);
    }
    for (const Scalar perturbed : model.scores(batch, target)) actual.push_back(score - perturbed);
    const Progress progress{static_cast<std::int64_t>(end), static_cast<std::int64_t>(count)};
    co_yield progress;
  }
  double products = 0;
  double squares = 0;
  for (std::size_t k = 0; k < count; ++k) {
    products += predicted[k] * actual[k];
    squares += predicted[k] * predicted[k];
  }
  const double scale = squares == 0 ? 0 : products / squares;
  Infidelity result;
  for (std::size_t k = 0; k < count; ++k) {
    result.value += (predicted[k] - actual[k]) * (predicted[k] - actual[k]) / static_cast<double>(count);
    const double scaled = scale * predicted[k] - actual[k];
    result.normalized += scaled * scaled / static_cast<double>(count);
  }
  co_return result;
}

Job<double> max_sensitivity(const Method& method, Model& model, std::vector<Scalar> image,
                            std::vector<Scalar> perturbations, Target target) {
  check_image(model, image.size());
  const std::size_t count = count_of(perturbations, image);
  Images images = {image};
  for (std::size_t k = 0; k < count; ++k) {
    images.push_back(image);
    for (std::size_t i = 0; i < image.size(); ++i) images.back()[i] += perturbations[k * image.size() + i];
  }
  Job<std::vector<Mask>> job = method.masks(model, std::move(images), target);
  while (job.step()) co_yield job.progress();
  const std::vector<Mask> masks = job.result();
  const double norm = distance(masks[0].data, std::vector<Scalar>(masks[0].data.size(), 0));
  double largest = 0;
  for (std::size_t k = 1; k < masks.size(); ++k) largest = std::max(largest, distance(masks[0].data, masks[k].data));
  co_return largest / (norm == 0 ? 1 : norm);
}

std::vector<Scalar> uniform_perturbations(std::int64_t count, std::int64_t size, double radius, std::uint64_t seed) {
  std::vector<Scalar> result;
  result.reserve(static_cast<std::size_t>(count * size));
  for (std::int64_t k = 0; k < count; ++k) {
    Random random(seed, static_cast<std::uint64_t>(k));
    for (std::int64_t i = 0; i < size; ++i) result.push_back(static_cast<Scalar>(radius * (2 * random.uniform() - 1)));
  }
  return result;
}

}  // namespace saliency
