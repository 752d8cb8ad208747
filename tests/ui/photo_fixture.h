#pragma once

#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/vision/photo_crop.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace panohead::ui {

/// A portrait of 512 x 512 pixels in the public domain; empty: the shared test data is not there.
inline std::filesystem::path astronautFile() {
  const std::filesystem::path file = test::sharedData("photos/wild/astronaut.png");
  std::error_code ignored;
  return std::filesystem::exists(file, ignored) ? file : std::filesystem::path();
}

/// Where alignment puts the head of that portrait (its numbers beside the networks).
inline constexpr AlignedSquare kAstronaut{226, 108, 172, 3.1};

/// The face of the astronaut ten times, five in a row.
inline Image tenFaces() {
  const Image face = withChannels(cropSquare(readImage(astronautFile()), {226, 115, 260, 0}, 200), 3);
  return tiled(std::vector<Image>(10, face), 5);
}

/// Bands of colour: nobody.
inline Image nobody() {
  Image image(480, 360, 3);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      std::uint8_t* pixel = image.row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(x / 2);
      pixel[1] = static_cast<std::uint8_t>(y / 2);
      pixel[2] = static_cast<std::uint8_t>((x / 40 + y / 40) % 2 * 90);
    }
  }
  return image;
}

}  // namespace panohead::ui
