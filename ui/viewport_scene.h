#pragma once

#include "core/base/frame.h"
#include "render/packed_mesh.h"
#include "render/viewport_renderer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace panohead::ui {

/// All that the viewport shows at one moment; may be drawn by another thread than the window's.
struct ViewportScene {
  std::shared_ptr<const Frame> frame{};              // never null; empty before the first
  std::shared_ptr<const render::PackedMesh> mesh{};  // may be null
  render::ViewportState state{};

  // What the head-up display tells, see render::HudContent:
  OrbitView view{};
  std::string device{};
  double frames_per_second = 0;
  bool frame_seen = true;
  std::int64_t triangles = -1;
  std::string mesh_text{};
  bool mesh_ready = false;
};

}  // namespace panohead::ui
