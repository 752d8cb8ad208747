#include "ui/scene_painter.h"

#include "ui/bridge/hud_font.h"
#include "ui/opengl_probe.h"

namespace panohead::ui {

ScenePainter::ScenePainter(glm::ivec2 size, float pixel_ratio) : renderer_(openGlFunction, hudFontFile()) {
  const render::ViewportState state{.size = size, .pixel_ratio = pixel_ratio};
  renderer_.rehearse(state);
  renderer_.rehearseMesh(state);
}

bool ScenePainter::draw(const ViewportScene& scene, std::size_t upload_bytes) {
  constexpr std::size_t kAtOnce = 64U << 20;
  if (frame_ != scene.frame && !scene.frame->picture.empty()) {
    renderer_.setFrame(*scene.frame);
    frame_ = scene.frame;
  }
  if (mesh_ != scene.mesh) {
    mesh_ = scene.mesh;
    renderer_.setMesh(mesh_);
    uploading_ = true;
  }
  if (uploading_ && upload_bytes > 0) {
    uploading_ = renderer_.uploadMesh(upload_bytes);
  }
  while (uploading_ && upload_bytes == 0) {
    uploading_ = renderer_.uploadMesh(kAtOnce);
  }
  renderer_.draw(scene.state, scene.hud);
  return uploading_;
}

}  // namespace panohead::ui
