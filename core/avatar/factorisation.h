#pragma once

#include "core/generator/generator.h"

#include <vector>

namespace panohead {

/// Directions in w that need no labels. Each row is a unit of a slider: as long as the spread of w along it
/// (one standard deviation over random heads), largest effect first, signs fixed so that equal models give
/// equal rows.

/// Closed-form factorisation (Shen and Zhou 2021, section 3.2): the eigenvectors of A^T A, where A stacks
/// the style layers' weights of the layers [first, last) of w: the directions to which they respond most.
/// @param deviations w of random heads, [N, w_dim], for the lengths
/// @return [count, w_dim], fewer when w has fewer dimensions
at::Tensor factorise(
    const Generator& generator, int first, int last, int count, const at::Tensor& deviations);

/// Principal components of w (Haerkoenen et al. 2020, section 2). @param w [N, w_dim] @return [count, w_dim]
at::Tensor principalComponents(const at::Tensor& w, int count);

/// w of random heads, without truncation; entries that no layer of the backbone reads (a background's) are
/// zero. [count, w_dim]
at::Tensor randomCodes(const Generator& generator, int count, std::uint64_t seed);

}  // namespace panohead
