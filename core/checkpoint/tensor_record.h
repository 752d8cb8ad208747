#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// Element types found in the model files of this family.
enum class DType : std::uint8_t { F32, F64, F16, BF16, I64, I32, I16, I8, U8, Bool };

std::size_t itemSize(DType type) noexcept;
const char* dtypeName(DType type) noexcept;  // "float32", ...
constexpr bool isFloating(DType type) noexcept { return type <= DType::BF16; }

inline constexpr std::size_t kMaxDimensions = 16;

/// One tensor as it lies in a file: nothing is copied, nothing is converted. The reader that made
/// it has checked that every element lies inside `storage`.
struct TensorRecord {
  std::string name;  // full dotted name inside its network, "backbone.synthesis.b8.conv0.weight"
  DType dtype = DType::F32;
  std::vector<std::int64_t> shape{};     // sizes >= 0; empty for a scalar
  std::vector<std::int64_t> stride{};    // in elements, >= 0, same length as shape
  std::int64_t offset = 0;               // of the first element, in elements of `storage`
  std::span<const std::byte> storage{};  // little-endian; may be unaligned; lives as long as the Checkpoint
  bool is_parameter = false;             // false: buffer or plain attribute
  bool in_state_dict = true;  // false: plain attribute or non-persistent buffer of a pickled object

  std::int64_t elementCount() const noexcept;
  std::size_t byteCount() const noexcept;  // of the elements, not of the storage
  bool isContiguous() const;               // row-major without gaps
};

/// Product of the sizes; nothing when one is negative or the product exceeds 63 bits.
std::optional<std::int64_t> checkedElementCount(std::span<const std::int64_t> shape) noexcept;

/// Row-major strides of a shape whose element count has been checked.
std::vector<std::int64_t> contiguousStride(std::span<const std::int64_t> shape);

/// What is wrong with the record (sizes, strides, an element outside of the storage), or nothing.
/// Overflow-safe for any numbers. A record with a zero size is legal.
std::optional<std::string> recordFault(const TensorRecord& record);

/// Copies elements [first, first + count) of the row-major order into `out` (count * itemSize bytes).
void copyElements(const TensorRecord& record, std::int64_t first, std::int64_t count, std::byte* out);

/// "[512, 3, 3]"
std::string shapeText(std::span<const std::int64_t> shape);

/// Whether a tensor of this name is a buffer in the published networks; for files that do not say.
bool isBufferName(std::string_view name) noexcept;

/// The same for plain attributes, which our own files carry along.
bool isAttributeName(std::string_view name) noexcept;

}  // namespace panohead
