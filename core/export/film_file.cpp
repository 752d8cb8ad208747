#include "core/export/film_file.h"

#ifndef PANOHEAD_HAVE_FFMPEG

namespace panohead {

std::unique_ptr<FrameSink> openFilmFile(const std::filesystem::path&,
                                        FilmKind,
                                        const VideoFormat&,
                                        std::string&) {
  return nullptr;
}

}  // namespace panohead

#else

#include "core/base/atomic_file.h"
#include "core/base/clock.h"
#include "core/base/error.h"

#include <fmt/format.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

namespace panohead {
namespace {

using Clock = std::chrono::steady_clock;

struct Free {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, Free>;

/// How one encoder is asked for a quality.
struct Codec {
  const char* name;
  bool alpha;            // can keep it
  const char* sentence;  // why the user should know that this one was taken; empty: no reason
};

constexpr std::array<Codec, 3> kMp4Codecs{
    {{"libx264", false, ""},
     {"libopenh264", false, ""},
     {"mpeg4",
      false,
      "this machine has no H.264 encoder: the film is MPEG-4 Part 2 (mp4v), which is larger"}}};
constexpr std::array<Codec, 2> kWebmCodecs{
    {{"libvpx-vp9", true, ""}, {"libvpx", true, "this machine has no VP9 encoder: the film is VP8"}}};

/// 1 .. 100 to an encoder's own scale, where less is better.
int onScale(int quality, double worst, double best) {
  return static_cast<int>(std::lround(worst + (best - worst) * (quality - 1) / 99));
}

class FilmFile final : public FrameSink {
 public:
  FilmFile(const std::filesystem::path& path, FilmKind kind, const VideoFormat& format)
      : path_(path), file_(path), kind_(kind), format_(format) {
    format_.width = format.width / 2 * 2;
    format_.height = format.height / 2 * 2;
  }

  /// Whether this encoder can be used here.
  bool open(const Codec& wanted) {
    const AVCodec* codec = avcodec_find_encoder_by_name(wanted.name);
    AVFormatContext* container = nullptr;
    if (codec == nullptr ||
        avformat_alloc_output_context2(
            &container, nullptr, kind_ == FilmKind::Mp4 ? "mp4" : "webm", url_.c_str()) < 0) {
      return false;
    }
    container_.reset(container);
    encoder_.reset(avcodec_alloc_context3(codec));
    const bool alpha = format_.alpha && wanted.alpha;
    describe(*encoder_, alpha);
    AVDictionary* options = nullptr;
    choose(wanted, alpha, &options);
    const int opened = avcodec_open2(encoder_.get(), codec, &options);
    av_dict_free(&options);
    if (opened < 0) {
      return false;
    }
    stream_ = avformat_new_stream(container_.get(), nullptr);
    stream_->time_base = encoder_->time_base;
    stream_->avg_frame_rate = encoder_->framerate;
    check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()));
    if (alpha) {
      av_dict_set(&stream_->metadata, "alpha_mode", "1", 0);
    }
    check(avio_open(&container_->pb, url_.c_str(), AVIO_FLAG_WRITE));
    AVDictionary* header = nullptr;
    if (kind_ == FilmKind::Mp4) {
      av_dict_set(&header, "movflags", "+faststart", 0);
    }
    const int written = avformat_write_header(container_.get(), &header);
    av_dict_free(&header);
    check(written);
    prepareFrame();
    packet_.reset(av_packet_alloc());
    return true;
  }

  void addFrame(Image image) override {
    const auto begin = Clock::now();
    if (!colours_) {
      prepareColours(image.channels);
    }
    check(av_frame_make_writable(frame_.get()));  // the encoder may still look at the last one
    // libswscale reads four of each, whatever the format has.
    const std::uint8_t* rows[4] = {image.pixels.data()};
    const int strides[4] = {static_cast<int>(image.rowBytes())};
    sws_scale(colours_.get(), rows, strides, 0, format_.height, frame_->data, frame_->linesize);
    frame_->pts = frames_++;
    times_.converting += secondsSince(begin);
    const auto encoding = Clock::now();
    encode(frame_.get());
    times_.encoding += secondsSince(encoding);
  }

  void finish() override {
    end();
    file_.commit();
  }

  std::filesystem::path keepPart() override {
    end();
    const std::filesystem::path part = partName(path_);
    std::error_code error;
    std::filesystem::rename(file_.temporaryPath(), part, error);
    if (error) {
      throw SaveError(fmt::format("cannot write '{}': {}", part.string(), error.message()),
                      "choose a place that you may write to");
    }
    return part;
  }

  EncodingTimes times() const override { return times_; }

 private:
  void describe(AVCodecContext& encoder, bool alpha) const {
    encoder.width = format_.width;
    encoder.height = format_.height;
    encoder.framerate = av_d2q(format_.fps, 100000);
    encoder.time_base = av_inv_q(encoder.framerate);
    encoder.pix_fmt = alpha ? AV_PIX_FMT_YUVA420P : AV_PIX_FMT_YUV420P;
    encoder.color_range = AVCOL_RANGE_MPEG;
    encoder.color_primaries = AVCOL_PRI_BT709;
    encoder.color_trc = AVCOL_TRC_BT709;
    encoder.colorspace = AVCOL_SPC_BT709;
    encoder.chroma_sample_location = AVCHROMA_LOC_LEFT;
    encoder.gop_size = static_cast<int>(std::lround(format_.fps * 4));  // places to jump to
    encoder.thread_count = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
    if ((container_->oformat->flags & AVFMT_GLOBALHEADER) != 0) {
      encoder.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    }
  }

