#pragma once

#include "render/gl/gl_api.h"

#include <utility>

namespace panohead::render {

/// Owns one OpenGL object. Making one needs the context current; destroying one does not, and may
/// happen on any thread, because the object only goes to the context's graveyard.
/// Traits: `static GLuint create(const GlContext&)`, `static void destroy(const GlContext&, GLuint)`.
template <typename Traits>
class GlHandle {
 public:
  GlHandle() = default;
  explicit GlHandle(GlContextPtr context) : context_(std::move(context)), id_(Traits::create(*context_)) {}
  GlHandle(GlHandle&& other) noexcept
      : context_(std::move(other.context_)), id_(std::exchange(other.id_, 0)) {}
  GlHandle& operator=(GlHandle&& other) noexcept {
    std::swap(context_, other.context_);
    std::swap(id_, other.id_);
    return *this;
  }
  GlHandle(const GlHandle&) = delete;
  GlHandle& operator=(const GlHandle&) = delete;
  ~GlHandle() {
    if (id_ != 0) {
      context_->bury(&Traits::destroy, id_);
    }
  }

  GLuint get() const noexcept { return id_; }
  GlContext& gl() const noexcept { return *context_; }
  /// Gives the object up; the caller deletes it.
  GLuint release() noexcept { return std::exchange(id_, 0); }

 private:
  GlContextPtr context_;
  GLuint id_ = 0;
};

struct VertexArrayTraits {
  static GLuint create(const GlContext& gl) {
    GLuint id = 0;
    gl.genVertexArrays(1, &id);
    return id;
  }
  static void destroy(const GlContext& gl, GLuint id) { gl.deleteVertexArrays(1, &id); }
};
using VertexArray = GlHandle<VertexArrayTraits>;

}  // namespace panohead::render
