#include "ui/film_job.h"

#include "core/export/camera_set.h"
#include "core/filming/film_run.h"
#include "core/filming/shot_film.h"

#include <fmt/format.h>

namespace panohead::ui {
namespace {

/// What a folder of pictures that was begun is compared with: the project as its file would be.
std::string sourceOf(const FilmRequest& request) {
  Project project;
  project.model.path = modelInfo(*headModel(*request.head)).path;
  project.key_frames = request.frames;
  project.frames_per_second = request.frames_per_second;
  return fmt::format("project: {}\n", projectDigest(project));
}

}  // namespace

std::string renderFilm(const FilmRequest& request, JobContext& context) {
  ViewOptions view;
  view.mode = request.mode;
  view.neural_resolution = request.neural_resolution;
  const auto film = shotFilm(headModel(*request.head),
                             request.head,
                             shotsOf(request.frames, request.frames_per_second),
                             view,
                             0,
                             sourceOf(request));
  std::string notices;
  const FilmReport report = writeFilm(
      *film, request.path, {.fps = request.frames_per_second}, false, context, [&](const std::string& line) {
        notices += ". " + line;
      });
  return sentenceOf(report) + notices;
}

void writeFilmCameras(const FilmRequest& request) {
  const int side = modelInfo(*headModel(*request.head)).image_resolution;
  CameraSet cameras{request.frames_per_second, side, side, {}};
  const Shots shots = shotsOf(request.frames, request.frames_per_second);
  for (int i = 0; i < shots.count; ++i) {
    cameras.frames.push_back(shots.at(i).camera);
  }
  writeCameraSet(request.path, cameras);
}

}  // namespace panohead::ui
