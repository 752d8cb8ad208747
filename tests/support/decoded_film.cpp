#include "tests/support/decoded_film.h"

#include <stdexcept>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
}

namespace panohead::test {
namespace {

void require(bool fine, const char* what) {
  if (!fine) {
    throw std::runtime_error(what);
  }
}

std::vector<std::uint8_t> plane(const AVFrame& frame, int index, int width, int height) {
  std::vector<std::uint8_t> values;
  if (frame.data[index] != nullptr) {
    for (int row = 0; row < height; ++row) {
      const std::uint8_t* line = frame.data[index] + static_cast<std::ptrdiff_t>(row) * frame.linesize[index];
      values.insert(values.end(), line, line + width);
    }
  }
  return values;
}

}  // namespace

DecodedFilm decodeFilm(const std::filesystem::path& path, const std::string& decoder) {
  AVFormatContext* container = nullptr;
  require(avformat_open_input(&container, path.c_str(), nullptr, nullptr) == 0, "no film");
  require(avformat_find_stream_info(container, nullptr) >= 0, "no streams");
  require(container->nb_streams == 1, "one stream expected");
  const AVStream* stream = container->streams[0];
  const AVCodec* codec = decoder.empty() ? avcodec_find_decoder(stream->codecpar->codec_id)
                                         : avcodec_find_decoder_by_name(decoder.c_str());
  require(codec != nullptr, "no decoder");
  AVCodecContext* context = avcodec_alloc_context3(codec);
  avcodec_parameters_to_context(context, stream->codecpar);
  require(avcodec_open2(context, codec, nullptr) == 0, "the decoder does not open");

  DecodedFilm film;
  film.codec = avcodec_get_name(stream->codecpar->codec_id);
  film.fps = av_q2d(stream->avg_frame_rate);
  AVPacket* packet = av_packet_alloc();
  AVFrame* frame = av_frame_alloc();
  const auto take = [&] {
    while (avcodec_receive_frame(context, frame) == 0) {
      const int width = frame->width, height = frame->height;
      film.width = width;
      film.height = height;
      film.pixel_format = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame->format));
      film.primaries = av_color_primaries_name(frame->color_primaries);
      film.matrix = av_color_space_name(frame->colorspace);
      film.range = av_color_range_name(frame->color_range);
      film.frames.push_back({static_cast<double>(frame->best_effort_timestamp) * av_q2d(stream->time_base),
                             plane(*frame, 0, width, height),
                             plane(*frame, 1, width / 2, height / 2),
                             plane(*frame, 2, width / 2, height / 2),
                             plane(*frame, 3, width, height)});
    }
  };
  while (av_read_frame(container, packet) == 0) {
    require(avcodec_send_packet(context, packet) == 0, "a damaged packet");
    av_packet_unref(packet);
    take();
  }
  avcodec_send_packet(context, nullptr);
  take();
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&context);
  avformat_close_input(&container);
  return film;
}

Colour colourAt(const DecodedFilm& film, std::size_t frame, int x, int y) {
  const DecodedFilm::Frame& planes = film.frames.at(frame);
  const auto small = static_cast<std::size_t>(y / 2 * (film.width / 2) + x / 2);
  const double luma = (planes.y[static_cast<std::size_t>(y * film.width + x)] - 16) / 219.0;
  const double blue = (planes.u[small] - 128) / 224.0, red = (planes.v[small] - 128) / 224.0;
  return {
      255 * (luma + 1.5748 * red), 255 * (luma - 0.1873 * blue - 0.4681 * red), 255 * (luma + 1.8556 * blue)};
}

}  // namespace panohead::test
