#pragma once

#include "core/jobs/job.h"

#include <cstddef>
#include <functional>
#include <string>

namespace panohead {

/// Calls work(0) .. work(count - 1), in any order, on `threads` threads (0: one for each core), while this
/// one reports progress as `stage` and watches for a stop. Of several failures the one of the lowest
/// index is thrown, so that messages do not depend on timing. Throws Cancelled. All threads have ended when
/// it returns or throws.
void parallelFor(std::size_t count,
                 int threads,
                 const std::string& stage,
                 JobContext& context,
                 const std::function<void(std::size_t)>& work);

}  // namespace panohead
