#pragma once

#include "core/training/event_file.h"
#include "core/training/run_folder.h"
#include "core/training/run_log.h"
#include "core/training/stats_file.h"

#include <cstddef>
#include <optional>

namespace panohead {

/// What only the writing rank of a run has: the folder and its open files.
struct RunWriter {
  /// @param take_over see RunFolder
  RunWriter(const TrainingOptions& options, TrainingListener& listener, bool take_over = false)
      : folder(options, take_over), log(listener, folder.logPath()) {}

  RunFolder folder;
  LoggedListener log;
  std::optional<StatsFile> stats;
  std::optional<EventFile> events;

  /// The folder's notices that have not been told yet.
  void tellNotices() {
    for (; notices_told < folder.notices().size(); ++notices_told) {
      log.notice(folder.notices()[notices_told]);
    }
  }
  std::size_t notices_told = 0;
};

}  // namespace panohead
