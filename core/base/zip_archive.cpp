#include "core/base/zip_archive.h"

#include "core/base/crc32.h"
#include "core/base/error.h"
#include "core/base/printable_text.h"
#include "core/base/zip_format.h"

#include <fmt/format.h>
#define STBI_NO_STDIO
#include <stb_image.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace panohead {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{1} << 32;
constexpr std::uint64_t kMaxDeflateRatio = 1040;  // 1032 and rounding: deflate cannot do more

[[noreturn]] void refuse(const std::filesystem::path& path,
                         const std::string& why,
                         const std::string& hint = "the archive is damaged: copy or make it again") {
  throw ArchiveError(fmt::format("cannot read the archive '{}': {}", path.string(), why), hint);
}

/// Windows programs write '\'. Empty: a name that would leave the folder it is unpacked to.
std::string safeName(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  const bool control =
      std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 32; });
  const bool absolute = name.starts_with('/') || (name.size() > 1 && name[1] == ':');
  const std::string framed = "/" + name + "/";
  if (control || absolute || framed.find("/../") != std::string::npos) {
    return {};
  }
  return name;
}

/// Replaces the numbers that the directory entry says are in its 64-bit extra field, in their fixed order.
bool applyZip64(Bytes extra, ZipEntry& entry) {
  const bool size64 = entry.size == zip::kIn64;
  const bool stored64 = entry.stored_size == zip::kIn64;
  const bool offset64 = entry.header_offset == zip::kIn64;
  if (!size64 && !stored64 && !offset64) {
    return true;
  }
  while (extra.size() >= 4) {
    const auto length = std::size_t{zip::get<std::uint16_t>(extra, 2)};
    if (length > extra.size() - 4) {
      return false;
    }
    if (zip::get<std::uint16_t>(extra, 0) == zip::kZip64Extra) {
      Bytes numbers = extra.subspan(4, length);
      const auto take = [&](bool wanted, std::uint64_t& number) {
        if (!wanted) {
          return true;
        }
        if (numbers.size() < 8) {
          return false;
        }
        number = zip::get<std::uint64_t>(numbers, 0);
        numbers = numbers.subspan(8);
        return true;
      };
      return take(size64, entry.size) && take(stored64, entry.stored_size) &&
             take(offset64, entry.header_offset);
    }
    extra = extra.subspan(4 + length);
  }
  return false;
}

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
};

}  // namespace

ZipArchive::ZipArchive(const std::filesystem::path& path) : path_(path), file_(path), size_(file_->size()) {
  if (!file_->fault().empty()) {
    refuse(path, file_->fault(), file_->code() == 0 ? "name a zip" : "check the name and the permissions");
  }
  readDirectory();
}

ZipArchive::ZipArchive(std::filesystem::path path, std::span<const std::byte> bytes)
    : path_(std::move(path)), mapped_(bytes), size_(bytes.size()) {
  readDirectory();
}

void ZipArchive::checkRange(std::uint64_t offset, std::uint64_t count, std::string_view what) const {
  if (offset > size_ || count > size_ - offset) {
    refuse(path_,
           fmt::format("{} lies beyond its end", what),
           "it is cut off or damaged: copy or make it again");
  }
}

std::vector<std::byte> ZipArchive::readRange(std::uint64_t offset,
                                             std::uint64_t count,
                                             std::string_view what) const {
  checkRange(offset, count, what);
  if (!file_) {
    const Bytes part = mapped_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count));
    return {part.begin(), part.end()};
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(count));
  const ssize_t got = file_->readAt(bytes.data(), offset, bytes.size());
  if (got < 0) {
    refuse(path_, std::generic_category().message(errno), "check the disk");
  }
  if (static_cast<std::size_t>(got) < bytes.size()) {
    refuse(path_, "it became shorter while it was read", "copy or make it again");
  }
  return bytes;
}

