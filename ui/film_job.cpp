#include "ui/film_job.h"

#include "core/base/error.h"
#include "core/export/camera_set.h"
#include "core/filming/grid_film.h"
#include "core/filming/head_shots.h"
#include "core/filming/shot_film.h"

#include <fmt/format.h>

#include <cmath>

namespace panohead::ui {
namespace {

/// What a folder of pictures that was begun is compared with: the project as its file would be.
std::string sourceOf(const FilmRequest& request) {
  Project project;
  project.model.path = modelInfo(*headModel(*request.head)).path;
  project.head = headOptions(*request.head);
  project.camera = request.camera;
  project.key_frames = request.frames;
  project.frames_per_second = request.format.fps;
  for (const HeadOptions& head : request.heads) {
    project.gallery.push_back({"", head});
  }
  return fmt::format("subject: {}\nproject: {}\n", static_cast<int>(request.subject), projectDigest(project));
}

std::unique_ptr<Film> filmOf(const FilmRequest& request) {
  const ModelPtr& model = headModel(*request.head);
  const HeadOptions& head = headOptions(*request.head);
  const std::string source = sourceOf(request);
  const auto frames = static_cast<int>(std::lround(request.seconds * request.format.fps));
  const auto film = [&](const HeadPtr& first, Shots shots) {
    ViewOptions view;
    view.mode = request.mode;
    return shotFilm(model, first, std::move(shots), view, request.size, source);
  };
  switch (request.subject) {
    case FilmSubject::Orbit:
      return film(request.head, orbitShots(head, request.camera, frames));
    case FilmSubject::Interpolation:
      return film(nullptr, throughHeads(request.heads, request.camera, 1, frames));
    case FilmSubject::Grid: {
      std::vector<std::unique_ptr<Film>> films;
      for (const HeadOptions& one : request.heads) {
        films.push_back(film(nullptr, orbitShots(one, request.camera, frames)));
      }
      return gridFilm(std::move(films), 0);
    }
    case FilmSubject::BeforeAfter: {
      HeadOptions plain = head;
      plain.edits.clear();
      if (plain == head) {
        throw OptionError("this head has no edits: before and after are the same",
                          "move a slider in Edit first");
      }
      return splitFilm(film(nullptr, orbitShots(plain, request.camera, frames)),
                       film(request.head, orbitShots(head, request.camera, frames)),
                       std::nullopt);
    }
    case FilmSubject::KeyFrames:
      break;
  }
  return film(request.head, shotsOf(request.frames, request.format.fps));
}

}  // namespace

FilmRequest keyFrameFilm(HeadPtr head, const Project& project, const std::filesystem::path& path) {
  FilmRequest request;
  request.head = std::move(head);
  request.frames = project.key_frames;
  request.mode = project.mode;
  request.format.fps = project.frames_per_second;
  request.path = path;
  return request;
}

FilmResult renderFilm(const FilmRequest& request, JobContext& context) {
  std::string notices;
  const FilmReport report =
      writeFilm(*filmOf(request), request.path, request.format, false, context, [&](const std::string& line) {
        notices += ". " + line;
      });
  return {report.path, sentenceOf(report) + notices};
}

void writeFilmCameras(const FilmRequest& request) {
  const int side = modelInfo(*headModel(*request.head)).image_resolution;
  CameraSet cameras{request.format.fps, side, side, {}};
  const Shots shots = shotsOf(request.frames, request.format.fps);
  for (int i = 0; i < shots.count; ++i) {
    cameras.frames.push_back(shots.at(i).camera);
  }
  writeCameraSet(request.path, cameras);
}

}  // namespace panohead::ui
