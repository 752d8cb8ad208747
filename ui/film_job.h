#pragma once

#include "core/session/project.h"
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
      path;  // `.mp4`, `.webm`, `.webp`, or a new folder of PNG files; all but MP4 keep alpha
};

/// Draws and writes it, with progress. Nothing is left of a cancelled film; a folder of pictures stays as
/// `name.part`, and the same request goes on there. @return a sentence about what became of it.
/// Throws OptionError (fewer than two key frames), SaveError, DeviceError; Cancelled.
std::string renderFilm(const FilmRequest& request, JobContext& context);

/// The camera of every frame as a JSON file (core/export/camera_set.h). Throws OptionError, SaveError.
void writeFilmCameras(const FilmRequest& request);

}  // namespace panohead::ui
