#include "onnx/signature.h"

#include <algorithm>
#include <cctype>

namespace saliency::onnx {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view magic;
  const char* meaning;
};

constexpr Signature kSignatures[] = {
    {0, "PK\x03\x04"sv, "a ZIP archive (PyTorch .pt/.pth, Keras .keras, NumPy .npz, or a zipped model)"},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file (Keras .h5)"},
    {4, "TFL3"sv, "a TensorFlow Lite model (.tflite)"},
    {4, "ORTM"sv, "a model in ONNX Runtime's own layout (.ort)"},
    {0, "\x80\x02"sv, "a Python pickle (PyTorch .pt/.pth in the old form)"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer, not the file that it stands for"},
    {0, "\x1f\x8b"sv, "a gzip archive"},
    {0, "\x93NUMPY"sv, "a NumPy array (.npy)"},
    {0, "\x89PNG"sv, "a PNG image"},
    {0, "\xff\xd8\xff"sv, "a JPEG image"},
    {0, "RIFF"sv, "a WebP image or another RIFF file"},
    {0, "GIF8"sv, "a GIF image"},
    {8, "{\""sv, "a safetensors file (weights without a network)"},
    {0, "\x00\x61\x73\x6d"sv, "a WebAssembly module"},
    {0, "\x08\x01\x12"sv, "perhaps a TensorFlow SavedModel (.pb)"},
};

}  // namespace

std::string recognised_format(std::string_view bytes) {
  for (const Signature& signature : kSignatures) {
    if (bytes.size() >= signature.offset && bytes.substr(signature.offset, signature.magic.size()) == signature.magic) {
      return signature.meaning;
    }
  }
  const auto first =
      std::find_if(bytes.begin(), bytes.end(), [](char c) { return c != ' ' && c != '\n' && c != '\r'; });
  if (first == bytes.end()) return {};
  if (*first == '<') return "an HTML or XML page (often the error page of a wrong address)";
  if (*first == '{') return "a JSON file";
  const std::string_view start = bytes.substr(0, 64);
  const bool is_text = std::all_of(start.begin(), start.end(), [](unsigned char c) {
    return std::isprint(c) != 0 || c == '\n' || c == '\r' || c == '\t';
  });
  if (is_text) return "a text file";
  return bytes.front() == '\x0a' ? "perhaps a frozen TensorFlow graph (.pb)" : std::string();
}

}  // namespace saliency::onnx
