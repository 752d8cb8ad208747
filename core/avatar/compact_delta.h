#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace panohead {

/// Rows of numbers, each with a scale and a width of its own: value = scale * integer. A row of width 1 holds
/// signs; of width b in 2..8 integers in [-(2^(b-1) - 1), 2^(b-1) - 1]; of width 0 zeros.
struct QuantisedRows {
  std::int64_t rows = 0, columns = 0;
  std::vector<float> scale;         // [rows]
  std::vector<std::uint8_t> width;  // [rows] bits, 0..8
  std::vector<std::uint8_t> bytes;  // the rows one after the other, each padded to whole bytes

  std::size_t size() const noexcept { return bytes.size() + rowsSize(); }
  bool operator==(const QuantisedRows&) const = default;

 private:
  std::size_t rowsSize() const noexcept { return scale.size() * sizeof(float) + width.size(); }
};

/// How one parameter was changed by tuning: as a matrix [shape[0], rest of the shape].
struct DeltaPart {
  enum class Kind : std::uint8_t {
    Half,     // `half`: every number
    Dense,    // `right`: [rows, columns]
    LowRank,  // transposed `left` [rank, rows] times `right` [rank, columns]
    Sparse,   // `right` [1, count]: numbers whose places are `gaps`
  };
  std::string name;                   // of the parameter
  std::vector<std::int64_t> shape{};  // of the parameter
  Kind kind = Kind::Half;
  std::vector<std::uint16_t> half{};  // IEEE half floats
  QuantisedRows left{}, right{};
  /// From one place of the row-major order to the next, the first counted from -1; 255: go on by 255, the
  /// place follows.
  std::vector<std::uint8_t> gaps{};

  std::size_t size() const noexcept { return half.size() * 2 + left.size() + right.size() + gaps.size(); }
  bool operator==(const DeltaPart&) const = default;
};

/// Tuned weights minus the model's, small enough to be kept with a head (core/avatar/weight_delta.h makes and
/// unpacks it).
struct CompactDelta {
  std::vector<DeltaPart> parts;

  bool empty() const noexcept { return parts.empty(); }
  std::size_t size() const noexcept {  // bytes
    std::size_t sum = 0;
    for (const DeltaPart& part : parts) {
      sum += part.size();
    }
    return sum;
  }
  bool operator==(const CompactDelta&) const = default;
};

}  // namespace panohead