void ZipArchive::readDirectory() {
  // The end record is the last thing in the file but for a comment of at most 65535 bytes.
  const std::uint64_t tail_size = std::min<std::uint64_t>(size_, zip::kEndBytes + 65535);
  const std::uint64_t tail_offset = size_ - tail_size;
  const std::vector<std::byte> tail = readRange(tail_offset, tail_size, "its end");
  std::size_t end = tail.size();
  for (std::size_t at = tail.size() < zip::kEndBytes ? 0 : tail.size() - zip::kEndBytes + 1; at-- > 0;) {
    if (zip::get<std::uint32_t>(tail, at) == zip::kEnd &&
        at + zip::kEndBytes + zip::get<std::uint16_t>(tail, at + 20) <= tail.size()) {
      end = at;
      break;
    }
  }
  if (end == tail.size()) {
    refuse(path_,
           "it is no zip, or its end is missing",
           "it is cut off or of another kind: copy or make it again");
  }
  const Bytes record = Bytes(tail).subspan(end);
  Directory directory{.offset = zip::get<std::uint32_t>(record, 16),
                      .size = zip::get<std::uint32_t>(record, 12),
                      .count = zip::get<std::uint16_t>(record, 10)};
  std::uint32_t disk = zip::get<std::uint16_t>(record, 4);
  const std::uint64_t end_offset = tail_offset + end;
  if (end_offset >= zip::kEnd64LocatorBytes) {
    const std::vector<std::byte> locator =
        readRange(end_offset - zip::kEnd64LocatorBytes, zip::kEnd64LocatorBytes, "its end");
    if (zip::get<std::uint32_t>(locator, 0) == zip::kEnd64Locator) {
      const std::vector<std::byte> record64 =
          readRange(zip::get<std::uint64_t>(locator, 8), zip::kEnd64Bytes, "its 64-bit end record");
      if (zip::get<std::uint32_t>(record64, 0) != zip::kEnd64) {
        refuse(path_, "its 64-bit end record is damaged");
      }
      directory = {.offset = zip::get<std::uint64_t>(record64, 48),
                   .size = zip::get<std::uint64_t>(record64, 40),
                   .count = zip::get<std::uint64_t>(record64, 32)};
      disk = zip::get<std::uint32_t>(record64, 16);
    }
  }
  if (disk != 0) {
    refuse(path_, "it is one of several volumes", "join them into one zip");
  }
  if (directory.size > kMaxDirectoryBytes || directory.count > directory.size / zip::kDirectoryHeaderBytes) {
    refuse(path_, "its directory is damaged");
  }

  const std::vector<std::byte> listing = readRange(directory.offset, directory.size, "its directory");
  Bytes rest = listing;
  entries_.reserve(static_cast<std::size_t>(directory.count));
  for (std::uint64_t i = 0; i < directory.count; ++i) {
    if (rest.size() < zip::kDirectoryHeaderBytes ||
        zip::get<std::uint32_t>(rest, 0) != zip::kDirectoryHeader) {
      refuse(path_, "its directory is damaged");
    }
    const auto name_size = std::size_t{zip::get<std::uint16_t>(rest, 28)};
    const auto extra_size = std::size_t{zip::get<std::uint16_t>(rest, 30)};
    const std::size_t record_size =
        zip::kDirectoryHeaderBytes + name_size + extra_size + zip::get<std::uint16_t>(rest, 32);
    if (record_size > rest.size()) {
      refuse(path_, "its directory is damaged");
    }
    const Bytes name = rest.subspan(zip::kDirectoryHeaderBytes, name_size);
    const std::string raw_name(reinterpret_cast<const char*>(name.data()), name.size());
    ZipEntry entry{.name = safeName(raw_name),
                   .header_offset = zip::get<std::uint32_t>(rest, 42),
                   .stored_size = zip::get<std::uint32_t>(rest, 20),
                   .size = zip::get<std::uint32_t>(rest, 24),
                   .crc = zip::get<std::uint32_t>(rest, 16),
                   .flags = zip::get<std::uint16_t>(rest, 8),
                   .method = zip::get<std::uint16_t>(rest, 10)};
    if (entry.name.empty()) {
      refuse(path_,
             fmt::format("the name '{}' inside leads out of it", printable(raw_name)),
             "do not trust this archive; make one whose names are plain relative ones");
    }
    if (!applyZip64(rest.subspan(zip::kDirectoryHeaderBytes + name_size, extra_size), entry)) {
      refuse(path_, fmt::format("the sizes of '{}' are damaged", entry.name));
    }
    if (!entry.name.ends_with('/')) {
      entries_.push_back(std::move(entry));
    }
    rest = rest.subspan(record_size);
  }
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto twice = std::adjacent_find(
      entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.name == b.name; });
  if (twice != entries_.end()) {
    refuse(path_, fmt::format("'{}' is in it twice", twice->name), "make the archive again");
  }
}

const ZipEntry* ZipArchive::find(std::string_view name) const noexcept {
  const auto found =
      std::lower_bound(entries_.begin(), entries_.end(), name, [](const ZipEntry& entry, std::string_view n) {
        return entry.name < n;
      });
  return found != entries_.end() && found->name == name ? &*found : nullptr;
}

