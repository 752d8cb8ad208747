#pragma once

#include "core/checkpoint/torch_storage.h"

namespace panohead {

/// Finds the raw elements that a storage node of a pickle stands for.
class StorageSource {
 public:
  virtual ~StorageSource() = default;
  /// Throws CheckpointError when the node is no storage or its data is damaged.
  virtual TorchStorage storage(const PickleDocument& document, PickleId node) = 0;
};

/// Whether the node would rebuild a tensor or parameter.
bool isTensorNode(const PickleDocument& document, PickleId node);

/// Whether the node would rebuild a parameter.
bool isParameterNode(const PickleDocument& document, PickleId node);

/// The tensor of such a node, still without its name. Throws CheckpointError when one of its numbers
/// is wrong or an element lies outside of the storage; `name` is for the message.
TensorRecord readTensorNode(const FileBytes& file,
                            const PickleDocument& document,
                            PickleId node,
                            StorageSource& source,
                            const std::string& name);

}  // namespace panohead
