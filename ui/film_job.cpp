#include "ui/film_job.h"

#include "core/export/camera_set.h"
#include "core/export/video_file.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

namespace panohead::ui {
namespace {

int frameCount(const FilmRequest& request) {
  return static_cast<int>(std::lround(request.frames.duration() * request.frames_per_second)) + 1;
}

Moment momentOf(const FilmRequest& request, int frame) {
  return request.frames.at(frame / request.frames_per_second);
}

}  // namespace

std::string renderFilm(const FilmRequest& request, JobContext& context) {
  const int count = frameCount(request);
  HeadPtr head = request.head;
  std::optional<VideoWriter> writer;
  for (int i = 0; i < count; ++i) {
    context.report({"frames", i, count, {}});
    const Moment moment = momentOf(request, i);
    const HeadOptions& now = headOptions(*head);
    if (!sameIdentity(now, moment.head)) {
      head = makeHead(headModel(*head), moment.head, context);
    } else if (now.background != moment.head.background) {
      head = withBackground(head, moment.head.background, context);
    }
    ViewOptions view;
    view.camera = orbitLabel(moment.camera);
    view.mode = request.mode;
    view.neural_resolution = request.neural_resolution;
    const Frame frame = renderFrame(*head, view, context);
    if (!writer) {
      writer.emplace(request.path,
                     VideoFormat{frame.picture.width, frame.picture.height, request.frames_per_second});
    }
    writer->addFrame(frame.picture);
  }
  writer->finish();
  context.report({"frames", count, count, {}});
  return fmt::format("{} frames in '{}'{}{}",
                     count,
                     writer->path().string(),
                     writer->notice().empty() ? "" : ": ",
                     writer->notice());
}

void writeFilmCameras(const FilmRequest& request) {
  const int side = modelInfo(*headModel(*request.head)).image_resolution;
  CameraSet cameras{request.frames_per_second, side, side, {}};
  const int count = frameCount(request);
  for (int i = 0; i < count; ++i) {
    cameras.frames.push_back(orbitLabel(momentOf(request, i).camera));
  }
  writeCameraSet(request.path, cameras);
}

}  // namespace panohead::ui
