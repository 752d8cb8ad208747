#pragma once

#include "core/checkpoint/byte_reader.h"

#include <string>

namespace panohead {

/// The bytes of a TorchScript archive (a zip): the file itself, or the largest zip archive among the byte
/// strings of a pickle, which is how the published Inception network is packed. The pickle is read inertly;
/// nothing of it runs.
/// Throws CheckpointError when there is none, with a hint how to export one.
std::string torchScriptArchive(const FileBytes& file);

}  // namespace panohead
