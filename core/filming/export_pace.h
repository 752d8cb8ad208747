#pragma once

#include "core/session/studio.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace panohead {

/// What a frame or a view has cost.
struct ExportPace {
  double seconds = 0;
  double bytes = 0;
  double start = 0;  // seconds before the first one
};

/// What frames or views of the last model have cost, by what they are like: forecasts multiply it. May be
/// used from any thread.
class PaceMemory {
 public:
  void note(const ModelPtr& model, const std::string& kind, const ExportPace& pace);
  std::optional<ExportPace> find(const ModelPtr& model, const std::string& kind) const;

 private:
  mutable std::mutex mutex_;
  std::weak_ptr<const Model> model_;
  std::map<std::string, ExportPace> paces_;
};

}  // namespace panohead
