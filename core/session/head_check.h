#pragma once

#include "core/doctor/head_grade.h"
#include "core/session/studio.h"

namespace panohead {

/// Draws the head from eight sides, four of them twice, two degrees apart, and measures. The head's own
/// background choice does not matter. Deterministic.
/// Throws Cancelled, DeviceError.
HeadGrade checkHead(const Head& head, JobContext& context);

}  // namespace panohead
