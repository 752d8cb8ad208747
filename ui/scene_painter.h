#pragma once

#include "ui/viewport_scene.h"

#include <cstddef>

namespace panohead::ui {

/// Draws scenes into the framebuffer that is bound, and remembers what the graphics card has of them already.
/// One OpenGL context must be current in every call, the same one, and in the destructor.
class ScenePainter {
 public:
  /// Throws DeviceError. @param size of the framebuffer, pixels, of the first scenes
  ScenePainter(glm::ivec2 size, float pixel_ratio);

  /// @param upload_bytes of a new mesh with this picture, 0: all
  /// @return whether a part of the mesh is still to come: draw again. Throws DeviceError.
  bool draw(const ViewportScene& scene, std::size_t upload_bytes);

 private:
  render::ViewportRenderer renderer_;
  std::shared_ptr<const Frame> frame_;  // on the card
  std::shared_ptr<const render::PackedMesh> mesh_;
  bool uploading_ = false;
};

}  // namespace panohead::ui
