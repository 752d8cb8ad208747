#pragma once

#include "core/base/image.h"

#include <filesystem>
#include <memory>

namespace panohead {

/// Seconds.
struct EncodingTimes {
  double converting = 0;  // colours
  double encoding = 0;    // and writing
};

/// Takes the frames of a film, all of one size and number of channels. Nothing lies under the final name
/// before finish().
class FrameSink {
 public:
  virtual ~FrameSink() = default;
  virtual void addFrame(Image image) = 0;
  virtual void finish() = 0;
  /// Ends it here, under a name that says that it is a part. @return the name
  virtual std::filesystem::path keepPart() = 0;
  /// Frames that stay whole whatever is thrown, and keepPart() can still give: those of a folder.
  virtual int kept() const { return 0; }
  virtual EncodingTimes times() const { return {}; }
};

/// A sink that encodes on a thread of its own: addFrame() waits only while several frames are queued. What
/// the inner one throws is thrown by the next call.
std::unique_ptr<FrameSink> onOwnThread(std::unique_ptr<FrameSink> inner);

/// `folder/name.part.mp4` of `folder/name.mp4`.
std::filesystem::path partName(const std::filesystem::path& path);

}  // namespace panohead
