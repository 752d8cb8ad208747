#pragma once

#include "core/training/metrics/metrics_run.h"

namespace panohead {

/// Opens the model, the data and the networks, and measures.
/// Throws OptionError, CheckpointError, DatasetError, ImageError, Cancelled.
MetricsReport runMetrics(const MetricsOptions& options, JobContext& context);

}  // namespace panohead
