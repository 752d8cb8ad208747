#include "core/base/frame.h"

namespace panohead {

double totalMilliseconds(std::span<const StageTime> times) noexcept {
  double sum = 0;
  for (const StageTime& time : times) {
    sum += time.milliseconds;
  }
  return sum;
}

}  // namespace panohead
