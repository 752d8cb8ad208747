#pragma once

#include "core/tensor/parameter_store.h"

namespace panohead {

/// Moves the mapping networks' running averages towards a batch's means (factor 0.998, StyleGAN).
/// @param mean_w [w_dim]  @param mean_delta [3]; undefined where the model has no such mapping
void updateAverages(ParameterStore& generator, const at::Tensor& mean_w, const at::Tensor& mean_delta);

/// G_ema: average = factor * average + (1 - factor) * current for parameters; buffers are copied.
void averageInto(ParameterStore& average, const ParameterStore& current, double factor);

}  // namespace panohead
