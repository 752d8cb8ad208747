#pragma once

#include "core/export/video_file.h"

namespace panohead {

/// A folder of pictures `frame_000000.png`, ... It gets its name when it is finished.
/// Throws SaveError when something of that name exists or the place cannot be written.
std::unique_ptr<FrameSink> openPictureFolder(const std::filesystem::path& folder);

}  // namespace panohead
