#include "render/mesh_renderer.h"

#include "render/gl/framebuffer_visit.h"
#include "render/gl/mesh_buffers.h"
#include "render/gl/multisample_target.h"
#include "render/gl/shader_program.h"
#include "render/shaders.h"

#include <glm/geometric.hpp>
#include <glm/gtc/type_ptr.hpp>
#include <glm/mat3x3.hpp>
#include <glm/mat4x4.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace panohead::render {
namespace {

constexpr int kSceneBlock = 0;

/// Of the label's matrix: x right, y down, z away from the eye.
glm::dmat4 cameraFromWorld(const CameraLabel& label) {
  glm::dmat3 axes;  // columns right, down, forward
  glm::dvec3 eye;
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) {
      axes[column][row] = label[static_cast<std::size_t>(4 * row + column)];
    }
    eye[row] = label[static_cast<std::size_t>(4 * row + 3)];
  }
  const glm::dmat3 turned = glm::transpose(axes);
  glm::dmat4 result(turned);
  result[3] = glm::dvec4(-(turned * eye), 1);
  return result;
}

/// Pinhole: u = (fx x + skew y) / z + cx, v = fy y / z + cy in [0, 1] become -1..1 with v still going down,
/// so that row 0 of what is drawn is the picture's top. Depth from `near` to `far` in world units.
glm::dmat4 clipFromCamera(const CameraLabel& label, double near, double far) {
  const double fx = label[16], skew = label[17], cx = label[18], fy = label[20], cy = label[21];
  glm::dmat4 result(0.0);
  result[0][0] = 2 * fx;
  result[1][0] = 2 * skew;
  result[2][0] = 2 * cx - 1;
  result[1][1] = 2 * fy;
  result[2][1] = 2 * cy - 1;
  result[2][2] = (far + near) / (far - near);
  result[3][2] = -2 * far * near / (far - near);
  result[2][3] = 1;
  return result;
}

/// The uniform block of the shaders.
struct Scene {
  glm::mat4 clip_from_world;
  glm::mat4 camera_from_world;
  glm::vec4 kind;
  glm::vec4 size;
};

Scene sceneOf(const PackedMesh& mesh, const MeshView& view, glm::ivec2 size) {
  const glm::dmat4 camera = cameraFromWorld(view.camera);
  const double depth = (camera * glm::dvec4(mesh.centre, 1)).z;
  const double near = std::max(0.02, depth - 1.01 * double{mesh.radius});
  const double far = std::max(near + 0.1, depth + 1.01 * double{mesh.radius});
  Scene scene;
  scene.clip_from_world = glm::mat4(clipFromCamera(view.camera, near, far) * camera);
  scene.camera_from_world = glm::mat4(camera);
  scene.kind = {static_cast<float>(view.shading),
                mesh.has_normals ? 1 : 0,
                !mesh.texture.empty() ? 2
                : mesh.has_colours    ? 1
                                      : 0,
                0};
  scene.size = {size.x, size.y, view.line_width, 0};
  return scene;
}

}  // namespace

struct MeshRenderer::Resources {
  explicit Resources(GlContextPtr made_in)
      : context(std::move(made_in)),
        surface(context, shaders::mesh_vert, shaders::mesh_frag),
        wire(context, shaders::mesh_vert, shaders::mesh_wire_geom, shaders::mesh_wire_frag),
        scene(context),
        target(context) {
    surface.setBlock("Scene", kSceneBlock);
    wire.setBlock("Scene", kSceneBlock);
  }

  GlContextPtr context;
  ShaderProgram surface;
  ShaderProgram wire;
  UniformBuffer scene;
  MultisampleTarget target;
  std::optional<MeshBuffers> shown;
  std::optional<MeshBuffers> coming;
  std::optional<MeshView> drawn;  // what the target shows, at its size
};

MeshRenderer::MeshRenderer(GlContextPtr context)
    : resources_(std::make_unique<Resources>(std::move(context))) {}

MeshRenderer::~MeshRenderer() = default;

void MeshRenderer::setMesh(std::shared_ptr<const PackedMesh> mesh) {
  Resources& r = *resources_;
  r.coming.reset();
  if (!mesh) {
    r.shown.reset();
    r.drawn.reset();
  } else {
    r.coming.emplace(r.context, std::move(mesh));
  }
}

bool MeshRenderer::upload(std::size_t bytes) {
  Resources& r = *resources_;
  if (!r.coming) {
    return false;
  }
  try {
    if (!r.coming->upload(bytes)) {
      return true;
    }
  } catch (...) {
    r.coming.reset();
    throw;
  }
  r.shown = std::exchange(r.coming, std::nullopt);
  r.drawn.reset();
  return false;
}

const PackedMesh* MeshRenderer::shown() const noexcept {
  return resources_->shown ? &resources_->shown->mesh() : nullptr;
}

void MeshRenderer::draw(const MeshView& view, glm::ivec2 size) {
  Resources& r = *resources_;
  if (r.drawn == view && size == glm::ivec2(r.target.width(), r.target.height())) {
    return;
  }
  const GlContext& gl = *r.context;
  r.drawn.reset();
  r.target.resize(size.x, size.y);
  const FramebufferVisit visit(gl, r.target.id());
  for (const GLenum capability : {GL_BLEND, GL_SCISSOR_TEST, GL_CULL_FACE, GL_FRAMEBUFFER_SRGB}) {
    gl.disable(capability);
  }
  gl.viewport(0, 0, size.x, size.y);
  gl.clearColor(0, 0, 0, 0);
  gl.clear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
  if (r.shown && r.shown->mesh().triangles() > 0) {
    const Scene scene = sceneOf(r.shown->mesh(), view, size);
    static_assert(sizeof(Scene) % sizeof(float) == 0);
    r.scene.upload({glm::value_ptr(scene.clip_from_world), sizeof(Scene) / sizeof(float)});
    r.scene.bind(kSceneBlock);
    const ShaderProgram& program = view.shading == MeshShading::Wireframe ? r.wire : r.surface;
    program.use();
    program.set("picture", 0);
    r.shown->bindTexture(0);
    gl.enable(GL_DEPTH_TEST);
    if (r.shown->mesh().closed) {  // half of the work, where software draws
      gl.enable(GL_CULL_FACE);
      gl.cullFace(GL_FRONT);  // rows go down, which turns every triangle around
    }
    r.shown->bind();
    gl.drawElements(
        GL_TRIANGLES, static_cast<GLsizei>(r.shown->mesh().indices.size()), GL_UNSIGNED_INT, nullptr);
    gl.bindVertexArray(0);
    gl.disable(GL_DEPTH_TEST);
    gl.disable(GL_CULL_FACE);
  }
  r.target.resolve();
  r.drawn = view;
}

const Texture& MeshRenderer::picture() const noexcept { return resources_->target.picture(); }

}  // namespace panohead::render
