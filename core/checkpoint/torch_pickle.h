#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"

namespace panohead {

/// Reads a network snapshot: one plain pickle in which every tensor carries its own torch container.
/// Adds networks, settings and owned bytes to `checkpoint`. Throws CheckpointError, Cancelled.
void readPickleCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint);

/// The same for a file that torch.save wrote before it wrote zips.
void readLegacyTorchCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint);

}  // namespace panohead
