// An owning, row-major tensor and views of one. Numbers of every type are held as Scalar; `dtype` says what they
// mean. Integers are therefore exact up to 2^24 in the product, which the ONNX import enforces.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/scalar.h"
#include "tensor/shape.h"

namespace saliency {

enum class DType { Float, Int, Bool };

struct Tensor {
  Shape shape;
  std::vector<Scalar> data;
  DType dtype = DType::Float;

  Tensor() = default;
  explicit Tensor(Shape sizes, Scalar fill = 0, DType type = DType::Float)
      : shape(std::move(sizes)), data(static_cast<std::size_t>(element_count(shape)), fill), dtype(type) {}
  Tensor(Shape sizes, std::vector<Scalar> values, DType type = DType::Float)
      : shape(std::move(sizes)), data(std::move(values)), dtype(type) {}

  std::int64_t size() const { return static_cast<std::int64_t>(data.size()); }
};

// Borrowed sizes and numbers. An absent optional input has data == nullptr.
struct ConstView {
  std::span<const std::int64_t> shape = {};
  const Scalar* data = nullptr;

  ConstView() = default;
  ConstView(std::span<const std::int64_t> sizes, const Scalar* numbers) : shape(sizes), data(numbers) {}
  ConstView(const Tensor& tensor) : shape(tensor.shape), data(tensor.data.data()) {}  // NOLINT: a view of it

  explicit operator bool() const { return data != nullptr; }
  std::int64_t size() const { return element_count(shape); }
  std::size_t rank() const { return shape.size(); }
};

struct View {
  std::span<const std::int64_t> shape = {};
  Scalar* data = nullptr;

  View() = default;
  View(std::span<const std::int64_t> sizes, Scalar* numbers) : shape(sizes), data(numbers) {}
  View(Tensor& tensor) : shape(tensor.shape), data(tensor.data.data()) {}  // NOLINT: a view of it

  explicit operator bool() const { return data != nullptr; }
  operator ConstView() const { return {shape, data}; }  // NOLINT: reading is always allowed
  std::int64_t size() const { return element_count(shape); }
  std::size_t rank() const { return shape.size(); }
};

}  // namespace saliency
