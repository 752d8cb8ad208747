#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace panohead::test {

/// A film as FFmpeg's own decoder gives it, planes without any conversion.
struct DecodedFilm {
  struct Frame {
    double seconds = 0;
    std::vector<std::uint8_t> y, u, v, alpha;  // [width * height], chroma a quarter of it; alpha may be empty
  };
  std::string codec, pixel_format, primaries, matrix, range;
  int width = 0, height = 0;
  double fps = 0;
  std::vector<Frame> frames;
};

/// @param decoder its name; empty: FFmpeg's choice. Throws std::runtime_error.
DecodedFilm decodeFilm(const std::filesystem::path& path, const std::string& decoder = {});

/// BT.709, limited range, of one pixel, by the definition. 0 .. 255, not rounded.
struct Colour {
  double red = 0, green = 0, blue = 0;
};
Colour colourAt(const DecodedFilm& film, std::size_t frame, int x, int y);

}  // namespace panohead::test
