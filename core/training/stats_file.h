#pragma once

#include "core/base/append_file.h"
#include "core/training/stats.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace panohead {

/// One line of stats.jsonl as the published program writes it:
/// {"Loss/G/loss": {"num": n, "mean": m, "std": s}, ..., "timestamp": seconds since 1970}.
/// Numbers that are not finite become null.
std::string statsLine(const StatsSnapshot& snapshot, double timestamp);

/// stats.jsonl: a line per tick, for people's plotting tools.
class StatsFile {
 public:
  /// Opens the file for a run that goes on after `images` pictures: a torn last line and lines of later
  /// pictures ("Progress/kimg"), which the run will write again, are removed.
  /// Throws SaveError; DiskFullError when there is no room.
  StatsFile(const std::filesystem::path& path, std::int64_t images);

  /// Throws SaveError; after a DiskFullError the same line can be written again.
  void write(const StatsSnapshot& snapshot, double timestamp);

 private:
  AppendFile file_;
};

}  // namespace panohead
