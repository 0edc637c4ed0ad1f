// The protobuf wire format, with every field's wire type and length checked. A wrong one throws protozero::exception,
// which the reader turns into ModelInvalid. https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <protozero/pbf_reader.hpp>
#include <protozero/varint.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace saliency::onnx {

// Walks over the fields of one message:  while (fields.next()) switch (fields.tag()) { …; default: fields.skip(); }
class Fields {
 public:
  explicit Fields(std::string_view bytes) : reader_(bytes.data(), bytes.size()) {}

  bool next() { return reader_.next(); }
  std::uint32_t tag() const { return reader_.tag(); }
  void skip() {
    if (is_bytes()) check_length();
    reader_.skip();
  }

  bool is_bytes() const { return reader_.has_wire_type(protozero::pbf_wire_type::length_delimited); }

  std::int64_t integer() {
    require(protozero::pbf_wire_type::varint);
    return reader_.get_int64();
  }

  float real() {
    require(protozero::pbf_wire_type::fixed32);
    return reader_.get_float();
  }

  std::string_view bytes() {
    require(protozero::pbf_wire_type::length_delimited);
    check_length();
    const protozero::data_view view = reader_.get_view();
    return {view.data(), view.size()};
  }

  std::string text() { return std::string(bytes()); }
  Fields message() { return Fields(bytes()); }

  // A repeated field: packed, or one of its elements.
  void append_to(std::vector<std::int64_t>& values) {
    if (!is_bytes()) {
      values.push_back(integer());
      return;
    }
    check_length();
    for (const std::int64_t value : reader_.get_packed_int64()) values.push_back(value);
  }

  void append_to(std::vector<float>& values) {
    if (!is_bytes()) {
      values.push_back(real());
      return;
    }
    check_length();
    const auto packed = reader_.get_packed_float();
    values.insert(values.end(), packed.begin(), packed.end());
  }

  void append_to(std::vector<double>& values) {
    if (!is_bytes()) {
      require(protozero::pbf_wire_type::fixed64);
      values.push_back(reader_.get_double());
      return;
    }
    check_length();
    const auto packed = reader_.get_packed_double();
    values.insert(values.end(), packed.begin(), packed.end());
  }

 private:
  // protozero 1.7 compares the length as a signed number, which is too short for it where pointers have 32 bits.
  void check_length() const {
    const protozero::data_view rest = reader_.data();
    const char* position = rest.data();
    const char* const end = rest.data() + rest.size();
    const std::uint64_t length = protozero::decode_varint(&position, end);
    if (length > static_cast<std::uint64_t>(end - position)) throw protozero::end_of_buffer_exception{};
  }

  void require(protozero::pbf_wire_type type) const {
    if (!reader_.has_wire_type(type)) throw protozero::unknown_pbf_wire_type_exception{};
  }

  protozero::pbf_reader reader_;
};

}  // namespace saliency::onnx
