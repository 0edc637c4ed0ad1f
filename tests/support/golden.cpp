#include "support/golden.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

namespace saliency::testing {
namespace {

Path shared_directory() {
  return source_directory() / ".." / "shared" / "goldens";
}

void append_folders(const Path& parent, std::set<std::string>& names, std::vector<Path>& folders) {
  if (!std::filesystem::is_directory(parent)) return;
  std::vector<Path> found;
  for (const auto& entry : std::filesystem::directory_iterator(parent)) {
    if (entry.is_directory() && names.insert(entry.path().filename().string()).second) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  folders.insert(folders.end(), found.begin(), found.end());
}

// The filler of the goldens: the finaliser of splitmix64 over seed and position, mapped onto [−1, 1).
Scalar filled(std::uint64_t seed, std::uint64_t i, double scale, double shift) {
  std::uint64_t z = seed * 0x9E3779B97F4A7C15ULL + i;
  z ^= z >> 30;
  z *= 0xBF58476D1CE4E5B9ULL;
  z ^= z >> 27;
  z *= 0x94D049BB133111EBULL;
  z ^= z >> 31;
  const double u = static_cast<double>(z >> 40) / 8388608.0 - 1.0;
  return static_cast<Scalar>(static_cast<float>(shift + scale * u));
}

}  // namespace

Path source_directory() {
  return Path(SALIENCY_SOURCE_DIR);
}

bool has_shared_goldens() {
  return std::filesystem::is_directory(shared_directory());
}

std::vector<Path> golden_folders(const std::string& kind) {
  std::set<std::string> names;
  std::vector<Path> folders;
  append_folders(shared_directory() / kind, names, folders);
  append_folders(source_directory() / "tests" / "golden" / "data" / kind, names, folders);
  return folders;
}

std::vector<std::uint8_t> read_bytes(const Path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Json read_json(const Path& path) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  return Json::parse(bytes.begin(), bytes.end());
}

Tensor read_npy(const Path& path) {
  const std::vector<std::uint8_t> bytes = read_bytes(path);
  if (bytes.size() < 10 || std::memcmp(bytes.data(), "\x93NUMPY\x01", 7) != 0) {
    throw std::runtime_error(path.string() + " is not a version 1 .npy file");
  }
  const std::size_t header_size = bytes[8] + 256U * bytes[9];
  const std::string header(bytes.begin() + 10, bytes.begin() + 10 + static_cast<std::ptrdiff_t>(header_size));
  if (header.find("'<f4'") == std::string::npos || header.find("'fortran_order': False") == std::string::npos) {
    throw std::runtime_error(path.string() + " is not float32 in C order");
  }
  Tensor tensor;
  const std::size_t open = header.find('(');
  std::size_t position = open + 1;
  while (header[position] != ')') {
    if (header[position] < '0' || header[position] > '9') {
      ++position;
      continue;
    }
    std::size_t length = 0;
    tensor.shape.push_back(std::stoll(header.substr(position), &length));
    position += length;
  }
  const std::size_t count = static_cast<std::size_t>(element_count(tensor.shape));
  std::vector<float> values(count);
  if (bytes.size() != 10 + header_size + count * sizeof(float)) throw std::runtime_error(path.string() + " is cut off");
  std::memcpy(values.data(), bytes.data() + 10 + header_size, count * sizeof(float));
  tensor.data.assign(values.begin(), values.end());
  return tensor;
}

Difference difference(std::span<const Scalar> actual, std::span<const Scalar> expected) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (actual.size() != expected.size() || actual.empty()) return {kInfinity, kInfinity};
  Difference result;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double gap = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (!(gap <= std::numeric_limits<double>::max())) return {kInfinity, kInfinity};
    result.largest = std::max(result.largest, gap);
    result.mean += gap / static_cast<double>(actual.size());
  }
  return result;
}

std::unique_ptr<graph::Session> load_golden(const Path& folder) {
  graph::LowerOptions lower;
  if (std::filesystem::exists(folder / "input.npy")) lower.input_shapes[""] = read_npy(folder / "input.npy").shape;
  return load_golden(folder, std::move(lower));
}

std::unique_ptr<graph::Session> load_golden(const Path& folder, graph::LowerOptions lower) {
  std::map<std::string, Json> fillers;
  if (std::filesystem::exists(folder / "weights.json")) {
    const Json weights = read_json(folder / "weights.json");
    for (const Json& weight : weights) fillers[weight.at("name")] = weight;
  }
  onnx::LoadOptions options{.lower = std::move(lower)};
  options.read.fill_missing = [&](const std::string& name, Tensor& tensor) {
    const auto it = fillers.find(name);
    if (it == fillers.end()) return false;
    const std::uint64_t seed = it->second.at("seed");
    const double scale = it->second.at("scale");
    const double shift = it->second.at("shift");
    tensor.data.resize(static_cast<std::size_t>(element_count(tensor.shape)));
    for (std::size_t i = 0; i < tensor.data.size(); ++i) tensor.data[i] = filled(seed, i, scale, shift);
    return true;
  };
  return onnx::load(read_bytes(folder / "model.onnx"), options);
}

}  // namespace saliency::testing
