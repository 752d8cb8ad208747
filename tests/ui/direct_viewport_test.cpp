// The viewport as graphics cards draw it: within the window. Software drivers have a thread
// (ui/threaded_surface.cpp) unless they are told otherwise, so that the other tests of the window see only
// that one.
#include "tests/support/scoped_environment.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/opengl_probe.h"

#include <QOpenGLWidget>

namespace panohead::ui {
namespace {

class DirectViewportTest : public MainWindowTest {
 protected:
  const test::ScopedEnvironment kind_{"PANOHEAD_VIEWPORT", "direct"};
};

TEST_F(DirectViewportTest, ShowsTheSamePixelsAsTheSession) {
  ASSERT_NE(viewport_->findChild<QOpenGLWidget*>(), nullptr) << "something else draws";
  openModel();
  child<QAbstractButton>("actualSize").setChecked(true);
  child<QAbstractButton>("hud").setChecked(false);
  viewport_->snap(render::Snap::Right);
  ASSERT_TRUE(waitForRefined());
  EXPECT_GT(test::psnr(grabPicture(), sessionPicture({}, {.yaw_degrees = -90})), 45);
  window_->resize(900, 700);
  drag({60, 0}, 4);
  ASSERT_TRUE(waitForRefined());
  EXPECT_NE(viewport_->camera().yaw_degrees, -90);
  EXPECT_GT(test::psnr(grabPicture(), sessionPicture({}, viewport_->camera())), 45);
}

TEST_F(MainWindowTest, ViewportOfASoftwareDriverHasAThreadOfItsOwn) {
  if (qEnvironmentVariableIsSet("PANOHEAD_VIEWPORT")) {
    GTEST_SKIP() << "PANOHEAD_VIEWPORT chooses";
  }
  EXPECT_EQ(viewport_->findChild<QOpenGLWidget*>() == nullptr, openGlProbe().software);
}

}  // namespace
}  // namespace panohead::ui
