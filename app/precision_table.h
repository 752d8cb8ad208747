#pragma once

#include "core/session/precision_report.h"

#include <string>
#include <vector>

namespace panohead::app {

/// What `bench --compare` found out of one model.
struct PrecisionTable {
  ModelInfo model;
  std::uint32_t seed = 0;
  std::vector<PrecisionReport> reports;  // one for each resolution

  std::string text() const;
  std::string json() const;
};

}  // namespace panohead::app
