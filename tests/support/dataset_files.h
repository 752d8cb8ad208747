#pragma once

#include "core/base/camera.h"
#include "core/base/image.h"
#include "core/base/image_io.h"
#include "core/base/zip_writer.h"
#include "core/dataset/dataset_labels.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <filesystem>
#include <string>
#include <vector>

namespace panohead::test {

/// A small data set on disk, to be damaged by tests: `count` pictures "personA/view0.png" .. of coloured
/// ramps, two views a person, cameras all around, masks of a disc.
struct DatasetFiles {
  ScratchFolder scratch;
  std::filesystem::path data = scratch / "img";
  std::filesystem::path masks = scratch / "seg";
  std::vector<LabelRow> labels;

  explicit DatasetFiles(int count, int size = 64) {
    for (int i = 0; i < count; ++i) {
      const std::string name = pictureName(i);
      writePicture(data / name, ramp(size, i));
      writePicture(masks / name, disc(size));
      labels.push_back({name, orbitLabel({.yaw_degrees = yaw(i, count), .pitch_degrees = i % 3 * 10.0}), {}});
    }
    writeLabelFile();
  }

  static std::string pictureName(int i) {
    return "person" + std::string(1, static_cast<char>('A' + i / 2)) + "/view" + std::to_string(i % 2) +
           ".png";
  }
  static double yaw(int i, int count) { return -180 + 360.0 * (i + 0.5) / count; }

  /// Pixel (x, y) holds (3 x, 3 y, 10 i), modulo 256.
  static Image ramp(int size, int i) {
    Image image(size, size, 3);
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        std::uint8_t* pixel = image.row(y) + 3 * x;
        pixel[0] = static_cast<std::uint8_t>(3 * x);
        pixel[1] = static_cast<std::uint8_t>(3 * y);
        pixel[2] = static_cast<std::uint8_t>(10 * i);
      }
    }
    return image;
  }

  /// Person in the left two thirds, so that mirroring shows.
  static Image disc(int size) {
    Image image(size, size, 1);
    for (int y = 0; y < size; ++y) {
      std::fill_n(image.row(y), size * 2 / 3, std::uint8_t{255});
    }
    return image;
  }

  static void writePicture(const std::filesystem::path& path, const Image& image) {
    std::filesystem::create_directories(path.parent_path());
    writePng(path, image);
  }
  void writeLabelFile() const { writeText(data / "dataset.json", writeLabels(labels)); }
  static void writeText(const std::filesystem::path& path, const std::string& text) {
    writeBytes(path, std::as_bytes(std::span(text)));
  }

  /// The file loses its second half.
  static void cutOff(const std::filesystem::path& path) {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  }

  /// The folder as a zip beside it.
  static std::filesystem::path zip(const std::filesystem::path& folder) {
    std::filesystem::path path = folder;
    path += ".zip";
    ZipWriter writer(path);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) {
        writer.add(entry.path().lexically_relative(folder).generic_string(), readBytes(entry.path()));
      }
    }
    writer.finish();
    return path;
  }
};

}  // namespace panohead::test
