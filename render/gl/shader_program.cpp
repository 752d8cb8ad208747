#include "render/gl/shader_program.h"

#include "core/base/error.h"

#include <array>

namespace panohead::render {
namespace {

constexpr char kHint[] =
    "update the graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1 to draw in software (Mesa)";

/// Compiles one stage and attaches it; the driver keeps it alive as long as the program needs it.
void attach(const GlContext& gl, GLuint program, GLenum stage, const char* source) {
  const GLuint shader = gl.createShader(stage);
  gl.shaderSource(shader, 1, &source, nullptr);
  gl.compileShader(shader);
  gl.attachShader(program, shader);
  GLint compiled = GL_FALSE;
  gl.getShaderiv(shader, GL_COMPILE_STATUS, &compiled);
  std::array<char, 2048> log{};
  gl.getShaderInfoLog(shader, static_cast<GLsizei>(log.size()), nullptr, log.data());
  gl.deleteShader(shader);
  if (compiled == GL_FALSE) {
    throw DeviceError("the graphics driver could not compile a shader", kHint, log.data());
  }
}

}  // namespace

ShaderProgram::ShaderProgram(GlContextPtr context, const char* vertex_source, const char* fragment_source)
    : handle_(std::move(context)) {
  attach(handle_.gl(), handle_.get(), GL_VERTEX_SHADER, vertex_source);
  attach(handle_.gl(), handle_.get(), GL_FRAGMENT_SHADER, fragment_source);
  link();
}

ShaderProgram::ShaderProgram(GlContextPtr context,
                             const char* vertex_source,
                             const char* geometry_source,
                             const char* fragment_source)
    : handle_(std::move(context)) {
  attach(handle_.gl(), handle_.get(), GL_VERTEX_SHADER, vertex_source);
  attach(handle_.gl(), handle_.get(), GL_GEOMETRY_SHADER, geometry_source);
  attach(handle_.gl(), handle_.get(), GL_FRAGMENT_SHADER, fragment_source);
  link();
}

ShaderProgram::ShaderProgram(GlContextPtr context, const char* compute_source) : handle_(std::move(context)) {
  if (!handle_.gl().hasCompute()) {
    throw DeviceError("this OpenGL driver has no compute shaders", kHint);
  }
  attach(handle_.gl(), handle_.get(), GL_COMPUTE_SHADER, compute_source);
  link();
}

void ShaderProgram::link() const {
  const GlContext& gl = handle_.gl();
  gl.linkProgram(handle_.get());
  GLint linked = GL_FALSE;
  gl.getProgramiv(handle_.get(), GL_LINK_STATUS, &linked);
  if (linked == GL_FALSE) {
    std::array<char, 2048> log{};
    gl.getProgramInfoLog(handle_.get(), static_cast<GLsizei>(log.size()), nullptr, log.data());
    throw DeviceError("the graphics driver could not link a shader program", kHint, log.data());
  }
}

void ShaderProgram::use() const { handle_.gl().useProgram(handle_.get()); }

void ShaderProgram::set(const char* uniform, int value) const {
  handle_.gl().uniform1i(handle_.gl().getUniformLocation(handle_.get(), uniform), value);
}

void ShaderProgram::set(const char* uniform, float value) const {
  handle_.gl().uniform1f(handle_.gl().getUniformLocation(handle_.get(), uniform), value);
}

void ShaderProgram::set(const char* uniform, const glm::vec4& value) const {
  handle_.gl().uniform4f(
      handle_.gl().getUniformLocation(handle_.get(), uniform), value.x, value.y, value.z, value.w);
}

void ShaderProgram::setBlock(const char* block, int binding) const {
  const GlContext& gl = handle_.gl();
  const GLuint index = gl.getUniformBlockIndex(handle_.get(), block);
  if (index != GL_INVALID_INDEX) {  // the driver leaves out what nothing reads
    gl.uniformBlockBinding(handle_.get(), index, static_cast<GLuint>(binding));
  }
}

void ShaderProgram::set(const char* uniform, const glm::ivec4& value) const {
  handle_.gl().uniform4i(
      handle_.gl().getUniformLocation(handle_.get(), uniform), value.x, value.y, value.z, value.w);
}

}  // namespace panohead::render
