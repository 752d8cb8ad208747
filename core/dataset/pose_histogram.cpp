#include "core/dataset/pose_histogram.h"

#include "core/base/canvas.h"
#include "core/dataset/dataset_selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace panohead {
namespace {

constexpr int kCell = 10;  // pixels
constexpr int kMapWidth = PoseHistogram::kYawBins * kCell;
constexpr int kMapHeight = PoseHistogram::kPitchBins * kCell;
constexpr int kLeft = 70;
constexpr int kTop = 110;
constexpr int kBar = 60;  // length of the longest bar along the edges
constexpr int kWidth = kLeft + kMapWidth + kBar + 40;
constexpr int kHeight = kTop + kMapHeight + 110;
constexpr Rgb kBackground{24, 26, 30};
constexpr Rgb kEmpty{36, 39, 45};
constexpr Rgb kGrid{58, 62, 70};
constexpr Rgb kText{214, 217, 222};
constexpr Rgb kBarColour{92, 142, 173};
constexpr Rgb kBorder{230, 120, 90};  // between front and back

/// Dark blue over green to yellow, rising evenly in brightness.
Rgb heat(double value) {
  constexpr std::array<Rgb, 4> kStops{
      Rgb{52, 62, 128}, Rgb{38, 132, 142}, Rgb{98, 196, 104}, Rgb{250, 232, 90}};
  const double place = std::clamp(value, 0.0, 1.0) * (kStops.size() - 1);
  const auto lower = std::min<std::size_t>(static_cast<std::size_t>(place), kStops.size() - 2);
  const double part = place - static_cast<double>(lower);
  Rgb colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    colour[c] =
        static_cast<std::uint8_t>(std::lround(kStops[lower][c] * (1 - part) + kStops[lower + 1][c] * part));
  }
  return colour;
}

int binOf(double degrees, int low, int bins) {
  return std::clamp(static_cast<int>(std::floor((degrees - low) / PoseHistogram::kStep)), 0, bins - 1);
}

void drawCentred(Canvas& canvas, int x, int y, const std::string& text) {
  canvas.drawText(x - textWidth(text) / 2, y, text, kText);
}

void drawMap(Canvas& canvas, const PoseHistogram& histogram, std::int64_t most) {
  for (int yaw = 0; yaw < PoseHistogram::kYawBins; ++yaw) {
    for (int pitch = 0; pitch < PoseHistogram::kPitchBins; ++pitch) {
      const std::int64_t count = histogram.count(yaw, pitch);
      // The root keeps rare views visible.
      const Rgb colour =
          count == 0 ? kEmpty : heat(std::sqrt(static_cast<double>(count) / static_cast<double>(most)));
      const int y = kTop + (PoseHistogram::kPitchBins - 1 - pitch) * kCell;
      canvas.fillRectangle(kLeft + yaw * kCell, y, kCell - 1, kCell - 1, colour);
    }
  }
}

void drawAxes(Canvas& canvas) {
  const int bottom = kTop + kMapHeight;
  for (int yaw = -180; yaw <= 180; yaw += 30) {
    const int x = kLeft + (yaw + 180) * kMapWidth / 360;
    canvas.fillRectangle(x - 1, bottom, 1, 6, kText);
    drawCentred(canvas, x, bottom + 10, fmt::format("{}", yaw));
  }
  for (int pitch = -90; pitch <= 90; pitch += 30) {
    const int y = bottom - (pitch + 90) * kMapHeight / 180;
    canvas.fillRectangle(kLeft - 7, y - 1, 6, 1, kText);
    const std::string text = fmt::format("{}", pitch);
    canvas.drawText(kLeft - 11 - textWidth(text), y - kTextHeight / 2 - 1, text, kText);
  }
  for (const int yaw : {-90, 90}) {
    canvas.fillRectangle(kLeft + (yaw + 180) * kMapWidth / 360 - 1, kTop, 1, kMapHeight, kBorder);
  }
  const int names = bottom + 24;
  drawCentred(canvas, kLeft + kMapWidth / 2, names, "front");
  drawCentred(canvas, kLeft + kMapWidth * 3 / 4, names, "head's left side");
  drawCentred(canvas, kLeft + kMapWidth / 4, names, "head's right side");
  drawCentred(canvas, kLeft, names, "back");
  drawCentred(canvas, kLeft + kMapWidth, names, "back");
  drawCentred(canvas, kLeft + kMapWidth / 2, names + 16, "yaw of the camera in degrees");
  canvas.drawText(8, kTop - 18, "pitch", kText);
  canvas.drawText(8, kTop + 4, "above", kText);
  canvas.drawText(8, bottom - 12, "below", kText);
}

