#pragma once

#include "core/filming/film_run.h"
#include "core/session/project.h"
#include "core/session/studio.h"

#include <filesystem>
#include <string>
#include <vector>

namespace panohead::ui {

/// What a film shows. All but KeyFrames are loops.
enum class FilmSubject {
  Orbit,          // the head, from all around
  KeyFrames,      // of the time line
  Interpolation,  // heads that flow into each other, while the camera turns once
  Grid,           // heads side by side, from all around
  BeforeAfter     // the head without and with its edits, from all around, a line between
};

struct FilmRequest {
  HeadPtr head;  // whose model is drawn
  FilmSubject subject = FilmSubject::KeyFrames;
  KeyFrames frames;                // of KeyFrames
  std::vector<HeadOptions> heads;  // of Interpolation and Grid
  OrbitView camera{};              // the first frame's, where there are no key frames
  double seconds = 4;              // where there are no key frames
  RenderMode mode = RenderMode::Picture;
  int size = 0;  // pixels a side of each head; 0: as the mode draws it
  FilmFormat format{};
  std::filesystem::path
      path;  // `.mp4`, `.webm`, `.webp`, or a new folder of PNG files; all but MP4 keep alpha
};

/// How many frames a request has.
int framesOf(const FilmRequest& request);

/// What to expect of a film; 0 is said of what is not known yet.
struct FilmForecast {
  double seconds = 0;  // known once this model has drawn a head and a picture
  double bytes = 0;    // known by the megabits, or once a film like this has been made
};
/// @param request its head may be missing, and its path
FilmForecast forecastFilm(const FilmRequest& request, const ModelPtr& model, FilmKind kind);

/// Along the key frames of a project.
FilmRequest keyFrameFilm(HeadPtr head, const Project& project, const std::filesystem::path& path);

struct FilmResult {
  std::filesystem::path path;  // under which the film lies now
  std::string told;            // a sentence about it
};

/// Draws and writes it, with progress. Nothing is left of a cancelled film; a folder of pictures stays as
/// `name.part`, and the same request goes on there.
/// Throws OptionError (fewer than two key frames or heads, no edits), SaveError, DeviceError; Cancelled.
FilmResult renderFilm(const FilmRequest& request, JobContext& context);

/// The camera of every frame of the key frames as a JSON file (core/export/camera_set.h). Throws OptionError,
/// SaveError.
void writeFilmCameras(const FilmRequest& request);

}  // namespace panohead::ui
