#pragma once

#include "render/gl/gl_api.h"
#include "tests/support/egl_context.h"

#include <gtest/gtest.h>

#include <memory>

namespace panohead::test {

/// A test with an OpenGL context; skipped where there is none. What overrides SetUp() returns when
/// IsSkipped().
/// @tparam Base testing::Test, or one with parameters
template <typename Base = testing::Test>
class GlFixture : public Base {
 protected:
  void SetUp() override {
    egl_ = EglContext::create();
    if (!egl_) {
      GTEST_SKIP() << "no surfaceless EGL with OpenGL 4.1 on this machine";
    }
    context_ = std::make_shared<render::GlContext>(&EglContext::load);
  }

  std::unique_ptr<EglContext> egl_;
  render::GlContextPtr context_;
};

}  // namespace panohead::test
