#pragma once

#include "core/export/video_file.h"

namespace panohead {

/// An MP4 through OpenCV's FFmpeg: H.264, else MPEG-4 Part 2 with a sentence in `notice`.
/// @returns null when this build has no OpenCV or this machine no encoder.
/// Throws SaveError when the place cannot be written.
std::unique_ptr<FrameSink> openMp4(const std::filesystem::path& path,
                                   const VideoFormat& format,
                                   std::string& notice);

}  // namespace panohead
