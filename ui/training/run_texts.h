#pragma once

#include "core/runs/run_watch.h"

#include <QString>

namespace panohead::ui {

/// What people read about a run.
QString phaseName(RunPhase phase);
/// The message and what to do about it; empty when there is nothing to say.
QString phaseText(const RunStatus& status);
/// "1.234 of 5 kimg, 2:31:00 left".
QString progressText(const RunStatus& status);
/// "45.2 s/kimg, memory 1.2 GB, on this machine".
QString resourcesText(const RunStatus& status);

}  // namespace panohead::ui
