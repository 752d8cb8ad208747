#pragma once

#include "core/base/camera.h"
#include "render/gl/gl_api.h"
#include "render/packed_mesh.h"

#include <glm/vec2.hpp>

#include <memory>

namespace panohead::render {

class Texture;

/// Clay: grey, in the light of three lamps. Wireframe: the edges of triangles, those behind the surface
/// hidden. Colours: the mesh's own, as they are (clay where it has none). Normals: right, up and towards the
/// camera as red, green and blue, as RenderMode::Normals has them.
enum class MeshShading { Clay, Wireframe, Colours, Normals };

struct MeshView {
  CameraLabel camera{};  // as that of the neural picture: both show a point of the head at the same place
  MeshShading shading = MeshShading::Clay;
  float line_width = 1;  // pixels
  bool operator==(const MeshView&) const = default;
};

/// Draws a mesh into a texture of its own: RGBA, premultiplied, transparent beside the mesh, soft at its
/// edge. Needs OpenGL 4.1. What is drawn already is not drawn again.
class MeshRenderer {
 public:
  /// The context must be current, here and in all calls but the destructor. Throws DeviceError.
  explicit MeshRenderer(GlContextPtr context);
  ~MeshRenderer();
  MeshRenderer(const MeshRenderer&) = delete;
  MeshRenderer& operator=(const MeshRenderer&) = delete;

  /// The mesh to show next; the last one is shown until upload() has it all. Null: none from now on.
  void setMesh(std::shared_ptr<const PackedMesh> mesh);
  /// Gives about so many bytes to the card. @return true when more is to come: draw, then call again.
  /// Throws DeviceError when the card has no room; then the last mesh stays.
  bool upload(std::size_t bytes);
  /// That draw() shows; null: none.
  const PackedMesh* shown() const noexcept;

  /// Into picture(), which gets this size in pixels. Framebuffer and viewport are as they were afterwards;
  /// what is bound as program, texture or buffer is not, and tests are off. Throws DeviceError.
  void draw(const MeshView& view, glm::ivec2 size);
  /// Row 0 is the picture's top. Of use after draw().
  const Texture& picture() const noexcept;

 private:
  struct Resources;
  std::unique_ptr<Resources> resources_;
};

}  // namespace panohead::render