std::uint64_t ZipArchive::dataOffset(const ZipEntry& entry) const {
  if ((entry.flags & zip::kEncryptedFlag) != 0) {
    refuse(path_, fmt::format("'{}' is encrypted", entry.name), "make it again without a password");
  }
  if (entry.method != 0 && entry.method != 8) {
    refuse(path_,
           fmt::format("'{}' is packed by a method that is not read here ({})", entry.name, entry.method),
           "make it again with stored or deflated files");
  }
  if (entry.method == 0 && entry.size != entry.stored_size) {
    refuse(path_, fmt::format("the sizes of '{}' are damaged", entry.name));
  }
  const std::vector<std::byte> header =
      readRange(entry.header_offset, zip::kLocalHeaderBytes, "'" + entry.name + "'");
  if (zip::get<std::uint32_t>(header, 0) != zip::kLocalHeader) {
    refuse(path_, fmt::format("the header of '{}' is damaged", entry.name));
  }
  return entry.header_offset + zip::kLocalHeaderBytes + zip::get<std::uint16_t>(header, 26) +
         zip::get<std::uint16_t>(header, 28);
}

std::vector<std::byte> ZipArchive::read(const ZipEntry& entry) const {
  const std::uint64_t offset = dataOffset(entry);
  if (entry.size > kMaxEntryBytes || entry.stored_size > kMaxEntryBytes) {
    refuse(path_, fmt::format("'{}' has more than 1 GB", entry.name), "split it into smaller files");
  }
  std::vector<std::byte> bytes = readRange(offset, entry.stored_size, "'" + entry.name + "'");
  if (entry.method != 0) {
    if (entry.size / kMaxDeflateRatio > entry.stored_size) {
      refuse(path_, fmt::format("the sizes of '{}' are damaged", entry.name));
    }
    // The decoder looks up to 16 bits ahead, and in other files than zips a checksum follows the stream.
    bytes.resize(bytes.size() + 8);
    // One byte more, so that a stream that goes on does not look complete.
    std::vector<std::byte> unpacked(static_cast<std::size_t>(entry.size) + 1);
    const int size = stbi_zlib_decode_noheader_buffer(reinterpret_cast<char*>(unpacked.data()),
                                                      static_cast<int>(unpacked.size()),
                                                      reinterpret_cast<const char*>(bytes.data()),
                                                      static_cast<int>(bytes.size()));
    if (size < 0 || static_cast<std::uint64_t>(size) != entry.size) {
      refuse(path_, fmt::format("'{}' is damaged", entry.name));
    }
    unpacked.pop_back();
    bytes = std::move(unpacked);
  }
  checkSum(entry, bytes);
  return bytes;
}

void ZipArchive::checkSum(const ZipEntry& entry, std::span<const std::byte> bytes) const {
  if (crc32(bytes) != entry.crc) {
    refuse(path_, fmt::format("'{}' is damaged (its checksum is wrong)", entry.name));
  }
}

std::span<const std::byte> ZipArchive::view(const ZipEntry& entry) const {
  if (file_ || entry.method != 0) {
    refuse(path_,
           fmt::format("'{}' is packed, or not in memory", entry.name),
           "make it again with stored files");
  }
  const std::uint64_t offset = dataOffset(entry);
  checkRange(offset, entry.size, "'" + entry.name + "'");
  const Bytes bytes = mapped_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(entry.size));
  checkSum(entry, bytes);
  return bytes;
}

std::vector<std::byte> ZipArchive::readFirst(const ZipEntry& entry, std::size_t count) const {
  if (entry.method == 0) {
    return readRange(dataOffset(entry), std::min<std::uint64_t>(entry.size, count), "'" + entry.name + "'");
  }
  // The decoder stops when its room is full, in front of a piece that does not fit: at most one of 64 kB.
  const std::uint64_t room = std::uint64_t{count} + 65536;
  if (entry.size <= room) {
    std::vector<std::byte> bytes = read(entry);
    bytes.resize(std::min(bytes.size(), count));
    return bytes;
  }
  // A code has at most 15 bits; the tables of a block, a few hundred bytes.
  std::vector<std::byte> packed =
      readRange(dataOffset(entry), std::min(entry.stored_size, 2 * room + 4096), "'" + entry.name + "'");
  packed.resize(packed.size() + 8);
  std::vector<std::byte> bytes(static_cast<std::size_t>(room));
  stbi_zlib_decode_noheader_buffer(reinterpret_cast<char*>(bytes.data()),
                                   static_cast<int>(bytes.size()),
                                   reinterpret_cast<const char*>(packed.data()),
                                   static_cast<int>(packed.size()));
  bytes.resize(count);
  return bytes;
}

}  // namespace panohead
