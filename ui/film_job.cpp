#include "ui/film_job.h"

#include "core/base/error.h"
#include "core/export/camera_set.h"
#include "core/filming/export_pace.h"
#include "core/filming/grid_film.h"
#include "core/filming/head_shots.h"
#include "core/filming/shot_film.h"
#include "core/session/avatar_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

namespace panohead::ui {
namespace {

/// What a folder of pictures that was begun is compared with: the project as its file would be.
std::string sourceOf(const FilmRequest& request, JobContext& context) {
  const Model& model = *headModel(*request.head);
  Project project;
  project.model = {modelInfo(model).path, modelSha256(model, context)};
  project.head = headOptions(*request.head);
  project.camera = request.camera;
  project.key_frames = request.frames;
  project.frames_per_second = request.format.fps;
  for (const HeadOptions& head : request.heads) {
    project.gallery.push_back({"", head});
  }
  return fmt::format("subject: {}\nproject: {}\n", static_cast<int>(request.subject), projectDigest(project));
}

std::unique_ptr<Film> filmOf(const FilmRequest& request, JobContext& context) {
  const ModelPtr& model = headModel(*request.head);
  const HeadOptions& head = headOptions(*request.head);
  const std::string source = sourceOf(request, context);
  const int frames = framesOf(request);
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

PaceMemory& paces() {
  static PaceMemory memory;
  return memory;
}

/// What decides how large frames become.
std::string kindOf(const FilmRequest& request, FilmKind kind) {
  return fmt::format("{} {} {} {} {} {}",
                     static_cast<int>(request.subject),
                     static_cast<int>(kind),
                     request.format.quality,
                     request.size,
                     static_cast<int>(request.mode),
                     request.heads.size());
}

bool isCoded(FilmKind kind) { return kind == FilmKind::Mp4 || kind == FilmKind::WebM; }

/// Share of the frames for which a head is made: between key frames of different heads.
double madeShare(const KeyFrames& path) {
  double seconds = 0;
  const std::vector<KeyFrame>& frames = path.frames();
  for (std::size_t i = 1; i < frames.size(); ++i) {
    if (!sameIdentity(frames[i - 1].head, frames[i].head)) {
      seconds += frames[i].seconds - frames[i - 1].seconds;
    }
  }
  return path.duration() > 0 ? seconds / path.duration() : 0;
}

double bytesOf(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) {
    return static_cast<double>(std::filesystem::file_size(path, ignored));
  }
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    bytes += static_cast<double>(entry.file_size(ignored));
  }
  return bytes;
}

}  // namespace

int framesOf(const FilmRequest& request) {
  const double seconds =
      request.subject == FilmSubject::KeyFrames ? request.frames.duration() : request.seconds;
  return static_cast<int>(std::lround(seconds * request.format.fps));
}

FilmForecast forecastFilm(const FilmRequest& request, const ModelPtr& model, FilmKind kind) {
  FilmForecast forecast;
  const int frames = framesOf(request);
  const double picture = pictureSeconds(*model), head = headSeconds(*model);
  if (request.mode == RenderMode::Picture && picture > 0 && head > 0) {
    const double pictures = request.subject == FilmSubject::Grid ? static_cast<double>(request.heads.size())
                            : request.subject == FilmSubject::BeforeAfter ? 2
                                                                          : 1;
    const double made = request.subject == FilmSubject::Interpolation ? 1
                        : request.subject == FilmSubject::KeyFrames   ? madeShare(request.frames)
                                                                      : 0;
    forecast.seconds = frames * (pictures * picture + made * head);
  }
  if (isCoded(kind) && request.format.megabits > 0) {
    forecast.bytes = frames / request.format.fps * request.format.megabits * 1e6 / 8;
  } else if (const auto pace = paces().find(model, kindOf(request, kind))) {
    forecast.bytes = frames * pace->bytes;
  }
  return forecast;
}

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
  const FilmReport report = writeFilm(
      *filmOf(request, context), request.path, request.format, false, context, [&](const std::string& line) {
        notices += ". " + line;
      });
  const FilmKind kind = filmKind(request.path);
  if (!isCoded(kind) || request.format.megabits == 0) {
    const auto frames = static_cast<double>(std::max(1, report.frames));
    paces().note(headModel(*request.head), kindOf(request, kind), {.bytes = bytesOf(report.path) / frames});
  }
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
