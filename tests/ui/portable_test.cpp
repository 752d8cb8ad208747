// Portable mode: with PANOHEAD_STUDIO_HOME nothing is written anywhere else.
#include "tests/ui/main_window_fixture.h"
#include "ui/panels/training_panel.h"
#include "ui/places.h"
#include "ui/training/training_dock.h"

namespace panohead::ui {
namespace {

std::vector<std::string> filesBelow(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    found.push_back(entry.path().lexically_relative(folder));
  }
  return found;
}

/// Uses everything that keeps something, as a process of its own (of the next test).
TEST(Portable, DISABLED_WindowThatKeepsThings) {
  keepLibrariesPortable();
  test::qtApplication();
  MainWindow window;
  window.show();
  auto* viewport = window.findChild<ViewportWidget*>("viewport");
  window.openModel(kModel);
  ASSERT_TRUE(
      test::waitUntil([&] { return viewport->frame().refined && !viewport->frame().picture.empty(); }));
  window.findChild<QDoubleSpinBox*>("seed")->setValue(5);
  window.document().autosave();
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(window.document().sidecarOf({})); }));
  std::filesystem::copy(window.document().sidecarOf({}), Places::ofUser().state / "seen");

  window.findChild<QAbstractButton*>("findSliders")->click();
  ASSERT_TRUE(test::waitUntil([&] { return !window.document().project().directions.empty(); }));
  window.findChild<QAbstractButton*>("keepSliders")->click();
  std::error_code none_yet;
  ASSERT_TRUE(test::waitUntil([&] {
    return std::filesystem::directory_iterator(Places::ofUser().data / "sliders", none_yet) !=
           std::filesystem::directory_iterator();
  }));

  const test::ScratchFolder elsewhere;
  window.findChild<QAction*>("actionSave")->trigger();
  auto* dialog = window.findChild<QFileDialog*>("saveDialog");  // Qt's remember the folder
  ASSERT_NE(dialog, nullptr);
  dialog->setDirectory(toQString(elsewhere.path()));
  dialog->selectFile("head.png");
  static_cast<QDialog*>(dialog)->accept();
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(elsewhere / "head.png"); }));
  window.document().save(elsewhere / "my.heads");
  ASSERT_TRUE(test::waitUntil([&] { return !window.document().isModified(); }));

  window.findChild<TrainingDock*>("trainingDock")->panel().attach(elsewhere.path());
  EXPECT_TRUE(window.close());
}

TEST(Portable, NothingIsWrittenElsewhere) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  const test::ScratchFolder home;
  const test::ScratchFolder portable;
  const auto result = test::runProcess({"/usr/bin/env",
                                        "-u",
                                        "XDG_STATE_HOME",
                                        "-u",
                                        "XDG_DATA_HOME",
                                        "-u",
                                        "XDG_CONFIG_HOME",
                                        "-u",
                                        "XDG_CACHE_HOME",
                                        "HOME=" + home.path().string(),
                                        "PANOHEAD_STUDIO_HOME=" + portable.path().string(),
                                        std::filesystem::read_symlink("/proc/self/exe").string(),
                                        "--gtest_also_run_disabled_tests",
                                        "--gtest_filter=Portable.DISABLED_WindowThatKeepsThings"});
  ASSERT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_NE(result.output.find("[  PASSED  ] 1 test."), std::string::npos) << result.output;
  const std::vector<std::string> strays = filesBelow(home.path());
  EXPECT_TRUE(strays.empty()) << testing::PrintToString(strays);
  const std::vector<std::string> kept = filesBelow(portable.path());
  const auto has = [&](const std::string& part) {
    return std::ranges::any_of(kept, [&](const std::string& one) { return one.starts_with(part); });
  };
  for (const char* wanted : {"settings.ini", "training.ini", "state/seen", "data/sliders/"}) {
    EXPECT_TRUE(has(wanted)) << wanted << " of " << testing::PrintToString(kept);
  }
}

}  // namespace
}  // namespace panohead::ui
