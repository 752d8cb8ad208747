#pragma once

#include <memory>

namespace panohead {

/// A finished picture in the memory of the GPU that drew it, for whoever can show it from there.
struct DevicePicture {
  std::shared_ptr<const void>
      pixels;  // [height][width][4], 8 bits each, alpha premultiplied, row 0 at the top
  int width = 0;
  int height = 0;
};

}  // namespace panohead
