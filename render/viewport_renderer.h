#pragma once

#include "render/hud.h"

#include <functional>
#include <memory>

namespace panohead::render {

class GlContext;
using GlLoader = std::function<void*(const char*)>;  // finds an OpenGL function by name, or null

/// What the viewport shows, and where.
struct ViewportState {
  glm::ivec2 size{0};        // of the framebuffer, pixels
  float pixel_ratio = 1;     // framebuffer pixels per logical pixel
  bool actual_size = false;  // one picture pixel on one framebuffer pixel, instead of filling the viewport
  bool show_hud = true;
};

/// A square of the framebuffer, from its lower left corner, pixels.
struct PictureArea {
  glm::ivec2 corner{0};
  glm::ivec2 size{0};
};

/// Where a picture is drawn: the largest centred rectangle of its shape, or its actual size, centred.
PictureArea pictureArea(glm::ivec2 picture, const ViewportState& state);

/// Draws the newest frame and the head-up display into the framebuffer that is bound. Where the
/// picture is drawn at its own size, pixels are copied exactly; otherwise it is scaled smoothly.
class ViewportRenderer {
 public:
  /// An OpenGL context must be current: the same one here, in every call, and in the destructor.
  /// Throws DeviceError. @param hud_font see Hud.
  ViewportRenderer(const GlLoader& load, const std::filesystem::path& hud_font);
  ~ViewportRenderer();
  ViewportRenderer(const ViewportRenderer&) = delete;
  ViewportRenderer& operator=(const ViewportRenderer&) = delete;

  /// Shows this frame from now on. Throws DeviceError when it has no picture; the last one stays.
  void setFrame(const Frame& frame);
  void draw(const ViewportState& state, const HudContent& hud);
  /// Draws a black frame and forgets it. Software drivers compile a program for a tenth of a second when
  /// it is first used: better as the window opens than under the user's hand.
  void rehearse(const ViewportState& state);

 private:
  struct Resources;
  void drawPicture(const ViewportState& state);

  std::shared_ptr<GlContext> context_;
  std::unique_ptr<Resources> resources_;
};

}  // namespace panohead::render
