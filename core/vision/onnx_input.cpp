#include "core/vision/onnx_input.h"

#include <optional>

namespace panohead {
namespace {

using Bytes = std::span<const std::byte>;

std::optional<std::uint64_t> takeVarint(Bytes& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(bytes.front());
    bytes = bytes.subspan(1);
    value |= (byte & 127) << shift;
    if ((byte & 128) == 0) {
      return value;
    }
  }
  return std::nullopt;
}

/// One field of a protobuf message: its bytes, or its number in `value`.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;
  Bytes bytes;
};

std::optional<Field> takeField(Bytes& bytes) {
  const auto key = takeVarint(bytes);
  if (!key) {
    return std::nullopt;
  }
  Field field;
  field.number = *key >> 3;
  std::uint64_t length = 0;
  switch (*key & 7) {
    case 0:
      if (const auto value = takeVarint(bytes)) {
        field.value = *value;
        return field;
      }
      return std::nullopt;
    case 1:
      length = 8;
      break;
    case 2:
      length = takeVarint(bytes).value_or(bytes.size() + 1);
      break;
    case 5:
      length = 4;
      break;
    default:
      return std::nullopt;
  }
  if (length > bytes.size()) {
    return std::nullopt;
  }
  field.bytes = bytes.first(length);
  bytes = bytes.subspan(length);
  return field;
}

/// The first field of that number inside a message; empty when there is none.
Bytes inside(Bytes message, std::uint64_t number) {
  while (const auto field = takeField(message)) {
    if (field->number == number) {
      return field->bytes;
    }
  }
  return {};
}

}  // namespace

std::vector<std::int64_t> onnxInputShape(std::span<const std::byte> file) {
  // onnx.proto: Model.graph = 7, Graph.input = 11, ValueInfo.type = 2, Type.tensor_type = 1, Tensor.shape =
  // 2, of which every field is a dimension (1) with its value (1).
  Bytes shape = inside(inside(inside(inside(inside(file, 7), 11), 2), 1), 2);
  std::vector<std::int64_t> dimensions;
  while (const auto dimension = takeField(shape)) {
    Bytes content = dimension->bytes;
    const auto value = takeField(content);
    dimensions.push_back(
        value && value->number == 1 && value->value > 0 ? static_cast<std::int64_t>(value->value) : -1);
  }
  return dimensions;
}

}  // namespace panohead
