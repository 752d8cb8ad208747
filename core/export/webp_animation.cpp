#include "core/export/film_file.h"

#ifndef PANOHEAD_HAVE_WEBPMUX

namespace panohead {

std::unique_ptr<FrameSink> openWebpAnimation(const std::filesystem::path&, const VideoFormat&) {
  return nullptr;
}

}  // namespace panohead

#else

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"

#include <fmt/format.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <chrono>
#include <cmath>
#include <optional>

namespace panohead {
namespace {

using Clock = std::chrono::steady_clock;

class WebpAnimation final : public FrameSink {
 public:
  WebpAnimation(const std::filesystem::path& path, const VideoFormat& format)
      : path_(path), file_(std::in_place, path), format_(format) {
    WebPAnimEncoderOptions options;
    if (WebPAnimEncoderOptionsInit(&options) == 0 || WebPConfigInit(&config_) == 0) {
      fail("this libwebp is of another version than the one that this program was built with");
    }
    options.anim_params.loop_count = 0;  // for ever
    config_.lossless = format.quality == 100 ? 1 : 0;
    config_.quality = static_cast<float>(format.quality == 100 ? 30 : format.quality);
    config_.method = format.quality == 100 ? 1 : 2;  // of 0 (fast) to 6: films have many frames
    config_.thread_level = 1;
    encoder_.reset(WebPAnimEncoderNew(format.width, format.height, &options));
    if (!encoder_) {
      fail("the size is not one of WebP's");
    }
  }

  void addFrame(Image image) override {
    const auto begin = Clock::now();
    WebPPicture picture;
    if (WebPPictureInit(&picture) == 0) {
      fail("libwebp is of another version");
    }
    picture.use_argb = 1;
    picture.width = image.width;
    picture.height = image.height;
    const auto import = image.channels == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB;
    const bool taken = import(&picture, image.pixels.data(), static_cast<int>(image.rowBytes())) != 0;
    const auto encoding = Clock::now();
    const bool added = taken && WebPAnimEncoderAdd(encoder_.get(), &picture, timeOf(frames_), &config_) != 0;
    WebPPictureFree(&picture);
    if (!added) {
      fail(WebPAnimEncoderGetError(encoder_.get()));
    }
    ++frames_;
    times_.converting += std::chrono::duration<double>(encoding - begin).count();
    times_.encoding += secondsSince(encoding);
  }

  void finish() override { write(); }

  std::filesystem::path keepPart() override {
    const std::filesystem::path part = partName(path_);
    file_.emplace(part);
    write();
    return part;
  }

  EncodingTimes times() const override { return times_; }

 private:
  struct Delete {
    void operator()(WebPAnimEncoder* encoder) const { WebPAnimEncoderDelete(encoder); }
  };

  int timeOf(int frame) const { return static_cast<int>(std::lround(frame * 1000 / format_.fps)); }

  void write() {
    WebPData data;
    WebPDataInit(&data);
    if (WebPAnimEncoderAdd(encoder_.get(), nullptr, timeOf(frames_), nullptr) == 0 ||
        WebPAnimEncoderAssemble(encoder_.get(), &data) == 0) {
      fail(WebPAnimEncoderGetError(encoder_.get()));
    }
    const std::unique_ptr<const std::uint8_t, void (*)(const void*)> bytes(
        data.bytes, [](const void* memory) { WebPFree(const_cast<void*>(memory)); });
    file_->write(std::as_bytes(std::span(data.bytes, data.size)));
    file_->commit();
  }

  [[noreturn]] void fail(const char* why) const {
    throw SaveError(fmt::format("cannot write the film '{}': {}", path_.string(), why),
                    "choose a smaller --size, or another kind: .mp4, .webm, or a folder of pictures");
  }

  std::filesystem::path path_;
  std::optional<AtomicFile> file_;
  VideoFormat format_;
  WebPConfig config_{};
  std::unique_ptr<WebPAnimEncoder, Delete> encoder_;
  int frames_ = 0;
  EncodingTimes times_;
};

}  // namespace

std::unique_ptr<FrameSink> openWebpAnimation(const std::filesystem::path& path, const VideoFormat& format) {
  return std::make_unique<WebpAnimation>(path, format);
}

}  // namespace panohead

#endif
