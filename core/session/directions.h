#pragma once

#include "core/avatar/direction_file.h"
#include "core/jobs/job.h"
#include "core/session/studio.h"

#include <vector>

namespace panohead {

/// Layers [first, last) of w; negative last: to the end.
struct LayerRange {
  int first = 0;
  int last = -1;
};

/// The named directions that a model comes with (`directions.safetensors` beside its file); empty when there
/// are none, or when they were made for another width of w. Throws CheckpointError for a damaged file.
std::vector<DirectionPtr> shippedDirections(const Model& model);

/// The direction under a name that none of the others has: "factor_1" of other layers becomes "factor_1_2".
DirectionPtr withFreeName(const DirectionPtr& direction, const std::vector<DirectionPtr>& others);

/// Adds directions: the same ones (sameDirection) take the place of what is there, with their newer names.
void mergeDirections(std::vector<DirectionPtr>& into, const std::vector<DirectionPtr>& newer);

/// Directions that need no labels, largest effect first.
enum class DirectionKind {
  Factors,              // closed-form factorisation of the style layers' weights (Shen and Zhou 2021)
  PrincipalComponents,  // of w over random heads (Haerkoenen et al. 2020)
};
/// Throws OptionError when the range holds no layer; Cancelled.
std::vector<DirectionPtr> foundDirections(
    const Model& model, DirectionKind kind, LayerRange layers, int count, JobContext& context);

}  // namespace panohead
