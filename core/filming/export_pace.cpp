#include "core/filming/export_pace.h"

namespace panohead {

void PaceMemory::note(const ModelPtr& model, const std::string& kind, const ExportPace& pace) {
  const std::lock_guard lock(mutex_);
  if (model_.lock() != model) {
    paces_.clear();
    model_ = model;
  }
  paces_[kind] = pace;
}

std::optional<ExportPace> PaceMemory::find(const ModelPtr& model, const std::string& kind) const {
  const std::lock_guard lock(mutex_);
  const auto found = paces_.find(kind);
  return model_.lock() == model && found != paces_.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace panohead
