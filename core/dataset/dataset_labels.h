#pragma once

#include "core/base/camera.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// The largest dataset.json that is read: of a million pictures it has 200 MB.
inline constexpr std::uint64_t kMaxLabelBytes = 1'000'000'000;

/// One line of dataset.json.
struct LabelRow {
  std::string name;
  CameraLabel label{};
  std::string problem;  // empty; or why there is no usable label: "it has 24 numbers, not 25"
};

/// Reads {"labels": [[name, [25 numbers or numeric strings]], ...]} (EG3D's format). Rows with a bad label
/// come with the reason. Throws DatasetError naming `file` when the whole cannot be understood.
std::vector<LabelRow> parseLabels(std::span<const std::byte> bytes, const std::string& file);

/// The text of such a file, a row a line; floats as short as they read back exactly. Throws DatasetError when
/// a name is not valid text (UTF-8).
std::string writeLabels(std::span<const LabelRow> rows);

}  // namespace panohead
