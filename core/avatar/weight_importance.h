#pragma once

#include "core/base/camera.h"
#include "core/generator/generator.h"
#include "core/jobs/job.h"

#include <map>
#include <string>
#include <vector>

namespace panohead {

/// What a picture says about one weight, seen as a matrix W [rows, columns] that multiplies inputs. A small
/// change D of W changes the pictures by about sum over rows of row_gain * |D[row] inputs|^2 (mean square
/// over the pixels of pictures in [0, 1]; layer by layer, rows as if they were independent: the diagonal of
/// the Kronecker-factored curvature of Martens and Grosse 2015).
struct WeightImportance {
  at::Tensor row_gain;  // [rows]
  at::Tensor inputs;    // [columns, samples]
};

/// Measures the importance of parameters with two dimensions or more for one head from some cameras: inputs
/// are watched while it is drawn, gains come from the gradients of random sums of its pixels.
/// @param names of the parameters wanted; of those that no picture depends on nothing comes back
/// @param ws, ws_background [1, num_ws, w_dim], the latter may be undefined
/// @param cameras one random sum each; more are more exact
/// Throws Cancelled.
std::map<std::string, WeightImportance> measureImportance(const Generator& generator,
                                                          const std::vector<std::string>& names,
                                                          const at::Tensor& ws,
                                                          const at::Tensor& ws_background,
                                                          const std::vector<CameraLabel>& cameras,
                                                          JobContext& context);

}  // namespace panohead
