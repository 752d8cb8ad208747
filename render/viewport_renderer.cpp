#include "render/viewport_renderer.h"

#include "render/frame_texture.h"
#include "render/gl/shader_program.h"
#include "render/shaders.h"

#include <algorithm>
#include <cmath>

namespace panohead::render {

PictureArea pictureArea(glm::ivec2 picture, const ViewportState& state) {
  glm::ivec2 size = picture;
  if (!state.actual_size && picture.x > 0 && picture.y > 0) {
    const double scale = std::min(double(state.size.x) / picture.x, double(state.size.y) / picture.y);
    size = {std::lround(picture.x * scale), std::lround(picture.y * scale)};
  }
  return {(state.size - size) / 2, size};
}

struct ViewportRenderer::Resources {
  Resources(const GlContextPtr& context, const std::filesystem::path& hud_font)
      : program(context, shaders::frame_vert, shaders::frame_frag),
        vertex_array(context),
        frame(context),
        hud(hud_font) {}

  ShaderProgram program;
  VertexArray vertex_array;
  FrameTexture frame;
  Hud hud;
};

ViewportRenderer::ViewportRenderer(const GlLoader& load, const std::filesystem::path& hud_font)
    : context_(std::make_shared<GlContext>(load)),
      resources_(std::make_unique<Resources>(context_, hud_font)) {}

ViewportRenderer::~ViewportRenderer() {
  resources_.reset();
  context_->emptyGraveyard();
}

void ViewportRenderer::setFrame(const Frame& frame) { resources_->frame.upload(frame); }

void ViewportRenderer::draw(const ViewportState& state, const HudContent& hud) {
  context_->emptyGraveyard();
  context_->viewport(0, 0, state.size.x, state.size.y);
  context_->clearColor(0.075F, 0.08F, 0.09F, 1);
  context_->clear(GL_COLOR_BUFFER_BIT);
  if (!resources_->frame.empty()) {
    drawPicture(state);
    if (state.show_hud) {
      resources_->hud.draw(hud, state.size, state.pixel_ratio);
    }
  }
}

void ViewportRenderer::rehearse(const ViewportState& state) {
  constexpr int kPixels =
      64;  // as a real picture, a power of two with mipmaps: they are part of what is compiled
  for (const int channels : {4, 3}) {
    Frame frame;
    frame.picture = Image(kPixels, kPixels, channels);
    setFrame(frame);
    draw(state, {frame, {}, {}, 0});
  }
  resources_->frame = FrameTexture(context_);
}

void ViewportRenderer::drawPicture(const ViewportState& state) {
  const glm::ivec2 picture{resources_->frame.texture().width(), resources_->frame.texture().height()};
  const PictureArea area = pictureArea(picture, state);
  for (const GLenum capability :
       {GL_BLEND, GL_DEPTH_TEST, GL_SCISSOR_TEST, GL_CULL_FACE, GL_FRAMEBUFFER_SRGB}) {
    context_->disable(capability);
  }
  context_->viewport(area.corner.x, area.corner.y, area.size.x, area.size.y);
  resources_->frame.texture().bind(0);
  resources_->program.use();
  resources_->program.set("picture", 0);
  resources_->program.set("area", glm::ivec4(area.corner, area.size));
  resources_->program.set("exact", area.size == picture ? 1 : 0);
  resources_->program.set("check_size", std::max(1, static_cast<int>(8 * state.pixel_ratio)));
  context_->bindVertexArray(resources_->vertex_array.get());
  context_->drawArrays(GL_TRIANGLES, 0, 3);
  context_->bindVertexArray(0);
  context_->viewport(0, 0, state.size.x, state.size.y);
}

}  // namespace panohead::render
