#include "core/base/webp_image.h"

#include "core/base/error.h"
#include "core/base/image_io.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#ifdef PANOHEAD_HAVE_WEBP
#include <webp/decode.h>
#endif

namespace panohead {

#ifdef PANOHEAD_HAVE_WEBP

bool canDecodeWebp() noexcept { return true; }

Image decodeWebp(std::span<const std::byte> bytes, const std::string& name) {
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    throw ImageError(fmt::format("cannot read the picture '{}': {}", name, why), hint);
  };
  const std::string damaged_hint = "the file is damaged: open it in a viewer, save it as PNG or JPEG";
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
    refuse("its WebP header is damaged or cut off", damaged_hint);
  }
  if (features.has_animation != 0) {
    refuse("it is an animation", "save one picture of it as PNG or JPEG");
  }
  const std::size_t pixels =
      static_cast<std::size_t>(features.width) * static_cast<std::size_t>(features.height);
  if (pixels == 0 || pixels > kMaxPicturePixels) {
    refuse(fmt::format("{} x {} pixels are too many", features.width, features.height),
           fmt::format("give a picture of at most {} million pixels", kMaxPicturePixels / 1000000));
  }
  Image image(features.width, features.height, features.has_alpha != 0 ? 4 : 3);
  const auto decode = features.has_alpha != 0 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(
          data, bytes.size(), image.pixels.data(), image.pixels.size(), static_cast<int>(image.rowBytes())) ==
      nullptr) {
    refuse("its WebP data is damaged or cut off", damaged_hint);
  }
  return image;
}

#else

bool canDecodeWebp() noexcept { return false; }

Image decodeWebp(std::span<const std::byte>, const std::string& name) {
  throw ImageError(fmt::format("cannot read the picture '{}': this build reads PNG and JPEG, not WebP", name),
                   "install libwebp-dev and build again, or convert where WebP is read: "
                   "'panohead-studio dataset pack --format jpg'");
}

#endif

std::vector<std::byte> firstOfWebpAnimation(std::span<const std::byte> bytes) {
  constexpr std::size_t kFileHeader = 12, kChunkHeader = 8, kFrameHeader = 16;
  const auto length = [&](std::size_t chunk) {
    std::uint32_t value = 0;
    std::memcpy(
        &value, bytes.data() + chunk + 4, sizeof value);  // little-endian, as every machine that we build for
    return std::size_t{value};
  };
  for (std::size_t chunk = kFileHeader; chunk + kChunkHeader <= bytes.size();) {
    const std::size_t size = length(chunk);
    const std::size_t data = chunk + kChunkHeader;
    if (size > bytes.size() - data) {
      return {};
    }
    if (std::memcmp(bytes.data() + chunk, "ANMF", 4) == 0 && size > kFrameHeader) {
      // Extended header: alpha may follow; then the size of the canvas, which stands in the frame as it must
      // here.
      std::vector<std::byte> still(bytes.begin(), bytes.begin() + kFileHeader);
      const auto append = [&](const void* from, std::size_t count) {
        const auto* first = static_cast<const std::byte*>(from);
        still.insert(still.end(), first, first + count);
      };
      append("VP8X\x0A\0\0\0\x10\0\0\0", 12);
      append(bytes.data() + data + 6, 6);
      append(bytes.data() + data + kFrameHeader, size - kFrameHeader);
      const auto riff = static_cast<std::uint32_t>(still.size() - kChunkHeader);
      std::memcpy(still.data() + 4, &riff, sizeof riff);
      return still;
    }
    chunk = data + size + size % 2;
  }
  return {};
}

}  // namespace panohead
