#pragma once

#include "core/export/camera_set.h"
#include "core/filming/film.h"
#include "core/session/key_frames.h"
#include "core/session/studio.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace panohead {

/// What one frame shows.
struct Shot {
  CameraLabel camera{};
  HeadOptions head{};
};

struct Shots {
  int count = 0;
  std::function<Shot(int)> at;  // frame 0 .. count - 1
};

/// Along key frames. A path whose last key frame shows what the first shows, perhaps some turns later, is a
/// loop: its last frame is the one before the first.
/// Throws OptionError when fewer than two key frames are there, or too many frames (a million) would be.
Shots shotsOf(const KeyFrames& frames, double fps);

/// One head through given cameras. Throws OptionError when there is none.
Shots shotsOf(const CameraSet& cameras, const HeadOptions& head);

/// A film of shots.
/// @param head when it is given, the first frames need not be computed anew
/// @param size pixels a side; 0 = as the mode draws it
/// @param source what the shots came from, for Film::settings()
std::unique_ptr<Film> shotFilm(
    ModelPtr model, HeadPtr head, Shots shots, const ViewOptions& view, int size, const std::string& source);

/// Two films side by side in one picture, a line between: the first is seen left of it. The films have equal
/// size, else OptionError; it is as long as the shorter.
/// @param place of the line, 0 .. 1 of the width; nothing: it sweeps to the right, to the left and back to
/// the middle once, so that loops stay loops
std::unique_ptr<Film> splitFilm(std::unique_ptr<Film> before,
                                std::unique_ptr<Film> after,
                                std::optional<double> place);

}  // namespace panohead
