#include "render/viewport_renderer.h"

#include "render/frame_texture.h"
#include "render/gl/shader_program.h"
#include "render/shaders.h"

#include <algorithm>
#include <cmath>

namespace panohead::render {
namespace {

const HudContent kRehearsed{{{"rehearsal", "0 ms"}}, "CPU", {}};
constexpr int kPixels = 64;  // of what is rehearsed: as a real picture, a power of two with mipmaps, which
                             // are part of what is compiled
constexpr float kLineWidth = 1;          // of wireframes, logical pixels
constexpr float kStaleStrength = 0.45F;  // of a mesh that is out of date

}  // namespace

PictureArea pictureArea(glm::ivec2 picture, const ViewportState& state) {
  glm::ivec2 size = state.rest_side > 0 ? glm::ivec2(state.rest_side) : picture;
  if (!state.actual_size && picture.x > 0 && picture.y > 0) {
    const double scale = std::min(double(state.size.x) / picture.x, double(state.size.y) / picture.y);
    size = {std::lround(picture.x * scale), std::lround(picture.y * scale)};
  }
  return {(state.size - size) / 2, size};
}

int splitColumn(const PictureArea& area, double line) {
  return area.corner.x + static_cast<int>(std::lround(std::clamp(line, 0.0, 1.0) * area.size.x));
}

struct ViewportRenderer::Resources {
  Resources(const GlContextPtr& context, const std::filesystem::path& hud_font)
      : program(context, shaders::frame_vert, shaders::frame_frag),
        vertex_array(context),
        frame(context),
        mesh(context),
        hud(hud_font) {}

  ShaderProgram program;
  VertexArray vertex_array;
  FrameTexture frame;
  MeshRenderer mesh;
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

void ViewportRenderer::setMesh(std::shared_ptr<const PackedMesh> mesh) {
  resources_->mesh.setMesh(std::move(mesh));
}

bool ViewportRenderer::uploadMesh(std::size_t bytes) { return resources_->mesh.upload(bytes); }

void ViewportRenderer::draw(const ViewportState& state, const HudContent& hud) {
  context_->emptyGraveyard();
  for (const GLenum capability :
       {GL_BLEND, GL_DEPTH_TEST, GL_SCISSOR_TEST, GL_CULL_FACE, GL_FRAMEBUFFER_SRGB}) {
    context_->disable(capability);
  }
  context_->viewport(0, 0, state.size.x, state.size.y);
  context_->clearColor(0.075F, 0.08F, 0.09F, 1);
  context_->clear(GL_COLOR_BUFFER_BIT);
  Resources& r = *resources_;
  const bool has_mesh = state.mesh.shown && r.mesh.shown() != nullptr;
  if (r.frame.empty() && !has_mesh) {
    return;
  }
  const glm::ivec2 picture =
      r.frame.empty() ? glm::ivec2(1) : glm::ivec2(r.frame.texture().width(), r.frame.texture().height());
  const PictureArea area = pictureArea(picture, state);
  const int right = area.corner.x + area.size.x;
  const int line = !has_mesh                              ? right
                   : state.mesh.split && !r.frame.empty() ? splitColumn(area, state.mesh.line)
                                                          : area.corner.x;
  if (line > area.corner.x) {
    drawTexture(r.frame.texture(),
                area,
                area.corner.x,
                line,
                std::max(1, static_cast<int>(8 * state.pixel_ratio)),
                1);
  }
  if (has_mesh && line < right) {
    r.mesh.draw({state.mesh_camera, state.mesh.shading, kLineWidth * state.pixel_ratio}, area.size);
    drawTexture(r.mesh.picture(), area, line, right, 0, state.mesh_stale ? kStaleStrength : 1);
  }
  if (has_mesh && state.mesh.split) {
    drawLine(state, area);
  }
  if (state.show_hud) {
    r.hud.draw(hud, state.size, area.corner.x, state.pixel_ratio);
  }
}

void ViewportRenderer::rehearse(const ViewportState& state) {
  for (const int channels : {4, 3}) {
    Frame frame;
    frame.picture = Image(kPixels, kPixels, channels);
    setFrame(frame);
    draw(state, kRehearsed);
  }
  resources_->frame = FrameTexture(context_);
}

void ViewportRenderer::rehearseMesh(const ViewportState& state) {
  Mesh triangle;
  triangle.positions = {{0, 0, 0}, {0.1F, 0, 0}, {0, 0.1F, 0}};
  triangle.indices = {0, 1, 2};
  setMesh(std::make_shared<const PackedMesh>(packMesh(triangle)));
  uploadMesh(1U << 20);
  ViewportState shown = state;
  shown.size = glm::ivec2(kPixels);  // what is drawn into need not be large yet
  shown.mesh.shown = true;
  shown.mesh_camera = orbitLabel({});
  for (const MeshShading shading : {MeshShading::Clay, MeshShading::Wireframe}) {
    shown.mesh.shading = shading;
    draw(shown, kRehearsed);
  }
  setMesh(nullptr);
}

void ViewportRenderer::drawTexture(
    const Texture& texture, const PictureArea& area, int left, int right, int check_size, float strength) {
  const ShaderProgram& program = resources_->program;
  GLint viewport[4];
  context_->getIntegerv(GL_VIEWPORT, viewport);
  context_->enable(GL_SCISSOR_TEST);
  context_->scissor(left, area.corner.y, right - left, area.size.y);
  context_->viewport(area.corner.x, area.corner.y, area.size.x, area.size.y);
  texture.bind(0);
  program.use();
  program.set("picture", 0);
  program.set("area", glm::ivec4(area.corner, area.size));
  program.set("exact", area.size == glm::ivec2(texture.width(), texture.height()) ? 1 : 0);
  program.set("check_size", check_size);
  program.set("strength", strength);
  context_->bindVertexArray(resources_->vertex_array.get());
  context_->drawArrays(GL_TRIANGLES, 0, 3);
  context_->bindVertexArray(0);
  context_->viewport(viewport[0], viewport[1], viewport[2], viewport[3]);
  context_->disable(GL_SCISSOR_TEST);
}

// A line from top to bottom with a grip in its middle.
void ViewportRenderer::drawLine(const ViewportState& state, const PictureArea& area) {
  const auto pixels = [&](double logical) {
    return std::max(1, static_cast<int>(std::lround(logical * state.pixel_ratio)));
  };
  const int column = splitColumn(area, state.mesh.line);
  const auto bar = [&](int width, int height, float grey) {
    context_->scissor(column - width / 2, area.corner.y + (area.size.y - height) / 2, width, height);
    context_->clearColor(grey, grey, grey, 1);
    context_->clear(GL_COLOR_BUFFER_BIT);
  };
  context_->enable(GL_SCISSOR_TEST);
  bar(pixels(4), area.size.y, 0.10F);
  bar(pixels(2), area.size.y, 0.88F);
  bar(pixels(10), pixels(46), 0.10F);
  bar(pixels(8), pixels(44), 0.88F);
  context_->disable(GL_SCISSOR_TEST);
}

}  // namespace panohead::render
