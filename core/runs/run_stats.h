#pragma once

#include "core/runs/line_follower.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace panohead {

struct StatPoint {
  double kimg = 0;  // thousands of pictures seen
  double mean = 0;
  bool operator==(const StatPoint&) const = default;
};

/// The curves of a run by the names in stats.jsonl ("Loss/G/loss").
using RunStats = std::map<std::string, std::vector<StatPoint>>;

/// Follows a stats.jsonl while it is written. Lines that cannot be read, and numbers that are not finite, are
/// passed over.
class StatsReader {
 public:
  explicit StatsReader(const std::filesystem::path& file) : lines_(file) {}

  /// @return whether anything changed
  bool poll();
  /// Never null. Stays as it is; the next poll that finds news makes another.
  const std::shared_ptr<const RunStats>& stats() const noexcept { return stats_; }

 private:
  LineFollower lines_;
  std::shared_ptr<const RunStats> stats_ = std::make_shared<RunStats>();
};

}  // namespace panohead
