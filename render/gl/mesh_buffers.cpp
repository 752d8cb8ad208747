#include "render/gl/mesh_buffers.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstddef>

namespace panohead::render {
namespace {

const void* offset(std::size_t bytes) { return reinterpret_cast<const void*>(bytes); }

}  // namespace

MeshBuffers::MeshBuffers(GlContextPtr context, std::shared_ptr<const PackedMesh> mesh)
    : mesh_(std::move(mesh)),
      vertex_array_(context),
      vertices_(context),
      indices_(context),
      texture_(std::move(context)) {
  const GlContext& gl = vertices_.gl();
  gl.bindVertexArray(vertex_array_.get());
  gl.bindBuffer(GL_ARRAY_BUFFER, vertices_.get());
  const auto attribute = [&gl](GLuint place, GLint count, GLenum type, bool normalised, std::size_t where) {
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(
        place, count, type, normalised ? GL_TRUE : GL_FALSE, sizeof(PackedVertex), offset(where));
  };
  attribute(0, 3, GL_FLOAT, false, offsetof(PackedVertex, position));
  attribute(1, 4, GL_INT_2_10_10_10_REV, true, offsetof(PackedVertex, normal));
  attribute(2, 2, GL_UNSIGNED_SHORT, true, offsetof(PackedVertex, uv));
  attribute(3, 4, GL_UNSIGNED_BYTE, true, offsetof(PackedVertex, colour));
  gl.bindBuffer(GL_ELEMENT_ARRAY_BUFFER, indices_.get());
  gl.bindVertexArray(0);
  gl.bindBuffer(GL_ARRAY_BUFFER, 0);
}

bool MeshBuffers::upload(std::size_t bytes) {
  std::size_t budget = std::max<std::size_t>(bytes, 1);
  const int parts = 2 + static_cast<int>(mesh_->texture.size());
  while (part_ < parts && budget > 0) {
    bool all = false;
    if (part_ == 0) {
      all = uploadBuffer(GL_ARRAY_BUFFER,
                         vertices_.get(),
                         mesh_->vertices.data(),
                         mesh_->vertices.size() * sizeof(PackedVertex),
                         budget);
    } else if (part_ == 1) {  // not as GL_ELEMENT_ARRAY_BUFFER, which would belong to some vertex array
      all = uploadBuffer(GL_ARRAY_BUFFER,
                         indices_.get(),
                         mesh_->indices.data(),
                         mesh_->indices.size() * sizeof(std::uint32_t),
                         budget);
    } else {
      all = uploadTexture(budget);
    }
    if (all) {
      ++part_;
      done_ = 0;
    }
  }
  return part_ == parts;
}

bool MeshBuffers::uploadBuffer(
    GLenum target, GLuint id, const void* data, std::size_t size, std::size_t& budget) {
  const GlContext& gl = vertices_.gl();
  gl.bindBuffer(target, id);
  if (done_ == 0) {
    gl.bufferData(target, static_cast<GLsizeiptr>(size), nullptr, GL_STATIC_DRAW);
    if (gl.getError() == GL_OUT_OF_MEMORY) {
      throw DeviceError("the graphics card has no room for the mesh",
                        "choose a smaller Resolution under Export, Mesh");
    }
  }
  const std::size_t piece = std::min(budget, size - done_);
  gl.bufferSubData(target,
                   static_cast<GLintptr>(done_),
                   static_cast<GLsizeiptr>(piece),
                   static_cast<const std::byte*>(data) + done_);
  gl.bindBuffer(target, 0);
  done_ += piece;
  budget -= piece;
  return done_ == size;
}

bool MeshBuffers::uploadTexture(std::size_t& budget) {
  const GlContext& gl = vertices_.gl();
  const auto level = static_cast<std::size_t>(part_ - 2);
  const Image& image = mesh_->texture[level];
  gl.bindTexture(GL_TEXTURE_2D, texture_.get());
  if (done_ == 0) {
    gl.texImage2D(GL_TEXTURE_2D,
                  static_cast<GLint>(level),
                  GL_RGBA8,
                  image.width,
                  image.height,
                  0,
                  GL_RGBA,
                  GL_UNSIGNED_BYTE,
                  nullptr);
    if (gl.getError() == GL_OUT_OF_MEMORY) {
      throw DeviceError("the graphics card has no room for the mesh's texture",
                        "choose a smaller Texture under Export, Mesh");
    }
    gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAX_LEVEL, static_cast<GLint>(mesh_->texture.size()) - 1);
    gl.texParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR_MIPMAP_LINEAR);
  }
  const std::size_t rows =
      std::clamp<std::size_t>(budget / image.rowBytes(), 1, static_cast<std::size_t>(image.height) - done_);
  gl.texSubImage2D(GL_TEXTURE_2D,
                   static_cast<GLint>(level),
                   0,
                   static_cast<GLint>(done_),
                   image.width,
                   static_cast<GLsizei>(rows),
                   GL_RGBA,
                   GL_UNSIGNED_BYTE,
                   image.row(static_cast<int>(done_)));
  done_ += rows;
  budget -= std::min(budget, rows * image.rowBytes());
  return done_ == static_cast<std::size_t>(image.height);
}

void MeshBuffers::bind() const { vertices_.gl().bindVertexArray(vertex_array_.get()); }

void MeshBuffers::bindTexture(int unit) const {
  vertices_.gl().activeTexture(GL_TEXTURE0 + static_cast<GLenum>(unit));
  vertices_.gl().bindTexture(GL_TEXTURE_2D, texture_.get());
}

}  // namespace panohead::render
