#pragma once

#include "core/jobs/job.h"

#include <glm/vec3.hpp>

#include <cstdint>
#include <vector>

namespace panohead {

/// Fills the pixels of a picture that are not known, smoothly, from those that are around them: the picture
/// is halved again and again, known pixels only (Gortler et al., "The Lumigraph", 1996), and what is not
/// known is taken from the next smaller one. @param known [width * height], 0: fill
/// Throws Cancelled.
void pushPull(std::vector<glm::vec3>& pixels,
              std::vector<std::uint8_t>& known,
              int width,
              int height,
              JobContext& context);

}  // namespace panohead
