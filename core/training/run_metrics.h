#pragma once

#include "core/generator/generator.h"
#include "core/training/metrics/metrics_run.h"
#include "core/training/stats.h"
#include "core/training/training_options.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

namespace panohead {

/// Measures a run's network on options.metric_heads heads, as options.metrics asks; only background_swap,
/// view_consistency, mirrored_face and flicker, which need neither data nor other networks.
/// @param neural_resolution pixels of volume rendering
/// @param checkpoint called between rays; may throw to give up
MetricsReport measureNetwork(const TrainingOptions& options,
                             const Generator& generator,
                             std::int64_t neural_resolution,
                             const std::function<void()>& checkpoint);

/// The values by their names in event files: "Metrics/view_consistency.depth". Without those that do not
/// exist.
StatsSnapshot statsOf(const MetricsReport& report);

/// One network of a run.
struct MeasuredNetwork {
  std::int64_t images = 0;  // that the run has seen
  std::filesystem::path path;
};

/// Adds a line to metric-<name>.jsonl for each metric of the report, as the published program writes them:
/// {"results": {key: value or null, ...}, "metric", "total_time", "num_gpus", "snapshot_pkl", "timestamp"},
/// and "images". Lines of this and later moments, from before the run was resumed, are replaced.
/// @return the files. Throws SaveError; DiskFullError when there is no room.
std::vector<std::filesystem::path> writeMetricFiles(const std::filesystem::path& folder,
                                                    const MetricsReport& report,
                                                    const MeasuredNetwork& network,
                                                    int ranks,
                                                    double timestamp);

}  // namespace panohead
