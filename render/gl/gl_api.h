#pragma once

#include <GL/glcorearb.h>

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

/// The OpenGL 4.1 core functions that render/ calls: member name, type of the function.
#define PANOHEAD_GL_FUNCTIONS(X)                                             \
  X(activeTexture, PFNGLACTIVETEXTUREPROC)                                   \
  X(attachShader, PFNGLATTACHSHADERPROC)                                     \
  X(bindBuffer, PFNGLBINDBUFFERPROC)                                         \
  X(bindBufferBase, PFNGLBINDBUFFERBASEPROC)                                 \
  X(bindFramebuffer, PFNGLBINDFRAMEBUFFERPROC)                               \
  X(bindRenderbuffer, PFNGLBINDRENDERBUFFERPROC)                             \
  X(bindTexture, PFNGLBINDTEXTUREPROC)                                       \
  X(bindVertexArray, PFNGLBINDVERTEXARRAYPROC)                               \
  X(blitFramebuffer, PFNGLBLITFRAMEBUFFERPROC)                               \
  X(bufferData, PFNGLBUFFERDATAPROC)                                         \
  X(bufferSubData, PFNGLBUFFERSUBDATAPROC)                                   \
  X(checkFramebufferStatus, PFNGLCHECKFRAMEBUFFERSTATUSPROC)                 \
  X(clear, PFNGLCLEARPROC)                                                   \
  X(clearColor, PFNGLCLEARCOLORPROC)                                         \
  X(compileShader, PFNGLCOMPILESHADERPROC)                                   \
  X(createProgram, PFNGLCREATEPROGRAMPROC)                                   \
  X(cullFace, PFNGLCULLFACEPROC)                                             \
  X(createShader, PFNGLCREATESHADERPROC)                                     \
  X(deleteBuffers, PFNGLDELETEBUFFERSPROC)                                   \
  X(deleteFramebuffers, PFNGLDELETEFRAMEBUFFERSPROC)                         \
  X(deleteProgram, PFNGLDELETEPROGRAMPROC)                                   \
  X(deleteRenderbuffers, PFNGLDELETERENDERBUFFERSPROC)                       \
  X(deleteShader, PFNGLDELETESHADERPROC)                                     \
  X(deleteTextures, PFNGLDELETETEXTURESPROC)                                 \
  X(deleteVertexArrays, PFNGLDELETEVERTEXARRAYSPROC)                         \
  X(disable, PFNGLDISABLEPROC)                                               \
  X(drawArrays, PFNGLDRAWARRAYSPROC)                                         \
  X(drawBuffers, PFNGLDRAWBUFFERSPROC)                                       \
  X(drawElements, PFNGLDRAWELEMENTSPROC)                                     \
  X(enable, PFNGLENABLEPROC)                                                 \
  X(enableVertexAttribArray, PFNGLENABLEVERTEXATTRIBARRAYPROC)               \
  X(framebufferRenderbuffer, PFNGLFRAMEBUFFERRENDERBUFFERPROC)               \
  X(framebufferTexture2D, PFNGLFRAMEBUFFERTEXTURE2DPROC)                     \
  X(genBuffers, PFNGLGENBUFFERSPROC)                                         \
  X(genFramebuffers, PFNGLGENFRAMEBUFFERSPROC)                               \
  X(genRenderbuffers, PFNGLGENRENDERBUFFERSPROC)                             \
  X(genTextures, PFNGLGENTEXTURESPROC)                                       \
  X(genVertexArrays, PFNGLGENVERTEXARRAYSPROC)                               \
  X(generateMipmap, PFNGLGENERATEMIPMAPPROC)                                 \
  X(getError, PFNGLGETERRORPROC)                                             \
  X(getIntegerv, PFNGLGETINTEGERVPROC)                                       \
  X(getProgramInfoLog, PFNGLGETPROGRAMINFOLOGPROC)                           \
  X(getProgramiv, PFNGLGETPROGRAMIVPROC)                                     \
  X(getShaderInfoLog, PFNGLGETSHADERINFOLOGPROC)                             \
  X(getShaderiv, PFNGLGETSHADERIVPROC)                                       \
  X(getUniformBlockIndex, PFNGLGETUNIFORMBLOCKINDEXPROC)                     \
  X(getUniformLocation, PFNGLGETUNIFORMLOCATIONPROC)                         \
  X(isTexture, PFNGLISTEXTUREPROC)                                           \
  X(linkProgram, PFNGLLINKPROGRAMPROC)                                       \
  X(pixelStorei, PFNGLPIXELSTOREIPROC)                                       \
  X(readBuffer, PFNGLREADBUFFERPROC)                                         \
  X(readPixels, PFNGLREADPIXELSPROC)                                         \
  X(renderbufferStorageMultisample, PFNGLRENDERBUFFERSTORAGEMULTISAMPLEPROC) \
  X(scissor, PFNGLSCISSORPROC)                                               \
  X(shaderSource, PFNGLSHADERSOURCEPROC)                                     \
  X(texImage2D, PFNGLTEXIMAGE2DPROC)                                         \
  X(texImage3D, PFNGLTEXIMAGE3DPROC)                                         \
  X(texParameteri, PFNGLTEXPARAMETERIPROC)                                   \
  X(texSubImage2D, PFNGLTEXSUBIMAGE2DPROC)                                   \
  X(uniform1f, PFNGLUNIFORM1FPROC)                                           \
  X(uniform1i, PFNGLUNIFORM1IPROC)                                           \
  X(uniform4f, PFNGLUNIFORM4FPROC)                                           \
  X(uniform4i, PFNGLUNIFORM4IPROC)                                           \
  X(uniformBlockBinding, PFNGLUNIFORMBLOCKBINDINGPROC)                       \
  X(useProgram, PFNGLUSEPROGRAMPROC)                                         \
  X(vertexAttribPointer, PFNGLVERTEXATTRIBPOINTERPROC)                       \
  X(viewport, PFNGLVIEWPORTPROC)

