#include "core/vision/heif_photo.h"

#include "core/base/error.h"
#include "core/base/image_io.h"

#ifdef PANOHEAD_HAVE_HEIF
#include <libheif/heif.h>
#endif

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <memory>
#include <string_view>

namespace panohead {

bool isHeif(std::span<const std::byte> bytes) noexcept {
  constexpr std::array<std::string_view, 10> kBrands{
      "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis"};
  if (bytes.size() < 12 || std::memcmp(bytes.data() + 4, "ftyp", 4) != 0) {
    return false;
  }
  const std::string_view brand(reinterpret_cast<const char*>(bytes.data()) + 8, 4);
  for (const std::string_view known : kBrands) {
    if (brand == known) {
      return true;
    }
  }
  return false;
}

#ifdef PANOHEAD_HAVE_HEIF

Image decodeHeif(std::span<const std::byte> bytes, const std::string& name, std::vector<std::byte>& profile) {
  const auto check = [&](const heif_error& error) {
    if (error.code != heif_error_Ok) {
      throw ImageError(
          fmt::format("cannot read the picture '{}': {}", name, error.message),
          "the file is damaged or of an uncommon kind: open it in a viewer, save it as JPEG or PNG");
    }
  };
  const std::unique_ptr<heif_context, void (*)(heif_context*)> context(heif_context_alloc(),
                                                                       heif_context_free);
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* handle_pointer = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &handle_pointer));
  const std::unique_ptr<heif_image_handle, void (*)(const heif_image_handle*)> handle(
      handle_pointer, heif_image_handle_release);
  const auto width = static_cast<std::size_t>(heif_image_handle_get_width(handle.get()));
  const auto height = static_cast<std::size_t>(heif_image_handle_get_height(handle.get()));
  if (width == 0 || height == 0 || width * height > kMaxPicturePixels) {
    throw ImageError(
        fmt::format("cannot read the picture '{}': {} x {} pixels are too many", name, width, height),
        fmt::format("give a picture of at most {} million pixels", kMaxPicturePixels / 1000000));
  }
  if (const std::size_t size = heif_image_handle_get_raw_color_profile_size(handle.get()); size > 0) {
    profile.resize(size);
    if (heif_image_handle_get_raw_color_profile(handle.get(), profile.data()).code != heif_error_Ok) {
      profile.clear();
    }
  }
  const bool alpha = heif_image_handle_has_alpha_channel(handle.get()) != 0;
  heif_image* image_pointer = nullptr;
  check(heif_decode_image(handle.get(),
                          &image_pointer,
                          heif_colorspace_RGB,
                          alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                          nullptr));
  const std::unique_ptr<heif_image, void (*)(const heif_image*)> decoded(image_pointer, heif_image_release);
  int stride = 0;
  const std::uint8_t* plane = heif_image_get_plane_readonly(decoded.get(), heif_channel_interleaved, &stride);
  Image image(heif_image_get_width(decoded.get(), heif_channel_interleaved),
              heif_image_get_height(decoded.get(), heif_channel_interleaved),
              alpha ? 4 : 3);
  for (int y = 0; y < image.height; ++y) {
    std::memcpy(image.row(y), plane + static_cast<std::ptrdiff_t>(y) * stride, image.rowBytes());
  }
  return image;
}

#else

Image decodeHeif(std::span<const std::byte>, const std::string& name, std::vector<std::byte>&) {
  throw ImageError(fmt::format("cannot read the picture '{}': this build reads no HEIC or AVIF", name),
                   "save it as JPEG or PNG, or install libheif-dev and build again");
}

#endif

}  // namespace panohead
