#pragma once

#include "core/base/camera.h"
#include "core/base/error.h"

#include <filesystem>
#include <vector>

namespace panohead {

/// A file of cameras that cannot be read, or whose numbers are no cameras.
class CameraFileError : public Error {
 public:
  using Error::Error;
};

/// The cameras of a film's frames, for other programs.
struct CameraSet {
  double frames_per_second = 30;
  int width = 0, height = 0;        // pixels of the frames
  std::vector<CameraLabel> frames;  // one for each
};

/// JSON: `convention`, `fps`, `width`, `height`, and in `frames` for each `time` (seconds), `intrinsics` (3 x
/// 3, in pixels), `cam2world` (4 x 4; OpenCV axes: x right, y down, z forward; world: y up, the face looks
/// along +z) and `label` (the 25 numbers of the EG3D family). Throws SaveError.
void writeCameraSet(const std::filesystem::path& path, const CameraSet& cameras);

/// Reads such a file, or a `transforms.json` (core/export/view_set.h). Pictures are square.
/// Throws CameraFileError naming the file, the camera and what is wrong with it.
CameraSet readCameraSet(const std::filesystem::path& path);

}  // namespace panohead
