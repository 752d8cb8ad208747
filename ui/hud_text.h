#pragma once

#include "core/base/frame.h"
#include "render/hud.h"

#include <QString>

#include <cstdint>

namespace panohead::ui {

/// What the head-up display is to tell.
struct HudFacts {
  const Frame* frame = nullptr;  // null: a mesh hides it, and its numbers are left out
  double frames_per_second = 0;  // 0: not moving
  std::int64_t triangles = -1;   // of the mesh that is shown; -1: none is
  QString mesh;                  // what becomes of it: "ready", "making 40 %"
  bool mesh_ready = false;
  QString device;  // what computes
};

/// In the user's language.
render::HudContent hudText(const HudFacts& facts, const OrbitView& view);

}  // namespace panohead::ui