void drawSums(Canvas& canvas, const PoseHistogram& histogram) {
  constexpr int kStep = PoseHistogram::kStep;
  std::int64_t most_yaw = 1;
  std::int64_t most_pitch = 1;
  for (int yaw = -180; yaw < 180; yaw += kStep) {
    most_yaw = std::max(most_yaw, histogram.yawCount(yaw, kStep));
  }
  for (int pitch = -90; pitch < 90; pitch += kStep) {
    most_pitch = std::max(most_pitch, histogram.pitchCount(pitch, kStep));
  }
  const auto length = [](std::int64_t count, std::int64_t most) {
    return static_cast<int>((count * kBar + most - 1) / most);
  };
  for (int yaw = -180; yaw < 180; yaw += kStep) {
    const int bar = length(histogram.yawCount(yaw, kStep), most_yaw);
    canvas.fillRectangle(kLeft + (yaw + 180) / kStep * kCell, kTop - 4 - bar, kCell - 1, bar, kBarColour);
  }
  for (int pitch = -90; pitch < 90; pitch += kStep) {
    const int bar = length(histogram.pitchCount(pitch, kStep), most_pitch);
    const int y = kTop + kMapHeight - ((pitch + 90) / kStep + 1) * kCell;
    canvas.fillRectangle(kLeft + kMapWidth + 4, y, bar, kCell - 1, kBarColour);
  }
}

void drawLegend(Canvas& canvas, std::int64_t most) {
  constexpr int kLegend = 200;
  const int x = kLeft + kMapWidth / 2 - kLegend / 2;
  const int y = kHeight - 38;
  for (int i = 0; i < kLegend; ++i) {
    canvas.fillRectangle(x + i, y, 1, 10, heat(std::sqrt((i + 0.5) / kLegend)));
  }
  canvas.drawText(x - 12, y + 2, "1", kText);
  canvas.drawText(x + kLegend + 6, y + 2, fmt::format("{}", most), kText);
  drawCentred(canvas,
              kLeft + kMapWidth / 2,
              y + 16,
              fmt::format("pictures in {0} x {0} degrees", PoseHistogram::kStep));
}

}  // namespace

void PoseHistogram::add(const CameraLabel& label) {
  const OrbitPlace place = orbitPlaceOf(label);
  const int yaw = binOf(place.yaw, -180, kYawBins);
  const int pitch = binOf(place.pitch, -90, kPitchBins);
  ++counts_[static_cast<std::size_t>(pitch * kYawBins + yaw)];
  ++(isBackView(label) ? back_ : front_);
}

std::int64_t PoseHistogram::count(int yaw_bin, int pitch_bin) const {
  return counts_.at(static_cast<std::size_t>(pitch_bin * kYawBins + yaw_bin));
}

std::int64_t PoseHistogram::yawCount(int low_degrees, int degrees) const {
  std::int64_t sum = 0;
  for (int yaw = (low_degrees + 180) / kStep, end = yaw + degrees / kStep; yaw < end; ++yaw) {
    for (int pitch = 0; pitch < kPitchBins; ++pitch) {
      sum += count(yaw, pitch);
    }
  }
  return sum;
}

std::int64_t PoseHistogram::pitchCount(int low_degrees, int degrees) const {
  std::int64_t sum = 0;
  for (int pitch = (low_degrees + 90) / kStep, end = pitch + degrees / kStep; pitch < end; ++pitch) {
    for (int yaw = 0; yaw < kYawBins; ++yaw) {
      sum += count(yaw, pitch);
    }
  }
  return sum;
}

int PoseHistogram::balancingRepeat() const {
  if (back_ == 0) {
    return 0;
  }
  return static_cast<int>(std::clamp<std::int64_t>(
      std::llround(static_cast<double>(front_) / static_cast<double>(back_)), 1, 1000));
}

Image drawPoseHistogram(const PoseHistogram& histogram) {
  Canvas canvas(kWidth, kHeight, kBackground);
  canvas.drawText(kLeft,
                  14,
                  fmt::format("{} pictures: {} from the front, {} from behind",
                              histogram.total(),
                              histogram.front(),
                              histogram.back()),
                  kText,
                  2);
  std::int64_t most = 1;
  for (int yaw = 0; yaw < PoseHistogram::kYawBins; ++yaw) {
    for (int pitch = 0; pitch < PoseHistogram::kPitchBins; ++pitch) {
      most = std::max(most, histogram.count(yaw, pitch));
    }
  }
  canvas.fillRectangle(kLeft - 1, kTop - 1, kMapWidth + 1, kMapHeight + 1, kGrid);
  drawMap(canvas, histogram, most);
  drawAxes(canvas);
  drawSums(canvas, histogram);
  drawLegend(canvas, most);
  return canvas.image();
}

}  // namespace panohead
