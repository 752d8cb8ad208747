#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace panohead {

/// A hidden name in the folder of `path`, random but for its stem and extension: ".film.1f2e3d4c.mp4".
std::filesystem::path temporaryNameFor(const std::filesystem::path& path);

/// Throws SaveError for the system's error `code` (an errno) at writing `path`, or DiskFullError when it
/// means that there is no room.
[[noreturn]] void throwSaveError(const std::filesystem::path& path, int code);

/// Removes what AtomicFiles of killed processes left in a folder. Those of living ones stay, whoever they
/// are: a file is locked while it is written. Where locks do not work (some network file systems), all stay.
/// @param stems that the final names begin with: "checkpoint-"; other files are not looked at
/// @param alone the caller holds the folder, so that nobody else can be writing: locks are not asked
void removeLeftovers(const std::filesystem::path& folder,
                     std::span<const std::string_view> stems,
                     bool alone = false);

/// A file that appears under its final name whole or not at all: written to a temporary name in the
/// same folder, synced and renamed by commit(); removed by the destructor when it was not committed.
/// Its permissions are those of any new file.
/// Every failure throws SaveError naming the file, with the system's reason; DiskFullError when there is no
/// room for it.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path final_path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// Syncs and renames; call once, last.
  void commit();
  /// Exists and is open for writing; for writers that must open the file themselves.
  const std::filesystem::path& temporaryPath() const noexcept { return temporary_path_; }

 private:
  std::filesystem::path final_path_;
  std::filesystem::path temporary_path_;
  int descriptor_ = -1;
};

/// A whole file of text, by AtomicFile.
void writeText(const std::filesystem::path& path, std::string_view text);

}  // namespace panohead
