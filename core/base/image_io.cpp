#include "core/base/image_io.h"

#include "core/base/atomic_file.h"
#include "core/base/decoder_limit.h"
#include "core/base/error.h"
#include "core/base/image_header.h"
#include "core/base/image_ops.h"
#include "core/base/photo_metadata.h"
#include "core/base/regular_file.h"
#include "core/base/webp_image.h"

#include <fmt/format.h>

#define STBI_NO_STDIO
#include <stb_image.h>
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>

namespace panohead {
namespace {

using Bytes = std::span<const std::byte>;

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& hint) {
  throw ImageError(fmt::format("cannot read the picture '{}': {}", name, why), hint);
}

void appendTo(void* context, void* data, int size) {
  const auto* first = static_cast<const std::byte*>(data);
  auto& bytes = *static_cast<std::vector<std::byte>*>(context);
  bytes.insert(bytes.end(), first, first + size);
}

}  // namespace

std::vector<std::byte> readPictureFile(const std::filesystem::path& path) {
  const RegularFile file(path);
  if (!file.fault().empty()) {
    refuse(path.string(),
           file.fault(),
           file.code() == 0 ? "name a PNG or JPEG file" : "check the name and the permissions");
  }
  if (file.size() > kMaxPictureBytes) {
    refuse(path.string(), "the file has more than 512 MB", "give a smaller picture");
  }
  std::vector<std::byte> bytes(static_cast<std::size_t>(file.size()));
  if (file.readAt(bytes.data(), 0, bytes.size()) != std::ssize(bytes)) {
    refuse(path.string(), "the file cannot be read to its end", "check the disk");
  }
  return bytes;
}

Image readImage(const std::filesystem::path& path) {
  return decodeImage(readPictureFile(path), path.string());
}

Image readUprightImage(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = readPictureFile(path);
  return oriented(decodeImage(bytes, path.string()), exifOrientation(bytes));
}

Image decodeImage(std::span<const std::byte> bytes, const std::string& name) {
  const std::string damaged_hint =
      "the file is damaged or no picture: open it in a viewer, save it as PNG or JPEG";
  if (bytes.size() > kMaxPictureBytes) {
    refuse(name, "the file has more than 512 MB", "give a smaller picture");
  }
  if (imageFormatOf(bytes) == ImageFormat::kWebp) {
    return decodeWebp(bytes, name);
  }
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  Image image;
  int stored_channels = 0;
  if (!stbi_info_from_memory(data, size, &image.width, &image.height, &stored_channels)) {
    refuse(name, "it is no PNG, JPEG or WebP of a sensible size", damaged_hint);
  }
  const std::size_t pixels = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
  if (pixels == 0 || pixels > kMaxPicturePixels) {
    refuse(name,
           fmt::format("{} x {} pixels are too many", image.width, image.height),
           fmt::format("give a picture of at most {} million pixels", kMaxPicturePixels / 1000000));
  }
  if (isCutOffJpeg(bytes)) {
    refuse(name, "its end is missing", damaged_hint);
  }
  image.channels = stored_channels == 2 ? 4 : stored_channels;

  // 16-bit RGBA is the largest honest use; the decoder rounds up to whole blocks and doubles buffers.
  const DecoderLimit limit(
      32 * (pixels + 64 * (static_cast<std::size_t>(image.width) + static_cast<std::size_t>(image.height))) +
      (std::size_t{1} << 20));
  const std::unique_ptr<stbi_uc, void (*)(void*)> decoded(
      stbi_load_from_memory(data, size, &image.width, &image.height, &stored_channels, image.channels),
      stbi_image_free);
  if (!decoded) {
    refuse(name, fmt::format("it cannot be decoded ({})", stbi_failure_reason()), damaged_hint);
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

std::vector<std::byte> encodeJpeg(const Image& image, int quality) {
  std::vector<std::byte> bytes;
  if (image.empty() ||
      !stbi_write_jpg_to_func(
          appendTo, &bytes, image.width, image.height, image.channels, image.pixels.data(), quality)) {
    throw SaveError("the picture cannot be encoded as JPEG", "make it smaller");
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
