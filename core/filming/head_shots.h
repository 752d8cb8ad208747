#pragma once

#include "core/filming/shot_film.h"

#include <vector>

namespace panohead {

/// One head from all around: the camera turns once, at an even speed, beginning at `start`; a loop.
/// Throws OptionError when there would be no frame, or too many (a million).
Shots orbitShots(const HeadOptions& head, const OrbitView& start, int frames);

/// Heads that flow into each other on straight lines in w (SPEC: w is linear), from the last back to the
/// first; a loop. The camera turns `turns` times meanwhile. Throws OptionError when there are fewer than two
/// heads, fewer frames than heads, or too many frames.
Shots throughHeads(const std::vector<HeadOptions>& heads, const OrbitView& start, double turns, int frames);

}  // namespace panohead
