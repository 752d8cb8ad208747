#pragma once

#include "core/export/video_file.h"

#include <memory>
#include <string>

namespace panohead {

/// An MP4 or WebM through FFmpeg's libraries. MP4: H.264 (yuv420p, its index in front, so that it plays while
/// it is still loading), else MPEG-4 Part 2 with a sentence in `notice`. WebM: VP9, else VP8, with
/// alpha where the format says so. Colours are those of BT.709 in the limited range, and tagged so.
/// @returns null when this build has no such libraries or this machine no encoder.
/// Throws SaveError when the place cannot be written.
std::unique_ptr<FrameSink> openFilmFile(const std::filesystem::path& path,
                                        FilmKind kind,
                                        const VideoFormat& format,
                                        std::string& notice);

/// An animated WebP that plays for ever; null when this build has no libwebpmux.
std::unique_ptr<FrameSink> openWebpAnimation(const std::filesystem::path& path, const VideoFormat& format);

}  // namespace panohead
