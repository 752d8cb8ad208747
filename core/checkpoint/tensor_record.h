#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Element types found in the model files of this family.
enum class DType : std::uint8_t { F32, F64, F16, BF16, I64, I32, I16, I8, U8, Bool };

std::size_t itemSize(DType type) noexcept;
const char* dtypeName(DType type) noexcept;  // "float32", ...

/// One tensor as it lies in a file: nothing is copied, nothing is converted. The reader that made
/// it has checked that every element lies inside `storage`.
struct TensorRecord {
  std::string name;  // full dotted name inside its network, "backbone.synthesis.b8.conv0.weight"
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape;   // sizes >= 0; empty for a scalar
  std::vector<std::int64_t> stride;  // in elements, same length as shape
  std::int64_t offset = 0;           // of the first element, in elements of `storage`
  std::span<const std::byte> storage;  // little-endian; may be unaligned; lives as long as the Checkpoint
  bool is_parameter = false;           // false: buffer or plain attribute (or unknown)

  std::int64_t elementCount() const noexcept;
};

}  // namespace panohead
