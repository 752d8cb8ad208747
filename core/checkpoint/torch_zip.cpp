#include "core/checkpoint/torch_zip.h"

#include "core/base/error.h"
#include "core/base/zip_archive.h"
#include "core/checkpoint/module_graph.h"
#include "core/checkpoint/pickle_reader.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>
#include <utility>

namespace panohead {
namespace {

/// The folder of the entry "<folder>/data.pkl", with its slash.
std::string folderOf(const ZipArchive& archive, const FileBytes& file) {
  constexpr std::string_view kLeaf = "data.pkl";
  for (const ZipEntry& entry : archive.entries()) {
    const std::string_view name = entry.name;
    if (name == kLeaf || name.ends_with("/data.pkl")) {
      return std::string(name.substr(0, name.size() - kLeaf.size()));
    }
  }
  throw CheckpointError(fmt::format("'{}' is a zip file without a torch model (no data.pkl)", file.name),
                        "Give a .pt or .pth file, or unpack the archive and give the model inside it.");
}

std::span<const std::byte> viewOf(const ZipArchive& archive, const FileBytes& file, const std::string& name) {
  const ZipEntry* entry = archive.find(name);
  if (entry == nullptr) {
    file.fail(fmt::format("the entry '{}' is missing in its zip archive", name));
  }
  if (entry->method != 0) {
    throw CheckpointError(fmt::format("the entry '{}' of '{}' is compressed", name, file.name),
                          "Save the model again with torch, which does not compress.");
  }
  return archive.view(*entry);
}

class ZipStorages final : public StorageSource {
 public:
  ZipStorages(const FileBytes& file, const ZipArchive& archive, std::string folder)
      : file_(file), archive_(archive), folder_(std::move(folder)), left_(file.bytes.size()) {}

  TorchStorage storage(const PickleDocument& document, PickleId node) override {
    const TorchStorageId id = readTorchStorageId(file_, document, node);
    const std::string name = folder_ + "data/" + std::string(id.key);
    auto entry = entries_.find(name);
    if (entry == entries_.end()) {
      // Entries of a sound file do not overlap; many of one body would be summed up again and again.
      if (const ZipEntry* listed = archive_.find(name); listed != nullptr && listed->size > left_) {
        file_.fail("the entries of its zip archive have more bytes than it has");
      }
      entry = entries_.emplace(name, viewOf(archive_, file_, name)).first;
      left_ -= entry->second.size();
    }
    return selectStorage(file_, id, entry->second);
  }

 private:
  const FileBytes& file_;
  const ZipArchive& archive_;
  std::string folder_;
  std::uint64_t left_;                                                   // bytes
  std::unordered_map<std::string, std::span<const std::byte>> entries_;  // checked once
};

void readArchive(const FileBytes& file, JobContext& context, Checkpoint& checkpoint) {
  const ZipArchive archive(file.name, file.bytes);
  const std::string folder = folderOf(archive, file);
  if (archive.find(folder + "byteorder") != nullptr &&
      asText(viewOf(archive, file, folder + "byteorder")) != "little") {
    throw CheckpointError(fmt::format("'{}' holds big-endian numbers", file.name),
                          "Load and save it once with torch on an ordinary (little-endian) machine.");
  }
  const std::span<const std::byte> pickle = viewOf(archive, file, folder + "data.pkl");
  const FileBytes pickle_file{file.name + ":" + folder + "data.pkl", pickle};
  ByteReader reader(pickle_file, pickle);
  PickleDocument document = readPickle(reader);
  ZipStorages storages(file, archive, folder);
  collectNetworks(file, document, storages, context, checkpoint);
}

}  // namespace

void readTorchZipCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint) {
  try {
    readArchive(file, context, checkpoint);
  } catch (const ArchiveError& error) {
    throw CheckpointError(error.what(), error.hint(), error.detail());
  }
}

}  // namespace panohead
