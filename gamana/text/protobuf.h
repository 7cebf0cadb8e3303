#pragma once
// The wire format of protobuf messages (protobuf.dev/programming-guides/encoding), as far as SentencePiece's files need
// it.
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace gamana {

struct ProtobufField {
  uint64_t number = 0;
  int wire_type = 0;            // 0 varint, 1 eight bytes, 2 bytes with a length, 5 four bytes
  uint64_t value = 0;           // of the wire types 0, 1 and 5
  std::string_view bytes = {};  // of wire type 2

  float as_float() const {  // of wire type 5
    const uint32_t bits = static_cast<uint32_t>(value);
    float out;
    std::memcpy(&out, &bits, sizeof out);
    return out;
  }
};

inline std::optional<uint64_t> read_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size() && i < 10; ++i) {
    value |= static_cast<uint64_t>(bytes[i] & 0x7F) << (7 * i);
    if ((bytes[i] & 0x80) == 0) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

// Takes the first field off `message`, which must not be empty. None where the message is broken.
inline std::optional<ProtobufField> read_field(std::string_view& message) {
  const std::optional<uint64_t> key = read_varint(message);
  if (!key) return std::nullopt;
  ProtobufField field{.number = *key >> 3, .wire_type = static_cast<int>(*key & 7)};
  if (field.wire_type == 0 || field.wire_type == 2) {
    const std::optional<uint64_t> value = read_varint(message);
    if (!value) return std::nullopt;
    field.value = *value;
    if (field.wire_type == 0) return field;
    if (field.value > message.size()) return std::nullopt;
    field.bytes = message.substr(0, field.value);
    message.remove_prefix(field.value);
    return field;
  }
  const size_t size = field.wire_type == 1 ? 8 : field.wire_type == 5 ? 4 : 0;
  if (size == 0 || size > message.size()) return std::nullopt;
  std::memcpy(&field.value, message.data(), size);
  message.remove_prefix(size);
  return field;
}

// Calls `body(field)` for each field. False where the message is broken or `body` says so.
template <class Body>
bool every_field(std::string_view message, const Body& body) {
  while (!message.empty()) {
    const std::optional<ProtobufField> field = read_field(message);
    if (!field || !body(*field)) return false;
  }
  return true;
}

}  // namespace gamana
