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

/// A row as floats with premultiplied alpha, so that resampling is a plain weighted mean.
void premultiply(const Image& image, int y, std::vector<float>& values) {
  const std::uint8_t* row = image.row(y);
  values.assign(row, row + image.rowBytes());
  if (image.channels == 4) {
    for (std::size_t i = 0; i < values.size(); i += 4) {
      for (std::size_t c = 0; c < 3; ++c) {
        values[i + c] *= values[i + 3] / 255;
      }
    }
  }
}

void storePixel(const float* values, int channels, std::uint8_t* pixel) {
  const float alpha = channels == 4 ? values[3] / 255 : 1;
  for (int c = 0; c < channels; ++c) {
    const float value = c == 3 || alpha <= 0 ? values[c] : values[c] / alpha;
    pixel[c] = static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
  }
}

/// One source row, as wide as the target.
void narrow(const std::vector<float>& line,
            const std::vector<Tap>& columns,
            std::size_t channels,
            float* out) {
  for (const Tap& tap : columns) {
    const float* in = line.data() + static_cast<std::size_t>(tap.first) * channels;
    std::fill_n(out, channels, 0.0F);
    for (const float weight : tap.weights) {
      for (std::size_t c = 0; c < channels; ++c) {
        out[c] += weight * *in++;
      }
    }
    out += channels;
  }
}

/// Needs little more memory than the two pictures: narrowed rows are kept only as long as target rows read
/// them. (The `first` of rows never decreases.)
Image resample(const Image& image, const std::vector<Tap>& columns, const std::vector<Tap>& rows) {
  const int channels = image.channels;
  const auto stride = static_cast<std::size_t>(channels);
  const std::size_t line_size = columns.size() * stride;
  std::size_t window = 0;
  for (const Tap& tap : rows) {
    window = std::max(window, tap.weights.size());
  }
  std::vector<float> narrowed(window * line_size);  // row y at y % window
  std::vector<float> source;
  std::size_t next = 0;  // the first row that is not narrowed yet
  Image result(static_cast<int>(columns.size()), static_cast<int>(rows.size()), channels);
  std::vector<float> line(line_size);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    const auto first = static_cast<std::size_t>(rows[y].first);
    const std::size_t end = first + rows[y].weights.size();
    for (next = std::max(next, first); next < end; ++next) {
      premultiply(image, static_cast<int>(next), source);
      narrow(source, columns, stride, &narrowed[next % window * line_size]);
    }
    std::fill(line.begin(), line.end(), 0.0F);
    for (std::size_t i = first; i < end; ++i) {
      const float weight = rows[y].weights[i - first];
      const float* in = &narrowed[i % window * line_size];
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

Image oriented(Image image, int orientation) {
  if (orientation < 2 || orientation > 8) {
    return image;
  }
  const bool turned = orientation >= 5;  // rows become columns
  Image result(turned ? image.height : image.width, turned ? image.width : image.height, image.channels);
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const auto channels = static_cast<std::size_t>(image.channels);
  for (int y = 0; y < result.height; ++y) {
    std::uint8_t* out = result.row(y);
    for (int x = 0; x < result.width; ++x) {
      const int column = turned ? y : x;
      const int row = turned ? x : y;
      const std::uint8_t* in =
          image.row(from_below ? image.height - 1 - row : row) +
          channels * static_cast<std::size_t>(from_right ? image.width - 1 - column : column);
      out = std::copy_n(in, channels, out);
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

double meanLevel(const Image& image) {
  double sum = 0;
  for (const std::uint8_t value : image.pixels) {
    sum += value;
  }
  return image.pixels.empty() ? 0 : sum / (255.0 * static_cast<double>(image.pixels.size()));
}

}  // namespace panohead
