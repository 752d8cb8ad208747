#pragma once

#include "render/gl/gl_handle.h"
#include "render/gl/texture.h"
#include "render/gl/uniform_buffer.h"
#include "render/packed_mesh.h"

#include <memory>

namespace panohead::render {

/// A mesh on the graphics card, which comes there in pieces.
class MeshBuffers {
 public:
  MeshBuffers(GlContextPtr context, std::shared_ptr<const PackedMesh> mesh);

  /// Copies about so many bytes more. @return whether all is there. Throws DeviceError when the card has no
  /// room.
  bool upload(std::size_t bytes);
  /// For glDrawElements: vertices (0 position, 1 normal, 2 uv, 3 colour) and indices.
  void bind() const;
  void bindTexture(int unit) const;
  const PackedMesh& mesh() const noexcept { return *mesh_; }

 private:
  bool uploadBuffer(GLenum target, GLuint id, const void* data, std::size_t size, std::size_t& budget);
  bool uploadTexture(std::size_t& budget);

  std::shared_ptr<const PackedMesh> mesh_;
  VertexArray vertex_array_;
  GlHandle<BufferTraits> vertices_;
  GlHandle<BufferTraits> indices_;
  GlHandle<TextureTraits> texture_;
  int part_ = 0;          // vertices, indices, then each level of the texture
  std::size_t done_ = 0;  // of this part: bytes, or rows
};

}  // namespace panohead::render
