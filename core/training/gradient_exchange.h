#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

namespace panohead {

class Communicator;

/// Replaces every gradient by its mean over the ranks, then NaN by 0 and +-infinity by +-1e5 (the clean-up of
/// the published trainer). Gradients go together in buckets of about 25 MB. With one rank nothing is
/// exchanged, the clean-up stays. Collective.
/// @param gradients floating point, any shape and strides, the same list on every rank; undefined ones are
///   passed over and must be undefined on every rank
/// Throws RankError, and TrainingError (on every rank) when a gradient is there on some ranks only.
void averageGradients(std::span<const at::Tensor> gradients, Communicator& ranks);

/// Rank 0's values on every rank. Collective.
/// @param parameters any shape, floating point or integers below 2^53 in size, the same list on every rank
void broadcastParameters(std::span<const at::Tensor> parameters, Communicator& ranks);

/// Compares every parameter, bit by bit through a checksum, with rank 0's. Collective.
/// Throws TrainingError on every rank, naming the first parameter that differs and where it can the ranks.
void checkRanksAgree(std::span<const std::pair<std::string, at::Tensor>> parameters, Communicator& ranks);

}  // namespace panohead
