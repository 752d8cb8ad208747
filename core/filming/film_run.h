#pragma once

#include "core/export/video_file.h"
#include "core/filming/film.h"

#include <filesystem>
#include <functional>
#include <string>

namespace panohead {

/// How a film is written; what VideoFormat says of the rest comes from the film.
struct FilmFormat {
  double fps = 30;
  int quality = 75;     // VideoFormat::quality
  double megabits = 0;  // VideoFormat::megabits
};

/// Where the time went, seconds. The last two pass on the encoder's thread, while the next frames are drawn.
struct FilmTimes {
  double drawing = 0;
  double waiting = 0;  // for the encoder, ending the film included
  EncodingTimes encoder;
};

struct FilmReport {
  std::filesystem::path path;  // under which the film lies now
  int frames = 0;
  int resumed = 0;  // of them, those that an earlier run had made
  FilmTimes times;
};

/// "120 frames in 'film.mp4' (drawing 2.9 s, waiting for the encoder 0.1 s; beside it converting 0.2 s,
/// encoding 1.5 s)".
std::string sentenceOf(const FilmReport& report);

/// Draws a film and writes it, encoding one frame while the next is drawn; reports progress in frames.
/// Folders of pictures go on where an earlier run with the same settings stopped. Stopped: what is whole
/// stays under the name of a part (VideoWriter::keepPart) where `keep_part` is true, and for folders always,
/// for these also when the disk is full; `notice` is told. Nothing lies under the final name. Throws
/// OptionError, SaveError, DeviceError; Cancelled.
FilmReport writeFilm(Film& film,
                     const std::filesystem::path& path,
                     const FilmFormat& format,
                     bool keep_part,
                     JobContext& context,
                     const std::function<void(const std::string&)>& notice);

}  // namespace panohead
