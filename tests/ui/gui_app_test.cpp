#include "tests/support/places.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>

namespace panohead::app {
namespace {

test::ProcessResult runWith(const std::vector<std::string>& environment) {
  std::vector<std::string> command{"/usr/bin/env"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.emplace_back(test::studioProgram());
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

TEST(GuiApp, FirstFramesComeSoon) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  const test::ScratchFolder home;
  const test::ScratchFolder portable;
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  double first = 0;
  double refined = 0;
  const auto result =
      test::runProcess({"/usr/bin/env",
                        "QT_QPA_PLATFORM=xcb",
                        "QT_LOGGING_RULES=panohead.start=true",
                        "HOME=" + home.path().string(),
                        "PANOHEAD_STUDIO_HOME=" + portable.path().string(),
                        test::studioProgram()},
                       {.output_file = {},
                        .watch =
                            [&](pid_t process, const std::string& errors) {
                              if (first == 0 && errors.find("first frame") != std::string::npos) {
                                first = seconds();
                              }
                              if (refined == 0 && errors.find("refined frame") != std::string::npos) {
                                refined = seconds();
                                kill(process, SIGTERM);
                              }
                            },
                        .timeout = std::chrono::seconds(60)});
  std::printf("from the start of the process to the first frame %.0f ms, to the first refined one %.0f ms\n",
              1000 * first,
              1000 * refined);
  EXPECT_GT(first, 0) << result.errors;
  EXPECT_GE(refined, first);
  EXPECT_GT(refined, 0) << result.errors;
  EXPECT_TRUE(home.names().empty()) << "portable mode wrote at home";
}

}  // namespace
}  // namespace panohead::app
