#pragma once

#include "core/base/camera.h"
#include "core/base/frame.h"

#include <glm/vec2.hpp>

#include <cstdint>
#include <filesystem>
#include <string_view>

struct ImGuiContext;

namespace panohead::render {

/// What the head-up display tells.
struct HudContent {
  const Frame& frame;
  OrbitView view{};
  std::string_view device{};     // what computes
  double frames_per_second = 0;  // 0: not moving
  bool frame_seen = true;        // false: a mesh hides it, and its numbers are left out
  std::int64_t triangles = -1;   // of the mesh that is shown; -1: none is
  std::string_view mesh{};       // what becomes of it: "ready", "making 40 %"
  bool mesh_ready = false;
};

/// Numbers and an orbit gizmo over the picture, drawn with Dear ImGui. Takes no input.
class Hud {
 public:
  /// The OpenGL context must be current, here, in draw() and in the destructor.
  /// @param font_file a TrueType font; empty or unreadable: ImGui's own.
  explicit Hud(std::filesystem::path font_file);
  ~Hud();
  Hud(const Hud&) = delete;
  Hud& operator=(const Hud&) = delete;

  /// @param size of the framebuffer in pixels. @param pixel_ratio framebuffer pixels per logical pixel.
  void draw(const HudContent& content, glm::ivec2 size, float pixel_ratio);

 private:
  void scaleTo(float pixel_ratio);

  ImGuiContext* context_;
  std::filesystem::path font_file_;
  float pixel_ratio_ = 0;
};

}  // namespace panohead::render
