#include "core/inversion/fit_state.h"

namespace panohead {

void writeFitState(const std::filesystem::path& path, const FitState& state) {
  writeTrainingState(path, state.data);
}

FitState readFitState(const std::filesystem::path& path) { return {readTrainingState(path)}; }

}  // namespace panohead
