#include "core/base/error.h"
#include "render/gl/framebuffer.h"
#include "render/gl/shader_program.h"
#include "tests/support/gl_fixture.h"

#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

namespace panohead::render {
namespace {

class Gl : public test::GlFixture<> {};

/// Counts what is alive instead of calling OpenGL.
struct CountedTraits {
  static inline int alive = 0;
  static GLuint create(const GlContext&) { return static_cast<GLuint>(++alive); }
  static void destroy(const GlContext&, GLuint) { --alive; }
};
using Counted = GlHandle<CountedTraits>;

static_assert(!std::is_copy_constructible_v<Counted> && std::is_nothrow_move_constructible_v<Counted>);

TEST_F(Gl, HandleIsDeletedByTheGraveyardOnly) {
  {
    const Counted handle(context_);
  }
  EXPECT_EQ(CountedTraits::alive, 1);
  context_->emptyGraveyard();
  EXPECT_EQ(CountedTraits::alive, 0);
}

TEST_F(Gl, MovedFromHandleOwnsNothing) {
  Counted first(context_);
  {
    const Counted second(std::move(first));
    EXPECT_EQ(first.get(), 0U);
    EXPECT_NE(second.get(), 0U);
  }
  Counted third(context_);
  third = Counted(context_);
  context_->emptyGraveyard();
  EXPECT_EQ(CountedTraits::alive, 1) << "only the handle that was assigned is left";
  CountedTraits::destroy(*context_, third.release());
  context_->emptyGraveyard();
  EXPECT_EQ(CountedTraits::alive, 0);
}

TEST_F(Gl, HandleMayDieOnAnotherThread) {
  auto texture = std::make_unique<Texture>(context_);
  texture->allocate(4, 4);
  const GLuint id = texture->id();
  std::thread([&texture] { texture.reset(); }).join();
  EXPECT_EQ(context_->isTexture(id), GL_TRUE);
  context_->emptyGraveyard();
  EXPECT_EQ(context_->isTexture(id), GL_FALSE);
}

TEST_F(Gl, MissingFunctionIsNamed) {
  const auto load = [](const char* name) -> void* {
    return std::string_view(name) == "glDrawArrays" ? nullptr : test::EglContext::load(name);
  };
  try {
    const GlContext context(load);
    FAIL() << "a context without glDrawArrays was accepted";
  } catch (const DeviceError& error) {
    EXPECT_STREQ(error.what(), "the OpenGL driver lacks glDrawArrays");
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST_F(Gl, ShaderThatDoesNotCompileIsExplained) {
  try {
    const ShaderProgram program(
        context_, "#version 410 core\nvoid main() { nonsense; }", "#version 410 core\nvoid main() {}");
    FAIL() << "nonsense was compiled";
  } catch (const DeviceError& error) {
    EXPECT_NE(error.detail().find("nonsense"), std::string::npos) << error.detail();
  }
}

TEST_F(Gl, FramebufferReadsTopRowFirst) {
  const Framebuffer target(context_, 3, 2);
  target.bind();
  context_->viewport(0, 0, 3, 2);
  context_->clearColor(1, 0, 0, 1);
  context_->clear(GL_COLOR_BUFFER_BIT);
  const Image image = target.read();
  EXPECT_EQ(image.width, 3);
  EXPECT_EQ(image.height, 2);
  EXPECT_EQ(image.row(1)[0], 255);
  EXPECT_EQ(image.row(1)[1], 0);
}

}  // namespace
}  // namespace panohead::render
