#include "core/training/library_errors.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

namespace panohead {

namespace {

bool tellsOfMemory(std::string_view text) {
  // Of CUDA, of the allocator for CPUs, of cuBLAS. "illegal memory access" is another thing.
  constexpr std::array<std::string_view, 4> kSigns{
      "out of memory", "allocate memory", "not enough memory", "ALLOC_FAILED"};
  return std::ranges::any_of(
      kSigns, [&](std::string_view sign) { return text.find(sign) != std::string_view::npos; });
}

[[noreturn]] void outOfMemory(const std::string& lower, const std::string& detail) {
  throw DeviceError("out of memory while training", lower, detail);
}

}  // namespace

void withLibraryErrors(const std::function<void()>& work, const std::string& lower) {
  try {
    work();
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (tellsOfMemory(text)) {
      outOfMemory(lower, text);
    }
    throw TrainingError(fmt::format("LibTorch cannot go on: {}", text.substr(0, text.find('\n'))),
                        "give the same command again: the run goes on from its newest checkpoint",
                        text);
  } catch (const std::bad_alloc& error) {
    outOfMemory(lower, error.what());
  }
}

}  // namespace panohead
