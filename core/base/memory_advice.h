#pragma once

#include <string_view>

namespace panohead {

/// What the user of a training run may lower when memory runs out.
inline constexpr const char* kLowerMemory =
    "lower --batch-gpu (the batch then goes in rounds), --neural-rendering-resolution-initial or "
    "--depth-resolution; --dry-run forecasts what a run takes";

/// Whether a library's error says that memory ran out: of CUDA, of LibTorch's allocator for CPUs, of cuBLAS,
/// of oneDNN, which only says what it could not make ("illegal memory access" is another thing).
bool tellsOfMemory(std::string_view error) noexcept;

}  // namespace panohead
