#include "tests/support/qt_window.h"
#include "tests/support/subprocess.h"

#include <gtest/gtest.h>

namespace panohead::app {
namespace {

test::ProcessResult runWith(const std::vector<std::string>& environment) {
  std::vector<std::string> command{"/usr/bin/env"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.emplace_back(PANOHEAD_EXECUTABLE);
  return test::runProcess(command, {.output_file = {}, .timeout = std::chrono::seconds(60)});
}

TEST(GuiApp, WithoutDisplayItSaysSoAndFails) {
  const auto result = runWith({"-u", "DISPLAY", "-u", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM=xcb"});
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_NE(result.errors.find("no display"), std::string::npos) << result.errors;
  EXPECT_EQ(result.errors.find("Reinstalling"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("render"), std::string::npos) << "no hint: " << result.errors;
}

TEST(GuiApp, WithoutOpenGlItSaysSoAndFails) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  const auto result = runWith({"QT_QPA_PLATFORM=xcb", "QT_XCB_GL_INTEGRATION=none"});
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_NE(result.errors.find("OpenGL"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find("render"), std::string::npos) << "no hint: " << result.errors;
}

}  // namespace
}  // namespace panohead::app
