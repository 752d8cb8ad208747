#include "core/checkpoint/torch_pickle.h"

#include "core/checkpoint/module_graph.h"
#include "core/checkpoint/pickle_reader.h"

#include <deque>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace panohead {
namespace {

// Storages as containers inside the pickle's own bytes objects.
class NestedStorages final : public StorageSource {
 public:
  explicit NestedStorages(const FileBytes& file) : file_(file) {}

  TorchStorage storage(const PickleDocument& document, PickleId node) override {
    const auto arguments = document.isObjectOf(node, "torch.storage", "_load_from_bytes")
                               ? document.sequence(document[node].arguments)
                               : std::nullopt;
    if (!arguments || arguments->size() != 1 || document[(*arguments)[0]].kind != PickleKind::Bytes) {
      file_.fail("a tensor has no storage");
    }
    const auto bytes = document[(*arguments)[0]].text;
    const auto [place, fresh] = cache_.try_emplace(bytes.data());
    if (fresh) {
      const TorchContainer container = readTorchContainer(file_, bytes);
      const auto found = container.storages.find(container.object.root);
      if (found == container.storages.end()) {
        file_.failAt(bytes.data(), "a container that holds one storage");
      }
      place->second = found->second;
    }
    return place->second;
  }

 private:
  const FileBytes& file_;
  std::unordered_map<const std::byte*, TorchStorage> cache_;
};

class ContainerStorages final : public StorageSource {
 public:
  ContainerStorages(const FileBytes& file, const TorchContainer& container)
      : file_(file), container_(container) {}

  TorchStorage storage(const PickleDocument&, PickleId node) override {
    const auto found = container_.storages.find(node);
    if (found == container_.storages.end()) {
      file_.fail("a tensor has no storage");
    }
    return found->second;
  }

 private:
  const FileBytes& file_;
  const TorchContainer& container_;
};

}  // namespace

void readPickleCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint) {
  ByteReader reader(file, file.bytes);
  PickleDocument document = readPickle(reader);
  NestedStorages storages(file);
  collectNetworks(file, document, storages, context, checkpoint);
  // Moving the deque does not move the bytes that records point to.
  checkpoint.backing.push_back(
      std::make_shared<std::deque<std::vector<std::byte>>>(std::move(document.decoded_text)));
}

void readLegacyTorchCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint) {
  const TorchContainer container = readTorchContainer(file, file.bytes);
  ContainerStorages storages(file, container);
  collectNetworks(file, container.object, storages, context, checkpoint);
}

}  // namespace panohead
