#pragma once

#include "render/gl/gl_handle.h"

#include <span>

namespace panohead::render {

struct BufferTraits {
  static GLuint create(const GlContext& gl) {
    GLuint id = 0;
    gl.genBuffers(1, &id);
    return id;
  }
  static void destroy(const GlContext& gl, GLuint id) { gl.deleteBuffers(1, &id); }
};

/// Numbers of a uniform block, as its std140 layout has them.
class UniformBuffer {
 public:
  explicit UniformBuffer(GlContextPtr context) : handle_(std::move(context)) {}

  void upload(std::span<const float> numbers) {
    handle_.gl().bindBuffer(GL_UNIFORM_BUFFER, handle_.get());
    handle_.gl().bufferData(
        GL_UNIFORM_BUFFER, static_cast<GLsizeiptr>(numbers.size_bytes()), numbers.data(), GL_STATIC_DRAW);
    handle_.gl().bindBuffer(GL_UNIFORM_BUFFER, 0);
  }
  /// @param binding see ShaderProgram::setBlock()
  void bind(int binding) const {
    handle_.gl().bindBufferBase(GL_UNIFORM_BUFFER, static_cast<GLuint>(binding), handle_.get());
  }

 private:
  GlHandle<BufferTraits> handle_;
};

}  // namespace panohead::render
