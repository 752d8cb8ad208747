#include "core/base/zip_writer.h"

#include "core/base/crc32.h"
#include "core/base/error.h"
#include "core/base/zip_format.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead {
namespace {

constexpr std::uint16_t kVersion = 20;  // folders, no encryption
constexpr std::uint16_t kVersionZip64 = 45;
constexpr std::uint16_t kMadeByUnix = 3 << 8;
constexpr std::uint16_t kDate = 0x21;  // 1 January 1980, the earliest there is
constexpr std::uint32_t kFileMode = 0100644U << 16;
constexpr std::uint64_t kMaxCount = 0xFFFE;

void putName(std::vector<std::byte>& bytes, std::string_view name) {
  const auto raw = std::as_bytes(std::span(name));
  bytes.insert(bytes.end(), raw.begin(), raw.end());
}

std::uint16_t flagsFor(std::string_view name) {
  const bool ascii =
      std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 128; });
  return ascii ? 0 : zip::kUtf8Flag;
}

}  // namespace

ZipWriter::ZipWriter(const std::filesystem::path& path, std::uint64_t zip64_from)
    : file_(path), path_(path.string()), zip64_from_(zip64_from) {}

void ZipWriter::write(std::span<const std::byte> bytes) {
  file_.write(bytes);
  offset_ += bytes.size();
}

void ZipWriter::add(std::string_view name, std::span<const std::byte> bytes) {
  if (name.empty() || name.size() > 0xFFFF) {
    throw SaveError(fmt::format("cannot write '{}': a file in it has a name of {} bytes", path_, name.size()),
                    "shorten the name");
  }
  const bool large = bytes.size() >= zip64_from_;
  const bool far = offset_ >= zip64_from_;
  const std::uint32_t size = large ? zip::kIn64 : static_cast<std::uint32_t>(bytes.size());
  const std::uint32_t offset = far ? zip::kIn64 : static_cast<std::uint32_t>(offset_);
  const std::uint32_t crc = crc32(bytes);

  // From "version needed" to "size of the name": the same in both headers.
  std::vector<std::byte> common;
  zip::put(common, large || far ? kVersionZip64 : kVersion);
  zip::put(common, flagsFor(name));
  zip::put(common, std::uint16_t{0});  // stored
  zip::put(common, std::uint16_t{0});  // time
  zip::put(common, kDate);
  zip::put(common, crc);
  zip::put(common, size);
  zip::put(common, size);
  zip::put(common, static_cast<std::uint16_t>(name.size()));

  std::vector<std::byte> extra;
  if (large) {
    zip::put(extra, zip::kZip64Extra);
    zip::put(extra, std::uint16_t{16});
    zip::put(extra, std::uint64_t{bytes.size()});
    zip::put(extra, std::uint64_t{bytes.size()});
  }
  std::vector<std::byte> header;
  zip::put(header, zip::kLocalHeader);
  header.insert(header.end(), common.begin(), common.end());
  zip::put(header, static_cast<std::uint16_t>(extra.size()));
  putName(header, name);
  header.insert(header.end(), extra.begin(), extra.end());

  if (far && !large) {
    zip::put(extra, zip::kZip64Extra);
    zip::put(extra, std::uint16_t{8});
  }
  if (far) {
    if (large) {  // one field holds all three numbers
      extra[2] = std::byte{24};
    }
    zip::put(extra, offset_);
  }
  zip::put(directory_, zip::kDirectoryHeader);
  zip::put(directory_, static_cast<std::uint16_t>(kMadeByUnix | kVersionZip64));
  directory_.insert(directory_.end(), common.begin(), common.end());
  zip::put(directory_, static_cast<std::uint16_t>(extra.size()));
  zip::put(directory_, std::uint16_t{0});  // comment
  zip::put(directory_, std::uint16_t{0});  // volume
  zip::put(directory_, std::uint16_t{0});  // internal attributes
  zip::put(directory_, kFileMode);
  zip::put(directory_, offset);
  putName(directory_, name);
  directory_.insert(directory_.end(), extra.begin(), extra.end());
  ++count_;

  write(header);
  write(bytes);
}

void ZipWriter::finish() {
  const std::uint64_t start = offset_;
  const std::uint64_t size = directory_.size();
  write(directory_);
  std::vector<std::byte> end;
  if (count_ > kMaxCount || start >= zip64_from_ || size >= zip64_from_) {
    zip::put(end, zip::kEnd64);
    zip::put(end, std::uint64_t{zip::kEnd64Bytes - 12});  // of what follows
    zip::put(end, static_cast<std::uint16_t>(kMadeByUnix | kVersionZip64));
    zip::put(end, kVersionZip64);
    zip::put(end, std::uint32_t{0});  // volumes
    zip::put(end, std::uint32_t{0});
    zip::put(end, count_);
    zip::put(end, count_);
    zip::put(end, size);
    zip::put(end, start);
    zip::put(end, zip::kEnd64Locator);
    zip::put(end, std::uint32_t{0});
    zip::put(end, offset_);
    zip::put(end, std::uint32_t{1});
  }
  const std::uint16_t short_count = count_ > kMaxCount ? zip::kIn64Count : static_cast<std::uint16_t>(count_);
  zip::put(end, zip::kEnd);
  zip::put(end, std::uint16_t{0});
  zip::put(end, std::uint16_t{0});
  zip::put(end, short_count);
  zip::put(end, short_count);
  zip::put(end, size >= zip64_from_ ? zip::kIn64 : static_cast<std::uint32_t>(size));
  zip::put(end, start >= zip64_from_ ? zip::kIn64 : static_cast<std::uint32_t>(start));
  zip::put(end, std::uint16_t{0});
  write(end);
  file_.commit();
}

}  // namespace panohead
