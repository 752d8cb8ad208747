#include "core/doctor/head_grade.h"

namespace panohead {

std::string_view faultName(HeadFault fault) noexcept {
  constexpr std::string_view kNames[] = {
      "mirrored_face", "holes", "floaters", "flat_head", "background_leak", "flicker"};
  return kNames[static_cast<std::size_t>(fault)];
}

}  // namespace panohead
