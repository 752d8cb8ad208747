#pragma once

#include "core/session/key_frames.h"
#include "core/session/studio.h"

#include <filesystem>
#include <string>

namespace panohead::ui {

/// A film through key frames.
struct FilmRequest {
  HeadPtr head;  // whose model is drawn
  KeyFrames frames;
  double frames_per_second = 30;
  RenderMode mode = RenderMode::Picture;
  int neural_resolution = 0;  // 0: the model's
  std::filesystem::path
      path;  // `.mp4`, or a new folder of PNG files (with alpha where there is no background)
};

/// Draws and writes it, with progress; nothing is left of a cancelled one. @return a sentence about what
/// became of it. Throws OptionError, SaveError, DeviceError; Cancelled.
std::string renderFilm(const FilmRequest& request, JobContext& context);

/// The camera of every frame as a JSON file (core/export/camera_set.h). Throws OptionError, SaveError.
void writeFilmCameras(const FilmRequest& request);

}  // namespace panohead::ui
