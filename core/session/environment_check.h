#pragma once

namespace panohead {

/// Throws OptionError where PANOHEAD_SIMD or PANOHEAD_PRECISION has a value that means nothing: what reads
/// them passes over it, and measures would be of something else than was asked for.
void checkEnvironment();

}  // namespace panohead