  void choose(const Codec& codec, bool alpha, AVDictionary** options) {
    const std::string name = codec.name;
    if (format_.megabits > 0) {
      encoder_->bit_rate = static_cast<std::int64_t>(format_.megabits * 1e6);
      encoder_->rc_max_rate = encoder_->bit_rate * 2;
      encoder_->rc_buffer_size =
          static_cast<int>(std::min<std::int64_t>(encoder_->bit_rate * 2, 2'000'000'000));
    }
    const auto set = [&](const char* key, int value) { av_dict_set_int(options, key, value, 0); };
    if (name == "libx264") {
      av_dict_set(options, "preset", "medium", 0);
      if (format_.megabits <= 0) {
        set("crf", onScale(format_.quality, 40, 9));  // 75: 17, which eyes take for lossless
      }
    } else if (name == "mpeg4") {
      if (format_.megabits <= 0) {
        encoder_->flags |= AV_CODEC_FLAG_QSCALE;
        encoder_->global_quality = FF_QP2LAMBDA * onScale(format_.quality, 24, 1);
      }
    } else if (name == "libopenh264") {
      if (format_.megabits <= 0) {  // knows bit rates only
        encoder_->bit_rate = static_cast<std::int64_t>(static_cast<double>(format_.width) * format_.height *
                                                       format_.fps * 0.004 * format_.quality);
      }
    } else {
      av_dict_set(options, "deadline", "good", 0);
      set("cpu-used", 5);
      if (name == "libvpx-vp9") {
        set("row-mt", 1);
      }
      if (alpha) {
        set("auto-alt-ref", 0);  // alpha knows no hidden frames
      }
      if (format_.megabits <= 0) {
        set("crf", onScale(format_.quality, 58, 6));
        encoder_->bit_rate = name == "libvpx-vp9" ? 0 : 100'000'000;  // VP8: a bound, not a wish
      }
    }
  }

  /// @param channels of the pictures: what the codec keeps is another matter
  void prepareColours(int channels) {
    colours_.reset(sws_getContext(format_.width,
                                  format_.height,
                                  channels == 4 ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24,
                                  format_.width,
                                  format_.height,
                                  encoder_->pix_fmt,
                                  SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP,
                                  nullptr,
                                  nullptr,
                                  nullptr));
    if (!colours_) {
      check(AVERROR(ENOMEM));
    }
    constexpr int kOne = 1 << 16;  // brightness stays, contrast and saturation are 1
    sws_setColorspaceDetails(colours_.get(),
                             sws_getCoefficients(SWS_CS_ITU709),
                             1,  // pictures use all of 0 .. 255
                             sws_getCoefficients(SWS_CS_ITU709),
                             0,  // films 16 .. 235
                             0,
                             kOne,
                             kOne);
  }

  void prepareFrame() {
    frame_.reset(av_frame_alloc());
    frame_->format = encoder_->pix_fmt;
    frame_->width = format_.width;
    frame_->height = format_.height;
    frame_->color_range = encoder_->color_range;
    frame_->colorspace = encoder_->colorspace;
    frame_->color_primaries = encoder_->color_primaries;
    frame_->color_trc = encoder_->color_trc;
    check(av_frame_get_buffer(frame_.get(), 0));
  }

  /// @param frame null: what the encoder still holds
  void encode(const AVFrame* frame) {
    check(avcodec_send_frame(encoder_.get(), frame));
    while (true) {
      const int received = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (received == AVERROR(EAGAIN) || received == AVERROR_EOF) {
        return;
      }
      check(received);
      packet_->stream_index = stream_->index;
      packet_->duration = 1;
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      check(av_interleaved_write_frame(container_.get(), packet_.get()));
      checkDisk();
    }
  }

  void end() {
    const auto begin = Clock::now();
    encode(nullptr);
    check(av_write_trailer(container_.get()));
    avio_flush(container_->pb);
    checkDisk();
    check(avio_closep(&container_->pb));
    times_.encoding += secondsSince(begin);
  }

  /// Muxers do not always tell what writing met.
  void checkDisk() const { check(container_->pb->error); }

  void check(int code) const {
    if (code < 0) {
      const int error = AVUNERROR(code);
      if (error == ENOSPC || error == EFBIG || error == EDQUOT || error == EIO) {
        throwSaveError(path_, error);
      }
      std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
      av_strerror(code, text.data(), text.size());
      throw SaveError(
          fmt::format("cannot write the film '{}': {}", path_.string(), text.data()),
          "see whether the disk is full, or choose another kind: .mp4, .webm, .webp, or a folder");
    }
  }

  std::filesystem::path path_;
  AtomicFile file_;  // removes an unfinished film after everything below is closed
  std::string url_ = "file:" + file_.temporaryPath().string();  // a name with a colon would be a protocol
  FilmKind kind_;
  VideoFormat format_;
  Owned<AVFormatContext> container_;
  Owned<AVCodecContext> encoder_;
  AVStream* stream_ = nullptr;  // the container's
  Owned<SwsContext> colours_;
  Owned<AVFrame> frame_;
  Owned<AVPacket> packet_;
  std::int64_t frames_ = 0;
  EncodingTimes times_;
};

}  // namespace

std::unique_ptr<FrameSink> openFilmFile(const std::filesystem::path& path,
                                        FilmKind kind,
                                        const VideoFormat& format,
                                        std::string& notice) {
  av_log_set_level(AV_LOG_QUIET);  // errors are told by what throws
  const auto codecs =
      kind == FilmKind::Mp4 ? std::span<const Codec>(kMp4Codecs) : std::span<const Codec>(kWebmCodecs);
  for (const Codec& codec : codecs) {
    auto film = std::make_unique<FilmFile>(path, kind, format);
    if (film->open(codec)) {
      notice = codec.sentence;
      return film;
    }
  }
  return nullptr;
}

}  // namespace panohead

#endif
