#pragma once

#include "core/base/frame.h"
#include "render/hud.h"
#include "render/mesh_renderer.h"

#include <functional>
#include <memory>

namespace panohead::render {

class GlContext;
using GlLoader = std::function<void*(const char*)>;  // finds an OpenGL function by name, or null

/// How a mesh is shown.
struct MeshLook {
  bool shown = false;
  bool split = false;  // the neural picture left of a line, the mesh right of it; false: the mesh alone
  double line = 0.5;   // where it is, 0..1 of the picture's width
  MeshShading shading = MeshShading::Clay;
  bool operator==(const MeshLook&) const = default;
};

/// What the viewport shows, and where.
struct ViewportState {
  glm::ivec2 size{0};        // of the framebuffer, pixels
  float pixel_ratio = 1;     // framebuffer pixels per logical pixel
  bool actual_size = false;  // one picture pixel on one framebuffer pixel, instead of filling the viewport
  bool show_hud = true;
  MeshLook mesh{};
  CameraLabel mesh_camera{};
  bool mesh_stale = false;  // it is of another head than the one on the table: drawn faintly
  int rest_side = 0;  // pixels of the picture at rest where a coarse one stands for it; 0: the picture's own
};

/// A square of the framebuffer, from its lower left corner, pixels.
struct PictureArea {
  glm::ivec2 corner{0};
  glm::ivec2 size{0};
};

/// Where a picture is drawn: the largest centred rectangle of its shape, or its actual size, centred.
PictureArea pictureArea(glm::ivec2 picture, const ViewportState& state);

/// The column of the framebuffer where a mesh begins that is shown beside the neural picture.
int splitColumn(const PictureArea& area, double line);

/// Draws the newest frame, perhaps a mesh over it or beside it, and the head-up display into the framebuffer
/// that is bound. Where the picture is drawn at its own size, pixels are copied exactly; otherwise it is
/// scaled smoothly.
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
  /// See MeshRenderer.
  void setMesh(std::shared_ptr<const PackedMesh> mesh);
  bool uploadMesh(std::size_t bytes);
  /// Where there is no mesh yet, the frame is shown, whatever the state says.
  void draw(const ViewportState& state, const HudContent& hud);
  /// Draws a black frame and forgets it. Software drivers compile a program for a tenth of a second when
  /// it is first used: better as the window opens than under the user's hand.
  void rehearse(const ViewportState& state);
  /// The same for meshes, which are forgotten.
  void rehearseMesh(const ViewportState& state);

 private:
  struct Resources;
  /// @param left, right columns of the framebuffer between which it is seen
  /// @param check_size of the squares behind it, pixels; 0: a quiet backdrop
  void drawTexture(
      const Texture& texture, const PictureArea& area, int left, int right, int check_size, float strength);
  void drawLine(const ViewportState& state, const PictureArea& area);

  std::shared_ptr<GlContext> context_;
  std::unique_ptr<Resources> resources_;
};

}  // namespace panohead::render
