#include "render/gl/gl_api.h"

#include "core/base/error.h"

#include <fmt/format.h>

#include <utility>

namespace panohead::render {
namespace {

constexpr char kHint[] =
    "update the graphics driver, or set LIBGL_ALWAYS_SOFTWARE=1 to draw in software (Mesa); "
    "the command line (panohead-studio render) needs no OpenGL";

template <typename Function>
void loadFunction(Function& function, const GlLoader& load, const char* member) {
  std::string name = fmt::format("gl{}", member);
  name[2] = static_cast<char>(name[2] - 'a' + 'A');
  function = reinterpret_cast<Function>(load(name.c_str()));
  if (function == nullptr) {
    throw DeviceError(fmt::format("the OpenGL driver lacks {}", name), kHint);
  }
}

}  // namespace

GlContext::GlContext(const GlLoader& load) {
#define PANOHEAD_GL_LOAD(name, type) loadFunction(name, load, #name);
  PANOHEAD_GL_FUNCTIONS(PANOHEAD_GL_LOAD)
  GLint major = 0;
  GLint minor = 0;
  getIntegerv(GL_MAJOR_VERSION, &major);
  getIntegerv(GL_MINOR_VERSION, &minor);
  if (major * 10 + minor < 41) {
    throw DeviceError(fmt::format("OpenGL 4.1 is needed, this display offers {}.{}", major, minor), kHint);
  }
  // Drivers may hand out functions of versions that they do not have: the version decides.
  has_compute_ = major * 10 + minor >= 43;
  if (has_compute_) {
    PANOHEAD_GL_COMPUTE_FUNCTIONS(PANOHEAD_GL_LOAD)
  }
#undef PANOHEAD_GL_LOAD
}

void GlContext::bury(Deleter deleter, GLuint id) {
  const std::scoped_lock lock(mutex_);
  graveyard_.push_back({deleter, id});
}

void GlContext::emptyGraveyard() {
  std::vector<Grave> graves;
  {
    const std::scoped_lock lock(mutex_);
    graves.swap(graveyard_);
  }
  for (const Grave& grave : graves) {
    grave.deleter(*this, grave.id);
  }
}

}  // namespace panohead::render
