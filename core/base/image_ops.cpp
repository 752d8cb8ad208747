#include "core/base/image_ops.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace panohead {
namespace {

/// What one pixel of a resampled row reads: `weights` of the pixels from `first` on.
struct Tap {
  int first = 0;
  std::vector<float> weights;
};

/// A triangle of one source pixel width when enlarging (linear interpolation), of the width of one
/// target pixel when shrinking (weighted mean of the area).
std::vector<Tap> makeTaps(int source, int target) {
  const double step = double(source) / target;
  const double radius = std::max(1.0, step);
  std::vector<Tap> taps(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * step - 0.5;
    const int first = std::max(0, static_cast<int>(std::ceil(centre - radius)));
    const int last = std::min(source - 1, static_cast<int>(std::floor(centre + radius)));
    Tap& tap = taps[static_cast<std::size_t>(i)];
    tap.first = std::clamp(first, 0, source - 1);
    float sum = 0;
    for (int j = tap.first; j <= std::max(last, tap.first); ++j) {
      tap.weights.push_back(static_cast<float>(std::max(1e-6, 1 - std::abs(j - centre) / radius)));
      sum += tap.weights.back();
    }
    for (float& weight : tap.weights) {
      weight /= sum;
    }
  }
  return taps;
}

/// The source pixels under each target pixel, those at its ends by the part that is under it.
std::vector<Tap> makeAreaTaps(int source, int target) {
  const double step = double(source) / target;
  std::vector<Tap> taps(static_cast<std::size_t>(target));
  for (int i = 0; i < target; ++i) {
    const double begin = i * step;
    const double end = std::min<double>((i + 1) * step, source);
    Tap& tap = taps[static_cast<std::size_t>(i)];
    tap.first = static_cast<int>(begin);
    for (int j = tap.first; j < source && j < end; ++j) {
      tap.weights.push_back(static_cast<float>((std::min(end, j + 1.0) - std::max(begin, double(j))) / step));
    }
  }
  return taps;
}

/// Floats with premultiplied alpha, so that resampling is a plain weighted mean.
std::vector<float> premultiplied(const Image& image) {
  std::vector<float> values(image.pixels.begin(), image.pixels.end());
  if (image.channels == 4) {
    for (std::size_t i = 0; i < values.size(); i += 4) {
      for (std::size_t c = 0; c < 3; ++c) {
        values[i + c] *= values[i + 3] / 255;
      }
    }
  }
  return values;
}

void storePixel(const float* values, int channels, std::uint8_t* pixel) {
  const float alpha = channels == 4 ? values[3] / 255 : 1;
  for (int c = 0; c < channels; ++c) {
    const float value = c == 3 || alpha <= 0 ? values[c] : values[c] / alpha;
    pixel[c] = static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
  }
}

Image resample(const Image& image, const std::vector<Tap>& columns, const std::vector<Tap>& rows) {
  const int channels = image.channels;
  const auto stride = static_cast<std::size_t>(channels);
  const std::vector<float> source = premultiplied(image);
  std::vector<float> narrowed(columns.size() * static_cast<std::size_t>(image.height) * stride, 0.0F);
  float* out = narrowed.data();
  for (int y = 0; y < image.height; ++y) {
    const float* line = source.data() + image.rowBytes() * static_cast<std::size_t>(y);
    for (const Tap& tap : columns) {
      const float* in = line + static_cast<std::size_t>(tap.first) * stride;
      for (const float weight : tap.weights) {
        for (int c = 0; c < channels; ++c) {
          out[c] += weight * *in++;
        }
      }
      out += stride;
    }
  }
  Image result(static_cast<int>(columns.size()), static_cast<int>(rows.size()), channels);
  const std::size_t line_size = columns.size() * stride;
  std::vector<float> line(line_size);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    std::fill(line.begin(), line.end(), 0.0F);
    const float* in = narrowed.data() + static_cast<std::size_t>(rows[y].first) * line_size;
    for (const float weight : rows[y].weights) {
      for (float& value : line) {
        value += weight * *in++;
      }
    }
    for (std::size_t x = 0; x < columns.size(); ++x) {
      storePixel(&line[x * stride], channels, result.row(static_cast<int>(y)) + x * stride);
    }
  }
  return result;
}

}  // namespace

Image resized(const Image& image, int width, int height) {
  if (width == image.width && height == image.height) {
    return image;
  }
  return resample(image, makeTaps(image.width, width), makeTaps(image.height, height));
}

Image areaDownsampled(const Image& image, int width, int height) {
  if (width > image.width || height > image.height || width < 1 || height < 1) {
    throw OptionError(
        fmt::format("{} x {} pixels cannot be shrunk to {} x {}", image.width, image.height, width, height),
        "choose a size that is not larger than the picture's");
  }
  if (width == image.width && height == image.height) {
    return image;
  }
  return resample(image, makeAreaTaps(image.width, width), makeAreaTaps(image.height, height));
}

Image mirroredImage(const Image& image) {
  Image result(image.width, image.height, image.channels);
  const auto channels = static_cast<std::size_t>(image.channels);
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* in = image.row(y);
    std::uint8_t* out = result.row(y) + result.rowBytes();
    for (int x = 0; x < image.width; ++x, in += channels) {
      out -= channels;
      std::copy_n(in, channels, out);
    }
  }
  return result;
}

Image withChannels(const Image& image, int channels) {
  if (channels == image.channels) {
    return image;
  }
  Image result(image.width, image.height, channels);
  const std::uint8_t* in = image.pixels.data();
  std::uint8_t* out = result.pixels.data();
  for (; out != result.pixels.data() + result.pixels.size(); out += channels, in += image.channels) {
    const bool grey = image.channels == 1;
    if (channels == 1) {
      out[0] = static_cast<std::uint8_t>((299 * in[0] + 587 * in[1] + 114 * in[2] + 500) / 1000);  // BT.601
      continue;
    }
    for (int c = 0; c < 3; ++c) {
      out[c] = in[grey ? 0 : c];
    }
    if (channels == 4) {
      out[3] = 255;
    }
  }
  return result;
}

Image tiled(std::span<const Image> images, int columns) {
  if (images.empty() || columns < 1) {
    return {};
  }
  const Image& first = images.front();
  const int rows = (static_cast<int>(images.size()) + columns - 1) / columns;
  Image sheet(first.width * columns, first.height * rows, first.channels);
  for (int i = 0; i < static_cast<int>(images.size()); ++i) {
    const Image& image = images[static_cast<std::size_t>(i)];
    if (image.width != first.width || image.height != first.height || image.channels != first.channels) {
      throw OptionError("pictures of different kinds cannot share a sheet", "bring them to one size first");
    }
    for (int y = 0; y < image.height; ++y) {
      std::copy_n(image.row(y),
                  image.rowBytes(),
                  sheet.row(i / columns * first.height + y) +
                      static_cast<std::size_t>(i % columns) * first.rowBytes());
    }
  }
  return sheet;
}

}  // namespace panohead