/// What compute shaders need beside them: there from OpenGL 4.3 on.
#define PANOHEAD_GL_COMPUTE_FUNCTIONS(X)         \
  X(bindImageTexture, PFNGLBINDIMAGETEXTUREPROC) \
  X(dispatchCompute, PFNGLDISPATCHCOMPUTEPROC)   \
  X(memoryBarrier, PFNGLMEMORYBARRIERPROC)

namespace panohead::render {

using GlLoader = std::function<void*(const char*)>;  // null for a function that is not there

/// One OpenGL context: its functions, and the names that wait to be deleted in it.
class GlContext {
 public:
  /// The context must be current. Throws DeviceError when it is older than 4.1 core.
  explicit GlContext(const GlLoader& load);

#define PANOHEAD_GL_MEMBER(name, type) type name = nullptr;
  PANOHEAD_GL_FUNCTIONS(PANOHEAD_GL_MEMBER)
  PANOHEAD_GL_COMPUTE_FUNCTIONS(PANOHEAD_GL_MEMBER)
#undef PANOHEAD_GL_MEMBER

  /// Whether there are compute shaders, and the functions for them are not null.
  bool hasCompute() const noexcept { return has_compute_; }

  using Deleter = void (*)(const GlContext&, GLuint);

  /// Leaves an object to be deleted by the next emptyGraveyard(). From any thread, with any context.
  void bury(Deleter deleter, GLuint id);
  /// Deletes what was buried. The context must be current.
  void emptyGraveyard();

 private:
  struct Grave {
    Deleter deleter;
    GLuint id;
  };
  bool has_compute_ = false;
  std::mutex mutex_;
  std::vector<Grave> graveyard_;
};

using GlContextPtr = std::shared_ptr<GlContext>;

}  // namespace panohead::render
