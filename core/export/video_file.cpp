#include "core/export/video_file.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "core/base/system_memory.h"
#include "core/export/film_file.h"
#include "core/export/picture_folder.h"

#include <fmt/format.h>

#include <utility>

namespace panohead {
namespace {

/// Said before anything is drawn. An encoder looks ahead, and a queue waits for it.
void requireMemory(FilmKind kind, const VideoFormat& format) {
  const double pixels = static_cast<double>(format.width) * format.height;
  const double needed = pixels * (4 * 4 + (kind == FilmKind::Pictures ? 4 : 1.5 * 60));
  const auto available = static_cast<double>(availableMemory());
  if (available > 0 && needed > available) {
    throw OptionError(
        fmt::format("a film of {} x {} pixels needs {:.1f} GB of memory, and {:.1f} GB are left",
                    format.width,
                    format.height,
                    needed / 1e9,
                    available / 1e9),
        "make the heads smaller, or their grid");
  }
}

}  // namespace

FilmKind filmKind(const std::filesystem::path& path) {
  const std::string suffix = lowerSuffix(path);
  if (path.has_filename()) {
    if (suffix.empty()) {
      return FilmKind::Pictures;
    }
    if (suffix == ".mp4") {
      return FilmKind::Mp4;
    }
    if (suffix == ".webm") {
      return FilmKind::WebM;
    }
    if (suffix == ".webp") {
      return FilmKind::WebP;
    }
  }
  throw OptionError(fmt::format("'{}' is no name for a film", path.string()),
                    "end it in .mp4, .webm or .webp, or leave the suffix away for a folder of PNG files");
}

bool keepsAlpha(FilmKind kind) { return kind != FilmKind::Mp4; }

void VideoFormat::check() const {
  if (width < 2 || height < 2 || width > 16384 || height > 16384) {
    throw OptionError(fmt::format("a film of {} x {} pixels cannot be made", width, height),
                      "stay between 2 and 16384 pixels a side: fewer heads, or smaller ones");
  }
  if (!(fps >= 1 && fps <= 240)) {
    throw OptionError(fmt::format("{} frames per second cannot be played", fps),
                      "choose --fps between 1 and 240");
  }
  if (quality < 1 || quality > 100) {
    throw OptionError(fmt::format("a quality of {} is impossible", quality),
                      "choose --quality from 1 to 100");
  }
  if (!(megabits >= 0 && megabits <= 1000)) {
    throw OptionError(fmt::format("{} megabits per second are impossible", megabits),
                      "choose --bitrate between 0 and 1000");
  }
}

VideoWriter::VideoWriter(const std::filesystem::path& path, const VideoFormat& format)
    : path_(path), kind_(filmKind(path)), format_(format) {
  format.check();
  requireMemory(kind_, format);
  std::unique_ptr<FrameSink> sink;
  if (kind_ == FilmKind::WebP) {
    sink = openWebpAnimation(path, format);
  } else if (kind_ != FilmKind::Pictures) {
    sink = openFilmFile(path, kind_, format, notice_);
  }
  if (!sink) {
    if (kind_ != FilmKind::Pictures) {
      path_.replace_extension();
      path_ += "_frames";
      notice_ = fmt::format(
          "this machine cannot encode such films: the frames are saved as numbered pictures in '{}'",
          path_.string());
      kind_ = FilmKind::Pictures;
    }
    PictureFolder folder = openPictureFolder(path_, format.settings);
    sink = std::move(folder.sink);
    frames_ = resumed_ = folder.frames;
  }
  keeps_alpha_ = format.alpha && keepsAlpha(kind_);
  sink_ = onOwnThread(std::move(sink));
}

void VideoWriter::addFrame(Image image) {
  if (image.width != format_.width || image.height != format_.height) {
    throw OptionError(fmt::format("a frame of {} x {} pixels does not fit a film of {} x {}",
                                  image.width,
                                  image.height,
                                  format_.width,
                                  format_.height),
                      "draw all frames at one size");
  }
  const int channels = keeps_alpha_ ? 4 : 3;
  sink_->addFrame(image.channels == channels ? std::move(image) : withChannels(image, channels));
  ++frames_;
}

void VideoWriter::finish() {
  if (frames_ == 0) {
    sink_.reset();
  }
  if (!sink_) {
    throw SaveError(fmt::format("cannot write '{}': the film has no frame", path_.string()),
                    "add at least one");
  }
  sink_->finish();
  times_ = sink_->times();
  sink_.reset();
}

std::filesystem::path VideoWriter::keepPart() {
  const std::unique_ptr<FrameSink> sink = std::move(sink_);
  if (!sink || frames_ == 0) {
    return {};
  }
  std::filesystem::path part = sink->keepPart();
  if (kind_ == FilmKind::Pictures) {
    frames_ = sink->kept();
  }
  return part;
}

}  // namespace panohead
