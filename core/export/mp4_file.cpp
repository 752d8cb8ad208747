#include "core/export/mp4_file.h"

#ifndef PANOHEAD_HAVE_OPENCV

namespace panohead {

std::unique_ptr<FrameSink> openMp4(const std::filesystem::path&, const VideoFormat&, std::string&) {
  return nullptr;
}

}  // namespace panohead

#else

#include "core/base/atomic_file.h"
#include "core/base/error.h"

#include <fmt/format.h>
#include <opencv2/core/mat.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include <cstdlib>

namespace panohead {
namespace {

/// OpenCV and FFmpeg speak on standard error and take their settings from the environment.
void prepareEncoder() {
  static const bool once = [] {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
    setenv("OPENCV_FFMPEG_WRITER_OPTIONS", "crf;17", 0);  // x264: visually lossless
    return true;
  }();
  static_cast<void>(once);
}

class Mp4File final : public FrameSink {
 public:
  Mp4File(const std::filesystem::path& path, const VideoFormat& format)
      : path_(path), file_(path), size_(format.width / 2 * 2, format.height / 2 * 2), fps_(format.fps) {}

  bool open(const char (&codec)[5]) {
    const int code = cv::VideoWriter::fourcc(codec[0], codec[1], codec[2], codec[3]);
    return writer_.open(file_.temporaryPath().string(), cv::CAP_FFMPEG, code, fps_, size_);
  }

  void addFrame(const Image& image) override {
    const cv::Mat rgb(image.height, image.width, CV_8UC3, const_cast<std::uint8_t*>(image.pixels.data()));
    cv::Mat bgr;
    cv::cvtColor(rgb(cv::Rect({0, 0}, size_)), bgr, cv::COLOR_RGB2BGR);
    writer_.write(bgr);
    ++frames_;
  }

  void finish() override {
    writer_.release();
    // The encoder reports no failure, e.g. of a full disk: the film is opened and its frames counted.
    cv::VideoCapture film(file_.temporaryPath().string(), cv::CAP_FFMPEG);
    if (!film.isOpened() || static_cast<int>(film.get(cv::CAP_PROP_FRAME_COUNT)) != frames_) {
      throw SaveError(fmt::format("the film '{}' could not be written whole", path_.string()),
                      "see whether the disk is full");
    }
    film.release();
    file_.commit();
  }

 private:
  std::filesystem::path path_;
  AtomicFile file_;
  cv::Size size_;
  double fps_;
  int frames_ = 0;
  cv::VideoWriter writer_;  // closed before file_ removes an unfinished film
};

}  // namespace

std::unique_ptr<FrameSink> openMp4(const std::filesystem::path& path,
                                   const VideoFormat& format,
                                   std::string& notice) {
  prepareEncoder();
  auto file = std::make_unique<Mp4File>(path, format);
  if (file->open("avc1")) {
    return file;
  }
  if (file->open("mp4v")) {
    notice = "this machine has no H.264 encoder: the film is MPEG-4 Part 2 (mp4v), which is larger";
    return file;
  }
  return nullptr;
}

}  // namespace panohead

#endif
