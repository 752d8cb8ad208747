#pragma once

#include "core/vision/photo_folder.h"

#include <string_view>

namespace panohead {

/// What align.jsonl begins with: everything that decides how pictures look.
std::string journalHeader(const PhotoFolderOptions& options);

/// A line of it. Throws OptionError when it is none.
FolderPhoto parseJournalLine(std::string_view line);

/// The finished photos of an earlier run; empty when there was none. A last line that was cut off is dropped,
/// also from the file. Throws OptionError when the file was begun with other options.
std::vector<FolderPhoto> readJournal(const std::filesystem::path& path, const PhotoFolderOptions& options);

/// The page that shows every photo: pictures, angles, why something was left out.
std::string folderReportPage(const std::vector<FolderPhoto>& photos, const PhotoFolderOptions& options);

}  // namespace panohead
