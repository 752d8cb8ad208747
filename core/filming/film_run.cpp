#include "core/filming/film_run.h"

#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/jobs/step_context.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace panohead {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

std::string sentenceOf(const FilmReport& report) {
  const FilmTimes& times = report.times;
  return fmt::format(
      "{} frames in '{}'{} (drawing {:.1f} s, waiting for the encoder {:.1f} s; beside it converting {:.1f} "
      "s, "
      "encoding {:.1f} s)",
      report.frames,
      report.path.string(),
      report.resumed > 0 ? fmt::format(", {} of them from an earlier run", report.resumed) : "",
      times.drawing,
      times.waiting,
      times.encoder.converting,
      times.encoder.encoding);
}

FilmReport writeFilm(Film& film,
                     const std::filesystem::path& path,
                     const FilmFormat& format,
                     bool keep_part,
                     JobContext& context,
                     const std::function<void(const std::string&)>& notice) {
  VideoFormat video;
  video.width = film.width();
  video.height = film.height();
  video.fps = format.fps;
  video.quality = format.quality;
  video.megabits = format.megabits;
  video.alpha = film.hasAlpha();
  video.settings = film.settings();
  if (video.alpha && !keepsAlpha(filmKind(path))) {
    throw OptionError(fmt::format("'{}': this kind of film has no transparency", path.string()),
                      "choose a background, or a name that ends in .webm or .webp, or a folder of pictures");
  }
  VideoWriter writer(path, video);
  if (!writer.notice().empty()) {
    notice(writer.notice());
  }
  FilmReport report;
  report.resumed = writer.resumed();
  if (report.resumed > 0) {
    notice(fmt::format("going on behind the {} frames of an earlier run", report.resumed));
  }
  StepContext within(context);
  Progress progress{"filming", report.resumed, film.frames(), {}};
  const auto keepPart = [&] {
    if (const std::filesystem::path part = writer.keepPart(); !part.empty()) {
      notice(fmt::format(
          "{} of {} frames are in '{}'{}",
          writer.frames(),
          film.frames(),
          part.string(),
          writer.kind() == FilmKind::Pictures ? "; the same film goes on there when it is made again" : ""));
    }
  };
  try {
    for (int i = report.resumed; i < film.frames(); ++i) {
      context.checkpoint();
      context.report(progress);
      const auto begin = Clock::now();
      Image image = film.frame(i, within);
      const auto drawn = Clock::now();
      report.times.drawing += std::chrono::duration<double>(drawn - begin).count();
      writer.addFrame(std::move(image));
      report.times.waiting += secondsSince(drawn);
      ++progress.step;
    }
    context.report(progress);
    const auto begin = Clock::now();
    writer.finish();
    report.times.waiting += secondsSince(begin);
  } catch (const Cancelled&) {
    if (keep_part || writer.kind() == FilmKind::Pictures) {
      keepPart();
    }
    throw;
  } catch (const SaveError&) {  // the disk is full: whole pictures stay
    if (writer.kind() == FilmKind::Pictures) {
      keepPart();
    }
    throw;
  }
  report.times.encoder = writer.times();
  report.path = writer.path();
  report.frames = writer.frames();
  return report;
}

}  // namespace panohead
