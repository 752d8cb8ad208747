#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace panohead {

/// What can be wrong with a head (resources/docs/doctor.md).
enum class HeadFault { MirroredFace, Holes, Floaters, FlatHead, BackgroundLeak, Flicker };

struct HeadMeasure {
  HeadFault fault{};
  double value = 0;  // 0 = as it should be
  double limit = 0;  // from here on it is a fault
  double score = 1;  // in [0, 1]; 1/2 at the limit
};

/// How good a head is, and why.
struct HeadGrade {
  double grade = 0;                     // 0 .. 100: the product of the scores
  std::vector<HeadMeasure> measures{};  // one for each HeadFault, in its order
  std::vector<std::string> reasons{};   // a sentence for each measure beyond its limit, worst first
};

/// "mirrored_face", for tables and JSON.
std::string_view faultName(HeadFault fault) noexcept;

}  // namespace panohead
