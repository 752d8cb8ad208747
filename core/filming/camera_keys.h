#pragma once

#include "core/export/camera_set.h"
#include "core/jobs/job.h"
#include "core/session/key_frames.h"

namespace panohead {

/// An orbit view with this label: its pivot is the point of the line of sight that is nearest to the middle
/// of the head. What orbit views cannot hold (lenses that are not square or not centred) is left out.
/// Straight from above and below, where yaw and roll are one, roll is chosen.
/// @param label a sound camera: a rotation, and a focal length above 0
OrbitView orbitOfLabel(const CameraLabel& label);

/// Key frames whose path goes through the cameras of a set, at their times, with one head: so few that the
/// head is still seen within half a hundredth of a picture of where it should be; where the cameras jump, one
/// for each.
/// Turns are followed, not unwound: a set that goes around twice is a path that does.
/// Throws OptionError when there is no camera, or there are too many (10000); Cancelled.
KeyFrames keyFramesOf(const CameraSet& cameras, const HeadOptions& head, JobContext& context);

}  // namespace panohead
