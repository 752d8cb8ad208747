#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"

namespace panohead {

/// Reads a zip-format torch file (`.pt`, `.pth`): `<archive>/data.pkl` with one entry `<archive>/data/<key>`
/// per storage. Entries are checked against their CRC; tensors point into the file.
/// Throws CheckpointError; Cancelled.
void readTorchZipCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint);

}  // namespace panohead
