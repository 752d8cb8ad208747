#include "core/checkpoint/torch_zip.h"

#include "core/base/error.h"

#ifndef PANOHEAD_HAVE_LIBZIP

namespace panohead {

void readTorchZipCheckpoint(const FileBytes& file, JobContext&, Checkpoint&) {
  throw CheckpointError(
      "'" + file.name + "' is a zip-format torch file, which this build cannot read",
      "Build with libzip (package libzip-dev), or convert the file to .safetensors elsewhere.");
}

}  // namespace panohead

#else

#include "core/checkpoint/module_graph.h"
#include "core/checkpoint/pickle_reader.h"

#include <fmt/format.h>
#include <zip.h>

#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace panohead {
namespace {

class ZipArchive {
 public:
  explicit ZipArchive(const FileBytes& file) : file_(file), budget_(file.bytes.size()) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_buffer_create(file.bytes.data(), file.bytes.size(), 0, &error);
    archive_ = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : nullptr;
    const std::string reason = archive_ ? "" : zip_error_strerror(&error);
    zip_error_fini(&error);
    if (!archive_) {
      zip_source_free(source);
      file_.fail(fmt::format("its zip archive is damaged ({})", reason));
    }
    try {
      refuseEqualNames();
    } catch (...) {
      zip_discard(archive_);
      throw;
    }
  }
  ~ZipArchive() { zip_discard(archive_); }
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  /// The folder of the entry "<folder>/data.pkl", with its slash.
  std::string folder() const {
    const std::string_view leaf = "data.pkl";
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* raw = zip_get_name(archive_, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      const std::string_view name = raw ? raw : "";
      if (name.ends_with(leaf) &&
          (name.size() == leaf.size() || name[name.size() - leaf.size() - 1] == '/')) {
        return std::string(name.substr(0, name.size() - leaf.size()));
      }
    }
    throw CheckpointError(fmt::format("'{}' is a zip file without a torch model (no data.pkl)", file_.name),
                          "Give a .pt or .pth file, or unpack the archive and give the model inside it.");
  }

  bool contains(const std::string& name) const {
    return zip_name_locate(archive_, name.c_str(), ZIP_FL_ENC_RAW) >= 0;
  }

  /// The bytes of an entry. torch never compresses, so all entries together fit into the file.
  std::vector<std::byte> read(const std::string& name) {
    zip_stat_t info;
    if (zip_stat(archive_, name.c_str(), ZIP_FL_ENC_RAW, &info) != 0) {
      file_.fail(fmt::format("the entry '{}' is missing in its zip archive", name));
    }
    if (info.comp_method != ZIP_CM_STORE || info.encryption_method != ZIP_EM_NONE) {
      throw CheckpointError(
          fmt::format("the entry '{}' of '{}' is compressed or encrypted", name, file_.name),
          "Save the model again with torch, which does neither.");
    }
    if (info.size > budget_) {
      file_.fail(fmt::format("the entry '{}' of its zip archive has impossible {} bytes", name, info.size));
    }
    budget_ -= info.size;
    std::vector<std::byte> bytes(info.size);
    zip_file_t* entry = zip_fopen_index(archive_, info.index, 0);
    const bool complete =
        entry && zip_fread(entry, bytes.data(), info.size) == static_cast<zip_int64_t>(info.size);
    // The CRC is compared when the end is met, which takes one more read.
    std::byte behind{};
    const bool sound = complete && zip_fread(entry, &behind, 1) == 0;
    if (entry) {
      zip_fclose(entry);
    }
    if (!sound) {
      file_.fail(fmt::format("the entry '{}' of its zip archive is damaged", name));
    }
    return bytes;
  }

 private:
  /// Of two entries of one name, other programs may read the other.
  void refuseEqualNames() const {
    std::unordered_set<std::string_view> names;
    const zip_int64_t count = zip_get_num_entries(archive_, 0);
    for (zip_int64_t i = 0; i < count; ++i) {
      const char* name = zip_get_name(archive_, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_RAW);
      if (name != nullptr && !names.insert(name).second) {
        file_.fail(fmt::format("the entry '{}' is in its zip archive twice", name));
      }
    }
  }

  const FileBytes& file_;
  std::uint64_t budget_;
  zip_t* archive_ = nullptr;
};

class ZipStorages final : public StorageSource {
 public:
  ZipStorages(const FileBytes& file, ZipArchive& archive, std::string folder)
      : file_(file), archive_(archive), folder_(std::move(folder)) {}

  TorchStorage storage(const PickleDocument& document, PickleId node) override {
    const TorchStorageId id = readTorchStorageId(file_, document, node);
    const std::string name = folder_ + "data/" + std::string(id.key);
    auto entry = entries_.find(name);
    if (entry == entries_.end()) {
      owned_.push_back(archive_.read(name));
      entry = entries_.emplace(name, owned_.back()).first;
    }
    return selectStorage(file_, id, entry->second);
  }

  std::deque<std::vector<std::byte>> takeBytes() { return std::move(owned_); }

 private:
  const FileBytes& file_;
  ZipArchive& archive_;
  std::string folder_;
  std::deque<std::vector<std::byte>> owned_;
  std::unordered_map<std::string, std::span<const std::byte>> entries_;
};

}  // namespace

void readTorchZipCheckpoint(const FileBytes& file, JobContext& context, Checkpoint& checkpoint) {
  ZipArchive archive(file);
  const std::string folder = archive.folder();
  if (archive.contains(folder + "byteorder") && asText(archive.read(folder + "byteorder")) != "little") {
    throw CheckpointError(fmt::format("'{}' holds big-endian numbers", file.name),
                          "Load and save it once with torch on an ordinary (little-endian) machine.");
  }
  const std::vector<std::byte> pickle = archive.read(folder + "data.pkl");
  const FileBytes pickle_file{file.name + ":" + folder + "data.pkl", pickle};
  ByteReader reader(pickle_file, pickle);
  PickleDocument document = readPickle(reader);
  ZipStorages storages(file, archive, folder);
  collectNetworks(file, document, storages, context, checkpoint);
  checkpoint.backing.push_back(std::make_shared<std::deque<std::vector<std::byte>>>(storages.takeBytes()));
}

}  // namespace panohead

#endif
