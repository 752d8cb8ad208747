#include "core/vision/colour_profile.h"

#ifdef PANOHEAD_HAVE_LCMS
#include <lcms2.h>
#endif

#include <fmt/format.h>

#include <memory>

namespace panohead {

#ifdef PANOHEAD_HAVE_LCMS

namespace {

struct Profile {
  explicit Profile(cmsHPROFILE handle) : handle(handle) {}
  ~Profile() {
    if (handle != nullptr) {
      cmsCloseProfile(handle);
    }
  }
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;
  cmsHPROFILE handle;
};

std::string nameOf(cmsHPROFILE profile) {
  std::string text(128, '\0');
  const cmsUInt32Number size = cmsGetProfileInfoASCII(
      profile, cmsInfoDescription, "en", "US", text.data(), static_cast<cmsUInt32Number>(text.size()));
  text.resize(size > 0 ? size - 1 : 0);
  return text;
}

}  // namespace

std::string convertToSrgb(Image& image, std::span<const std::byte> profile) {
  if (profile.empty()) {
    return {};
  }
  cmsSetLogErrorHandler([](cmsContext, cmsUInt32Number, const char*) {});  // else it writes to standard error
  const Profile from(cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
  const bool grey = image.channels == 1;
  if (from.handle == nullptr || cmsGetColorSpace(from.handle) != (grey ? cmsSigGrayData : cmsSigRgbData)) {
    return {};
  }
  const std::string name = nameOf(from.handle);
  if (name.find("sRGB") != std::string::npos) {
    return {};
  }
  const Profile srgb(cmsCreate_sRGBProfile());
  if (grey) {
    Image rgb(image.width, image.height, 3);
    for (std::size_t i = 0; i < rgb.pixels.size(); ++i) {
      rgb.pixels[i] = image.pixels[i / 3];
    }
    const std::unique_ptr<void, void (*)(void*)> transform(
        cmsCreateTransform(
            from.handle, TYPE_GRAY_8, srgb.handle, TYPE_RGB_8, INTENT_RELATIVE_COLORIMETRIC, 0),
        cmsDeleteTransform);
    if (!transform) {
      return {};
    }
    cmsDoTransform(transform.get(),
                   image.pixels.data(),
                   rgb.pixels.data(),
                   static_cast<cmsUInt32Number>(image.pixels.size()));
    image = std::move(rgb);
  } else {
    const cmsUInt32Number format = image.channels == 4 ? TYPE_RGBA_8 : TYPE_RGB_8;
    const std::unique_ptr<void, void (*)(void*)> transform(
        cmsCreateTransform(
            from.handle, format, srgb.handle, format, INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_COPY_ALPHA),
        cmsDeleteTransform);
    if (!transform) {
      return {};
    }
    for (int y = 0; y < image.height; ++y) {
      cmsDoTransform(transform.get(), image.row(y), image.row(y), static_cast<cmsUInt32Number>(image.width));
    }
  }
  return fmt::format("colours converted from {} to sRGB", name.empty() ? "the photo's profile" : name);
}

#else

std::string convertToSrgb(Image&, std::span<const std::byte> profile) {
  return profile.empty() ? std::string()
                         : "the colour profile was not applied: this build lacks Little CMS (liblcms2-dev)";
}

#endif

}  // namespace panohead
