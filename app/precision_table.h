#pragma once

#include "core/session/precision_report.h"

#include <string>
#include <vector>

namespace panohead::app {

/// What `bench --compare` found out of one model.
struct PrecisionTable {
  ModelInfo model;
  std::uint32_t seed = 0;
  DrawnBy drawn_by;                      // what drew the fast path's frames
  std::vector<PrecisionReport> reports;  // one for each resolution

  std::string text() const;
  std::string json() const;
};

/// "no GPU draws: there is no NVIDIA driver" and a new line; empty where one does or none was asked for.
std::string whyNoGpu(const DrawnBy& drawn_by);

}  // namespace panohead::app
