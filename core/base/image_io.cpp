#include "core/base/image_io.h"

#include "core/base/atomic_file.h"
#include "core/base/decoder_limit.h"
#include "core/base/error.h"

#include <fmt/format.h>

#define STBI_NO_STDIO
#include <stb_image.h>
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

namespace panohead {
namespace {

using Bytes = std::vector<unsigned char>;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{1} << 29;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why, const std::string& hint) {
  throw ImageError(fmt::format("cannot read the picture '{}': {}", path.string(), why), hint);
}

Bytes readFile(const std::filesystem::path& path) {
  // Looked at before opening: opening a named pipe would wait for ever.
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (exists(status) && !is_regular_file(status)) {
    refuse(path,
           is_directory(status) ? "it is a folder" : "it is not a regular file",
           "name a PNG or JPEG file");
  }
  std::ifstream stream(path, std::ios::binary);
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!stream || error) {
    refuse(path, error ? error.message() : std::strerror(errno), "check the name and the permissions");
  }
  if (size > kMaxFileBytes) {
    refuse(path, "the file has more than 512 MB", "give a smaller picture");
  }
  Bytes bytes(static_cast<std::size_t>(size));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (static_cast<std::size_t>(stream.gcount()) != bytes.size()) {
    refuse(path, "the file cannot be read to its end", "check the disk");
  }
  return bytes;
}

/// The decoder fills what a cut-off JPEG lacks with grey, so its end is looked for here: the marker
/// FF D9 after the first scan (previews inside the header have one of their own).
bool isCutOffJpeg(const Bytes& bytes) {
  if (bytes.size() < 4 || bytes[0] != 0xFF || bytes[1] != 0xD8) {
    return false;
  }
  std::size_t position = 2;
  while (position + 4 <= bytes.size() && bytes[position] == 0xFF && bytes[position + 1] != 0xDA) {
    const bool padding = bytes[position + 1] == 0xFF;
    position += padding ? 1 : 2 + std::size_t{bytes[position + 2]} * 256 + bytes[position + 3];
  }
  const Bytes end_marker{0xFF, 0xD9};
  const auto scan = bytes.begin() + static_cast<std::ptrdiff_t>(std::min(position, bytes.size()));
  return std::search(scan, bytes.end(), end_marker.begin(), end_marker.end()) == bytes.end();
}

void appendTo(void* context, void* data, int size) {
  const auto* first = static_cast<const std::byte*>(data);
  auto& bytes = *static_cast<std::vector<std::byte>*>(context);
  bytes.insert(bytes.end(), first, first + size);
}

}  // namespace

Image readImage(const std::filesystem::path& path) {
  const std::string damaged_hint =
      "the file is damaged or no picture: open it in a viewer, save it as PNG or JPEG";
  const Bytes bytes = readFile(path);
  const int size = static_cast<int>(bytes.size());
  Image image;
  int stored_channels = 0;
  if (!stbi_info_from_memory(bytes.data(), size, &image.width, &image.height, &stored_channels)) {
    refuse(path, "it is no PNG or JPEG of a sensible size", damaged_hint);
  }
  const std::size_t pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  if (pixels == 0 || pixels > kMaxPicturePixels) {
    refuse(path,
           fmt::format("{} x {} pixels are too many", image.width, image.height),
           fmt::format("give a picture of at most {} million pixels", kMaxPicturePixels / 1000000));
  }
  if (isCutOffJpeg(bytes)) {
    refuse(path, "its end is missing", damaged_hint);
  }
  image.channels = stored_channels == 2 ? 4 : stored_channels;

  // 16-bit RGBA is the largest honest use; the decoder rounds up to whole blocks and doubles buffers.
  const DecoderLimit limit(
      32 * (pixels + 64 * (static_cast<std::size_t>(image.width) + static_cast<std::size_t>(image.height))) +
      (std::size_t{1} << 20));
  const std::unique_ptr<stbi_uc, void (*)(void*)> decoded(
      stbi_load_from_memory(
          bytes.data(), size, &image.width, &image.height, &stored_channels, image.channels),
      stbi_image_free);
  if (!decoded) {
    refuse(path, fmt::format("it cannot be decoded ({})", stbi_failure_reason()), damaged_hint);
  }
  image.pixels.assign(decoded.get(), decoded.get() + pixels * static_cast<std::size_t>(image.channels));
  return image;
}

std::vector<std::byte> encodePng(const Image& image) {
  std::vector<std::byte> bytes;
  if (image.empty() || !stbi_write_png_to_func(appendTo,
                                               &bytes,
                                               image.width,
                                               image.height,
                                               image.channels,
                                               image.pixels.data(),
                                               static_cast<int>(image.rowBytes()))) {
    throw SaveError("the picture cannot be encoded as PNG", "make it smaller");
  }
  return bytes;
}

void writePng(const std::filesystem::path& path, const Image& image) {
  const std::vector<std::byte> bytes = encodePng(image);
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

}  // namespace panohead
