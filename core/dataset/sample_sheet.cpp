#include "core/dataset/sample_sheet.h"

#include "core/base/canvas.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/dataset/dataset_index.h"
#include "core/dataset/dataset_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace panohead {
namespace {

constexpr int kGap = 6;
constexpr int kCaption = 14;
constexpr Rgb kBackground{24, 26, 30};
constexpr Rgb kField{52, 56, 62};
constexpr Rgb kText{214, 217, 222};
constexpr Rgb kOutline{80, 255, 120};

/// Empty when it cannot be decoded.
Image decodeOrNothing(const FileSource& source, std::size_t number, int channels, int size) {
  try {
    return resized(
        withChannels(decodeImage(source.readPicture(number), source.names()[number]), channels), size, size);
  } catch (const ImageError&) {  // the check names it; here its field stays empty
    return {};
  } catch (const ArchiveError&) {
    return {};
  }
}

/// Draws over the pixels of the person whose neighbour is background.
void drawOutline(Canvas& canvas, int left, int top, const Image& mask) {
  const auto isPerson = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < mask.width && y < mask.height && mask.row(y)[x] >= 128;
  };
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      // At the picture's edge there is no background to be told apart.
      const bool inside = x > 0 && y > 0 && x + 1 < mask.width && y + 1 < mask.height;
      if (inside && isPerson(x, y) &&
          !(isPerson(x - 1, y) && isPerson(x + 1, y) && isPerson(x, y - 1) && isPerson(x, y + 1))) {
        canvas.fillRectangle(left + x, top + y, 1, 1, kOutline);
      }
    }
  }
}

/// Numbers of labelled pictures, evenly spaced in the order of their yaw.
std::vector<std::size_t> chooseSamples(const DatasetIndex& index, int count) {
  std::vector<std::pair<double, std::size_t>> by_yaw;
  for (std::size_t i = 0; i < index.pictures.size(); ++i) {
    if (index.pictures[i].label) {
      by_yaw.emplace_back(orbitPlaceOf(*index.pictures[i].label).yaw, i);
    }
  }
  if (by_yaw.empty()) {
    throw DatasetError(
        fmt::format("no picture of '{}' has a usable label", index.picture_source->path().string()),
        "'panohead-studio dataset check' says why");
  }
  std::sort(by_yaw.begin(), by_yaw.end());
  const std::size_t wanted = std::min(by_yaw.size(), static_cast<std::size_t>(std::max(count, 1)));
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < wanted; ++i) {
    chosen.push_back(by_yaw[(2 * i + 1) * by_yaw.size() / (2 * wanted)].second);
  }
  return chosen;
}

}  // namespace

Image drawSampleSheet(const SampleSheetOptions& options, JobContext& context) {
  const DatasetIndex index = openDatasetIndex(options.data, options.masks, context);
  const std::vector<std::size_t> samples = chooseSamples(index, options.count);
  const int count = static_cast<int>(samples.size());
  const int columns = std::clamp(options.columns, 1, count);
  const int rows = (count + columns - 1) / columns;
  const int cell = options.size + kGap;
  Canvas canvas(kGap + columns * cell, kGap + rows * (cell + kCaption), kBackground);
  for (int i = 0; i < count; ++i) {
    context.checkpoint();
    context.report({"drawing samples", i, count, {}});
    const IndexedPicture& sample = index.pictures[samples[static_cast<std::size_t>(i)]];
    const int x = kGap + i % columns * cell;
    const int y = kGap + i / columns * (cell + kCaption);
    canvas.fillRectangle(x, y, options.size, options.size, kField);
    canvas.drawImage(x, y, decodeOrNothing(*index.picture_source, sample.picture, 3, options.size));
    if (sample.mask) {
      drawOutline(canvas, x, y, decodeOrNothing(*index.mask_source, *sample.mask, 1, options.size));
    }
    const OrbitPlace place = orbitPlaceOf(*sample.label);
    canvas.drawText(
        x, y + options.size + 3, fmt::format("yaw {:.0f} pitch {:.0f}", place.yaw, place.pitch), kText);
  }
  context.report({"drawing samples", count, count, {}});
  return canvas.image();
}

}  // namespace panohead
