#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"

namespace panohead {

/// Reads a zip-format torch file (`.pt`, `.pth`): `<archive>/data.pkl` with one entry `<archive>/data/<key>`
/// per storage. Entries are checked against their CRC and copied out of the archive once;
/// a name that is in it twice is an error.
/// Throws CheckpointError, also when the program was built without libzip; Cancelled.
void readTorchZipCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint);

}  // namespace panohead
