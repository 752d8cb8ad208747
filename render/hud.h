#pragma once

#include "core/base/camera.h"

#include <glm/vec2.hpp>

#include <filesystem>
#include <string>
#include <vector>

struct ImFont;
struct ImGuiContext;

namespace panohead::render {

/// How a value is coloured.
enum class HudTone { Plain, Coarse, Good };

struct HudLine {
  std::string label;  // UTF-8, as the value; at the left
  std::string value;  // at the right
  HudTone tone = HudTone::Plain;
};

/// What the head-up display tells, in the user's language.
struct HudContent {
  std::vector<HudLine> lines{};
  std::string footer{};
  OrbitView view{};
};

/// Numbers and an orbit gizmo over the picture, drawn with Dear ImGui. Takes no input. The numbers are in the
/// upper left corner where the picture leaves them room beside it; else small and faint in the lower left
/// one, over a shoulder rather than the face.
class Hud {
 public:
  /// The OpenGL context must be current, here, in draw() and in the destructor.
  /// @param font_file a TrueType font; empty or unreadable: ImGui's own.
  explicit Hud(std::filesystem::path font_file);
  ~Hud();
  Hud(const Hud&) = delete;
  Hud& operator=(const Hud&) = delete;

  /// @param size of the framebuffer in pixels. @param beside columns left of the picture, pixels; negative:
  /// it begins outside. @param pixel_ratio framebuffer pixels per logical pixel.
  void draw(const HudContent& content, glm::ivec2 size, int beside, float pixel_ratio);

 private:
  void scaleTo(float pixel_ratio);
  void drawNumbers(const HudContent& content, glm::ivec2 size, int beside);

  ImGuiContext* context_;
  std::filesystem::path font_file_;
  float pixel_ratio_ = 0;
  ImFont* font_ = nullptr;  // of the present pixel ratio
  ImFont* small_font_ = nullptr;
};

}  // namespace panohead::render
