#pragma once

#include "core/base/camera.h"
#include "core/export/depth_map.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace panohead {

/// Pictures of one head with their cameras, as reconstruction tools take them. The world is ours: y up, the
/// face looks along +z, a head is about 0.5 wide.
struct ViewSet {
  int width = 0, height = 0;  // pixels of the pictures; all have the same lens
  struct View {
    std::string name;  // "view_0000.png", in images/, depth/ and masks/
    CameraLabel camera{};
  };
  std::vector<View> views{};
  bool has_alpha = false;  // pictures have: then masks are not named to nerfstudio, see writeTransforms
};

/// `transforms.json` of nerfstudio (instant-ngp knows it, too): OpenGL cameras (x right, y up, z backwards),
/// `transform_matrix` is camera to world; `file_path`, `depth_file_path` (z in steps of kDepthUnit, which is
/// `depth_unit_scale_factor`), `ply_file_path`. `mask_path` only where pictures have no alpha: a mask takes
/// what it hides out of the training, and nothing would say then that there is nothing. Throws SaveError.
void writeTransforms(const std::filesystem::path& path, const ViewSet& set, const std::string& point_file);

/// COLMAP's text files cameras.txt (one PINHOLE camera), images.txt (quaternion and translation, world to
/// camera, OpenCV axes) and points3D.txt, into an existing folder. Pixel centres lie at halves. Throws
/// SaveError.
void writeColmap(const std::filesystem::path& folder,
                 const ViewSet& set,
                 std::span<const ColouredPoint> points);

/// Binary PLY: x y z (float), red green blue (uchar). Throws SaveError.
void writePointCloud(const std::filesystem::path& path, std::span<const ColouredPoint> points);

}  // namespace panohead
