#pragma once

#include <cstdint>

namespace panohead {

enum class DecoderActivation { None, Sigmoid, LeakyRelu };

/// Which axes the third grid is read at: PanoHead (y, z, x); EG3D's own files (z, x, y).
enum class ThirdPlane { YZX, ZXY };

/// The volume renderer's part of a model's `rendering_kwargs` (SPEC, "The PanoHead generator" 3 to 6).
struct VolumeOptions {
  int coarse_samples = 48;          // depth samples per ray, first pass; at least 4
  int fine_samples = 48;            // extra samples placed by importance; 0 = one pass
  bool auto_range = false;          // ray_start and ray_end from the box instead
  double ray_start = 2.25;          // world units from the camera
  double ray_end = 3.30;            // world units; exceeds ray_start
  double box_warp = 1.0;            // side of the box that the grids span, world units
  double crop = 0.1;                // margin inside the box, in x and z, that is empty; world units
  bool disparity_sampling = false;  // stratify in 1/depth
  bool white_back = false;          // what is left of a ray is white (EG3D)
  ThirdPlane third_plane = ThirdPlane::YZX;
  double density_noise = 0.0;          // deviation of noise on the density (training)
  bool jitter = false;                 // published stochastic sampling; false: repeatable centres
  std::int64_t rays_per_chunk = 2048;  // without gradients rays are done in pieces to bound memory

  /// Throws OptionError naming the field.
  void check() const;
};

}  // namespace panohead
