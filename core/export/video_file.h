#pragma once

#include "core/base/image.h"
#include "core/export/frame_sink.h"

#include <filesystem>
#include <memory>
#include <string>

namespace panohead {

enum class FilmKind { Mp4, WebM, WebP, Pictures };

/// By the suffix: .mp4, .webm, .webp; none: a folder of numbered PNG files. Throws OptionError for others.
FilmKind filmKind(const std::filesystem::path& path);
/// Whether films of this kind keep alpha, on this machine.
bool keepsAlpha(FilmKind kind);

struct VideoFormat {
  int width = 0;  // pixels of every frame; an odd last column or row is left out of MP4 and WebM
  int height = 0;
  double fps = 30;         // frames per second, in [1, 240]
  int quality = 75;        // in [1, 100]; 100 is lossless in WebP; PNG files always are
  double megabits = 0;     // per second, of MP4 and WebM; 0 = what the quality needs
  bool alpha = false;      // frames have alpha; they lose it in an MP4
  std::string settings{};  // decides the pixels, lines of "name: value"; see VideoWriter
  void check() const;      // throws OptionError naming the field
};

/// Writes a film: `name.mp4` (H.264), `name.webm` (VP9, with alpha where frames have it), `name.webp`
/// (animated, plays for ever), or a name without suffix as a folder of numbered PNG files. Encoding runs on a
/// thread of its own. Nothing lies under the final name before finish().
///
/// A folder grows under the name `name.part`. What is not finished stays there, and a writer with the same
/// format and settings goes on behind its last picture: see resumed().
///
/// Where this machine has no encoder for H.264, the next best is taken and notice() says so:
/// MPEG-4 Part 2, else a folder of numbered PNG files named after the film.
class VideoWriter {
 public:
  /// Throws OptionError for other suffixes and for sizes that cannot be held in memory, SaveError when the
  /// place cannot be written, or when an unfinished folder there belongs to another film.
  VideoWriter(const std::filesystem::path& path, const VideoFormat& format);

  /// Frames that are there already.
  int resumed() const noexcept { return resumed_; }

  /// @param image grey, RGB or RGBA of the size of the format, else OptionError. Throws what earlier frames
  /// were refused for.
  void addFrame(Image image);

  /// Makes the film playable and gives it its final name. Throws SaveError, e.g. when the disk is full or no
  /// frame was added.
  void finish();

  /// After an interruption: what there is, playable, as `name.part.mp4` (or the folder `name.part`), instead
  /// of finish(). For folders also after addFrame() or finish() has thrown: then frames() are those that
  /// are whole. @return that name; empty when there is nothing. Throws what frames were refused for.
  std::filesystem::path keepPart();

  int frames() const noexcept { return frames_; }                       // those resumed included
  const std::filesystem::path& path() const noexcept { return path_; }  // what finish() leaves
  FilmKind kind() const noexcept { return kind_; }                      // of what it leaves there
  const std::string& notice() const noexcept { return notice_; }        // empty, or one sentence
  /// Seconds of the encoder's thread; of use after finish().
  const EncodingTimes& times() const noexcept { return times_; }

 private:
  std::filesystem::path path_;
  FilmKind kind_;
  VideoFormat format_;
  std::string notice_;
  std::unique_ptr<FrameSink> sink_;
  EncodingTimes times_;
  int frames_ = 0;
  int resumed_ = 0;
  bool keeps_alpha_ = false;
};

}  // namespace panohead
