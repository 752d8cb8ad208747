#pragma once

#include "core/base/camera_label.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace panohead {

/// What fitting photos of one person gives: everything that makes the model draw that person.
struct FitResult {
  at::Tensor ws;                     // [1, num_ws, w_dim]
  at::Tensor ws_background;          // same; undefined: the background was not fitted
  std::vector<CameraLabel> cameras;  // refined, one a photo, as they are given to Generator::renderFeature
  std::vector<std::pair<std::string, at::Tensor>>
      tuned;  // parameter name -> value, those that tuning changed
};

}  // namespace panohead
