#pragma once

#include "core/base/image.h"

#include <filesystem>
#include <memory>
#include <string>

namespace panohead {

/// Takes the frames of a film. Nothing lies under the final name before finish(); what was not
/// finished is removed by the destructor.
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void addFrame(const Image& image) = 0;
  virtual void finish() = 0;
};

struct VideoFormat {
  int width = 0;  // pixels of every frame; an odd last column or row is left out of an MP4
  int height = 0;
  double fps = 30;     // frames per second, in [1, 240]
  void check() const;  // throws OptionError naming the field
};

/// Writes a film: `name.mp4` as H.264, or a name without suffix as a folder of numbered PNG files.
/// Where this machine has no encoder for H.264, the next best is taken and notice() says so:
/// MPEG-4 Part 2, else a folder of numbered PNG files named after the film.
class VideoWriter {
 public:
  /// Throws OptionError for other suffixes, SaveError when the place cannot be written.
  VideoWriter(const std::filesystem::path& path, const VideoFormat& format);

  /// @param image grey, RGB or RGBA (films have no alpha, folders of PNG files keep it), of the size of the
  /// format, else OptionError.
  void addFrame(const Image& image);

  /// Makes the film playable and gives it its final name. Also of use after an interruption: the film
  /// ends with the last frame added. Throws SaveError, e.g. when the disk is full or no frame was added.
  void finish();

  int frames() const noexcept { return frames_; }
  const std::filesystem::path& path() const noexcept { return path_; }  // what finish() leaves
  const std::string& notice() const noexcept { return notice_; }        // empty, or one sentence

 private:
  std::filesystem::path path_;
  VideoFormat format_;
  std::string notice_;
  std::unique_ptr<FrameSink> sink_;
  int frames_ = 0;
  bool keeps_alpha_ = false;
};

}  // namespace panohead
