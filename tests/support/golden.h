// Reference data: .npy arrays and .json descriptions, from tests/golden/data (carried in the repository) and from the
// shared folder beside the checkout, when it is there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "onnx/load.h"
#include "tensor/tensor.h"

namespace saliency::testing {

using Json = nlohmann::json;
using Path = std::filesystem::path;

Path source_directory();

// Folders of reference data of one kind ("zoo", "methods"): the shared ones and, of those that are not there, what the
// repository carries.
std::vector<Path> golden_folders(const std::string& kind);
bool has_shared_goldens();

std::vector<std::uint8_t> read_bytes(const Path& path);
Json read_json(const Path& path);
Tensor read_npy(const Path& path);  // version 1, little-endian float32, C order

// The largest and the mean |actual − expected|; infinite where the sizes differ or a value is not a number.
struct Difference {
  double largest = 0;
  double mean = 0;
};
Difference difference(std::span<const Scalar> actual, std::span<const Scalar> expected);

// Loads <folder>/model.onnx; weights that the file leaves out come from <folder>/weights.json. Sizes that the file
// leaves open are those of the inputs beside it, unless `lower` is given.
std::unique_ptr<graph::Session> load_golden(const Path& folder);
std::unique_ptr<graph::Session> load_golden(const Path& folder, graph::LowerOptions lower);

}  // namespace saliency::testing
