#pragma once

#include "core/doctor/head_grade.h"
#include "core/fast/head_renderer.h"
#include "core/jobs/job.h"

namespace panohead::doctor {

/// A head to be examined, however it is drawn.
struct Patient {
  const HeadRenderer& renderer;
  at::Tensor background;  // [1, 32, B, B]; undefined: the model has no background network
};

/// What checkHead() does. @param settings the model's own; the resolution of volume rendering is capped.
HeadGrade examine(const Patient& patient, SynthesisSettings settings, JobContext& context);

}  // namespace panohead::doctor
