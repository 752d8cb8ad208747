#pragma once

#include "core/base/frame.h"
#include "render/packed_mesh.h"
#include "render/viewport_renderer.h"

#include <memory>

namespace panohead::ui {

/// All that the viewport shows at one moment; may be drawn by another thread than the window's.
struct ViewportScene {
  std::shared_ptr<const Frame> frame{};              // never null; empty before the first
  std::shared_ptr<const render::PackedMesh> mesh{};  // may be null
  render::ViewportState state{};
  render::HudContent hud{};
};

}  // namespace panohead::ui
