#pragma once

#include <ATen/core/Tensor.h>

namespace panohead {

/// Inverse-transform samples of a piecewise constant density (NeRF, section 5.2).
/// @param edges [B, K + 1] (one more at the end is ignored)  @param weights [B, K] >= 0
/// @param u [B, samples] in [0, 1]
/// @return [B, samples]
at::Tensor samplePdf(const at::Tensor& edges, const at::Tensor& weights, const at::Tensor& u);

/// Depths of the second pass from the weights of the first: weights max-pooled and averaged over
/// neighbours, plus 0.01, inner bins only. Gradients do not flow.
/// @param depths [N, M, S, 1]  @param weights [N, M, S - 1]
/// @param u [N * M, samples] in [0, 1]; undefined: evenly spaced, `samples` of them
/// @return [N, M, samples, 1], increasing when u is
at::Tensor importanceDepths(const at::Tensor& depths,
                            const at::Tensor& weights,
                            std::int64_t samples,
                            const at::Tensor& u = {});

}  // namespace panohead
