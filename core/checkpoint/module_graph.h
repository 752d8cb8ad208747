#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/torch_tensor.h"

namespace panohead {

/// Finds the networks in an unpickled object and puts them, the training settings and the names of all
/// classes into `checkpoint`. A network is a pickled module (persistent or plain, with `_parameters`,
/// `_buffers`, `_modules`) or a state dictionary (a mapping of names to tensors); either is the object
/// itself, or a value of the dictionary that the object is.
///
/// Depth, names, numbers of tensors and total work are bounded, cycles included.
/// Throws CheckpointError; also when there is no network. Cancelled.
void collectNetworks(const FileBytes& file,
                     const PickleDocument& document,
                     StorageSource& storages,
                     JobContext& context,
                     Checkpoint& checkpoint);

}  // namespace panohead
