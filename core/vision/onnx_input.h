#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace panohead {

/// Dimensions of the first input that an ONNX file states; -1 where it leaves one open; empty when it says
/// nothing or is no such file. (OpenCV reads them, but tells nobody.)
std::vector<std::int64_t> onnxInputShape(std::span<const std::byte> file);

}  // namespace panohead
