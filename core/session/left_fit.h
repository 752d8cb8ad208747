#pragma once

#include "core/session/fit_session.h"

#include <filesystem>
#include <string>
#include <vector>

namespace panohead {

/// Writes what was asked of a fit beside its kept steps, so that another process can go on with it. Throws
/// SaveError, DiskFullError.
/// @param request with a work_folder, which is made
void writeFitRequest(const FitRequest& request, const Model& model, JobContext& context);

/// The request of a folder. Throws CheckpointError when it is missing, damaged or of a newer version.
FitRequest readFitRequest(const std::filesystem::path& folder);

/// A fit that was not finished.
struct LeftFit {
  std::filesystem::path folder;
  std::string name;        // of the person
  std::string model_name;  // that it was begun with
  std::filesystem::path model_file{};
  std::int64_t step = 0, steps = 0;  // kept so far, and of all
};

/// The fits in the folders of a folder, the newest first. What cannot be read is left out.
std::vector<LeftFit> leftFits(const std::filesystem::path& folder);

}  // namespace panohead
