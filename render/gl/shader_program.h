#pragma once

#include "render/gl/gl_handle.h"

#include <glm/vec4.hpp>

#include <string>

namespace panohead::render {

struct ProgramTraits {
  static GLuint create(const GlContext& gl) { return gl.createProgram(); }
  static void destroy(const GlContext& gl, GLuint id) { gl.deleteProgram(id); }
};

/// A linked vertex and fragment shader, perhaps with a geometry shader between, or a compute shader.
class ShaderProgram {
 public:
  /// Throws DeviceError with the driver's messages in detail().
  ShaderProgram(GlContextPtr context, const char* vertex_source, const char* fragment_source);
  ShaderProgram(GlContextPtr context,
                const char* vertex_source,
                const char* geometry_source,
                const char* fragment_source);
  /// Needs GlContext::hasCompute(), else DeviceError.
  ShaderProgram(GlContextPtr context, const char* compute_source);

  /// Makes the program current; the setters below work on the current program.
  void use() const;
  void set(const char* uniform, int value) const;
  void set(const char* uniform, float value) const;
  void set(const char* uniform, const glm::vec4& value) const;
  void set(const char* uniform, const glm::ivec4& value) const;
  /// Where a uniform block that the program has is read from: see UniformBuffer::bind().
  void setBlock(const char* block, int binding) const;

 private:
  void link() const;

  GlHandle<ProgramTraits> handle_;
};

}  // namespace panohead::render
