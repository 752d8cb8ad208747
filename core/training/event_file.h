#pragma once

#include "core/base/append_file.h"
#include "core/training/stats.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace panohead {

/// A TensorBoard event file of scalars and pictures: TFRecord frames (length, masked CRC-32C of it, data,
/// masked CRC-32C of that) around Event messages of TensorFlow's event.proto, in protocol buffers' wire
/// format.
class EventFile {
 public:
  /// Begins a new file "events.out.tfevents.<seconds>.<host>" in the folder, for a run that goes on after
  /// `images` pictures; files of earlier starts stay. TensorBoard forgets what those have of later steps.
  /// Throws SaveError; DiskFullError when there is no room.
  EventFile(const std::filesystem::path& folder, std::int64_t images);

  /// Means of all names; the step is in thousands of pictures, rounded down, as the published program's.
  /// Throws as the constructor; after a DiskFullError the same values can be written again.
  void write(const StatsSnapshot& snapshot, std::int64_t images, double timestamp);

  /// A picture, as PNG. Throws as write().
  /// @param width, height in pixels
  void writePicture(const std::string& tag,
                    std::string_view png,
                    int width,
                    int height,
                    std::int64_t images,
                    double timestamp);

  const std::filesystem::path& path() const noexcept { return file_.path(); }

 private:
  AppendFile file_;
};

}  // namespace panohead
