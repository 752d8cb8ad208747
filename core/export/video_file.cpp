#include "core/export/video_file.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/export/mp4_file.h"
#include "core/export/picture_folder.h"

#include <fmt/format.h>

#include <utility>

namespace panohead {

void VideoFormat::check() const {
  if (width < 2 || height < 2 || width > 16384 || height > 16384) {
    throw OptionError(fmt::format("a film of {} x {} pixels cannot be made", width, height),
                      "stay between 2 and 16384 pixels a side: fewer heads, or smaller ones");
  }
  if (!(fps >= 1 && fps <= 240)) {
    throw OptionError(fmt::format("{} frames per second cannot be played", fps),
                      "choose --fps between 1 and 240");
  }
}

VideoWriter::VideoWriter(const std::filesystem::path& path, const VideoFormat& format)
    : path_(path), format_(format) {
  format.check();
  if (!path.has_filename() || (path.has_extension() && path.extension() != ".mp4")) {
    throw OptionError(fmt::format("'{}' is no name for a film", path.string()),
                      "end it in .mp4, or leave the suffix away for a folder of PNG files");
  }
  if (path.has_extension()) {
    sink_ = openMp4(path, format, notice_);
    if (sink_) {
      return;
    }
    path_.replace_extension();
    path_ += "_frames";
    notice_ =
        fmt::format("this machine cannot encode films: the frames are saved as numbered pictures in '{}'",
                    path_.string());
  }
  sink_ = openPictureFolder(path_);
  keeps_alpha_ = true;
}

void VideoWriter::addFrame(const Image& image) {
  if (image.width != format_.width || image.height != format_.height) {
    throw OptionError(fmt::format("a frame of {} x {} pixels does not fit a film of {} x {}",
                                  image.width,
                                  image.height,
                                  format_.width,
                                  format_.height),
                      "draw all frames at one size");
  }
  sink_->addFrame(keeps_alpha_ && image.channels == 4 ? image : withChannels(image, 3));
  ++frames_;
}

void VideoWriter::finish() {
  const std::unique_ptr<FrameSink> sink = std::move(sink_);
  if (!sink || frames_ == 0) {
    throw SaveError(fmt::format("cannot write '{}': the film has no frame", path_.string()),
                    "add at least one");
  }
  sink->finish();
}

}  // namespace panohead
