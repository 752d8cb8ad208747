#pragma once

#include "core/base/image.h"
#include "core/jobs/job.h"

#include <string>

namespace panohead {

/// What a film shows. Frames are asked for in order, from any first one on.
class Film {
 public:
  virtual ~Film() = default;
  virtual int frames() const = 0;
  virtual int width() const = 0;   // pixels of every frame
  virtual int height() const = 0;  // pixels
  virtual bool hasAlpha() const = 0;
  /// RGB, or RGBA with straight alpha. Throws Cancelled, DeviceError.
  virtual Image frame(int index, JobContext& context) = 0;
  /// Everything that decides its pixels, lines of "name: value": what was begun with others cannot go on.
  virtual std::string settings() const = 0;
};

}  // namespace panohead
