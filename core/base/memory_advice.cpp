#include "core/base/memory_advice.h"

#include <algorithm>
#include <array>

namespace panohead {

bool tellsOfMemory(std::string_view error) noexcept {
  // oneDNN's are whole: shapes that it does not know are "could not create a primitive descriptor for ...".
  constexpr std::array<std::string_view, 3> kOfOneDnn{
      "could not create a primitive", "could not create a memory object", "could not execute a primitive"};
  constexpr std::array<std::string_view, 4> kSigns{
      "out of memory", "allocate memory", "not enough memory", "ALLOC_FAILED"};
  return std::ranges::find(kOfOneDnn, error) != kOfOneDnn.end() ||
         std::ranges::any_of(
             kSigns, [error](std::string_view sign) { return error.find(sign) != std::string_view::npos; });
}

}  // namespace panohead
