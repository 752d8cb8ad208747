#pragma once

#include "core/export/frame_sink.h"

#include <string>

namespace panohead {

/// A folder of pictures `frame_000000.png`, ... that grows as `folder.part` and gets its name when it is
/// finished; what is not finished stays, unless it is empty. `film.json` in it keeps the settings.
struct PictureFolder {
  std::unique_ptr<FrameSink> sink;
  int frames = 0;  // that lie there already, made with the same settings
};

/// @param settings lines of "name: value" that decide the pixels; empty: nothing is gone on with
/// Throws SaveError when something of that name exists, when a part with other settings does, when another
/// program is writing it, or when the place cannot be written.
PictureFolder openPictureFolder(const std::filesystem::path& folder, const std::string& settings);

}  // namespace panohead
