// Pictures of the window for people to look at: PANOHEAD_SCREENSHOTS names the folder they go to
// (packaging/screenshots.sh).
#include "core/base/paths.h"
#include "tests/support/dataset_files.h"
#include "tests/support/places.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"
#include "tests/support/window_picture.h"
#include "tests/ui/photo_fixture.h"
#include "ui/bridge/qt_convert.h"
#include "ui/main_window.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/gallery_panel.h"
#include "ui/panels/photo_panel.h"
#include "ui/panels/training_panel.h"
#include "ui/training/compare_button.h"
#include "ui/training/training_dock.h"
#include "ui/viewport_widget.h"

#include <QAbstractButton>
#include <QDialog>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QElapsedTimer>
#include <QLabel>
#include <QListWidget>
#include <QProgressBar>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QSpinBox>
#include <QStatusBar>
#include <QTabBar>
#include <QTest>
#include <gtest/gtest.h>

#include <cstdlib>
#include <utility>

namespace panohead::ui {
namespace {

class Screenshots : public testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("PANOHEAD_SCREENSHOTS");
    if (folder == nullptr || !test::haveDisplay()) {
      GTEST_SKIP()
          << "PANOHEAD_SCREENSHOTS names no folder, or there is no display: packaging/screenshots.sh";
    }
    folder_ = folder;
    std::filesystem::create_directories(folder_);
    test::qtApplication();
    window_ = std::make_unique<MainWindow>(Places::below(places_.path()));
    window_->resize(QSize(1280, 800).boundedTo(window_->screen()->availableSize()));
    window_->show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
    viewport_ = window_->findChild<ViewportWidget*>("viewport");
    window_->openModel(defaultModelPath());
    auto* gallery = window_->findChild<GalleryPanel*>("galleryPanel");
    ASSERT_TRUE(test::waitUntil([&] { return sharp() && gallery->waiting() == 0; }));
  }

  bool sharp() const { return viewport_->frame().refined && !viewport_->frame().picture.empty(); }

  /// Until nothing new has come for a while.
  void settle() {
    QElapsedTimer quiet;
    quiet.start();
    std::uint64_t newest = 0;
    const auto* jobs = window_->findChild<QWidget*>("jobStatus");
    test::waitUntil([&] {
      const std::uint64_t before = std::exchange(newest, viewport_->frame().request);
      if (jobs->isVisible() || !sharp() || before != newest) {
        quiet.restart();
      }
      return quiet.elapsed() > 1500;
    });
  }

  void raise(const char* dock) {
    auto* found = window_->findChild<QDockWidget*>(dock);
    ASSERT_NE(found, nullptr) << dock;
    found->show();
    found->raise();
    QTest::qWait(200);
  }

  void shoot(const char* name) {
    const QPixmap picture = test::windowPicture(*window_, *viewport_);
    const std::filesystem::path path = folder_ / (std::string(name) + ".png");
    EXPECT_TRUE(picture.save(toQString(path))) << path;
    std::printf("%s: %d x %d\n", path.c_str(), picture.width(), picture.height());
  }

  template <typename Widget>
  Widget& child(const char* name) {
    auto* found = window_->findChild<Widget*>(name);
    EXPECT_NE(found, nullptr) << name;
    return *found;
  }

  std::filesystem::path folder_;
  test::ScratchFolder places_;
  std::unique_ptr<MainWindow> window_;
  ViewportWidget* viewport_ = nullptr;
};

TEST_F(Screenshots, OfEveryPanel) {
  viewport_->resetCamera();  // the first frame was drawn beside the gallery's
  settle();
  shoot("window_generate");

  raise("editDock");
  child<QAbstractButton>("findSliders").click();
  ASSERT_TRUE(test::waitUntil(  // the sliders' rows come one by one
      [this] { return window_->findChild<QWidget*>("edit_factor_6") != nullptr; }));
  child<QDoubleSpinBox>("edit_beard").setValue(1.5);
  child<QDoubleSpinBox>("edit_hair_grey").setValue(1.2);
  child<QDoubleSpinBox>("yaw").setValue(-35);
  settle();
  shoot("window_edit");

  child<QDoubleSpinBox>("blendAmount").setValue(0.3);
  child<QAbstractButton>("blendAdd").click();
  child<QDoubleSpinBox>("blendSeed2").setValue(3);
  child<QDoubleSpinBox>("blendAmount2").setValue(0.2);
  settle();
  auto* edit = window_->findChild<QWidget*>("editPanel");
  auto* scroll = qobject_cast<QScrollArea*>(edit->parentWidget()->parentWidget()->parentWidget());
  ASSERT_NE(scroll, nullptr);
  scroll->verticalScrollBar()->setValue(scroll->verticalScrollBar()->maximum());
  QTest::qWait(100);
  shoot("window_blend");

  raise("timelineDock");
  window_->document().edit("film", {}, [](Project& project) {
    project.head.seed = 1;
    project.key_frames.set({0, {}, project.head});
    project.key_frames.set({1.5, {.yaw_degrees = 90}, project.head});
    project.key_frames.set({3, {.yaw_degrees = 180, .pitch_degrees = 15}, project.head});
    project.camera = {.yaw_degrees = 150, .pitch_degrees = 10};
    project.head.background = ColourBackground{52, 74, 96};
  });
  settle();
  shoot("window_timeline");

  raise("trainingDock");
  QTest::qWait(500);
  shoot("window_training");

  window_->findChild<QDockWidget*>("trainingDock")->hide();
  raise("galleryDock");
  raise("headDock");
  window_->resizeDocks({window_->findChild<QDockWidget*>("galleryDock")}, {170}, Qt::Vertical);
  window_->document().edit("normals", {}, [](Project& project) {
    project.mode = RenderMode::Normals;
    project.camera = {.yaw_degrees = 40};
  });
  settle();
  shoot("window_normals");
}

TEST_F(Screenshots, OfExport) {
  const test::ScratchFolder files;
  raise("exportDock");
  window_->document().edit("head", {}, [](Project& project) {
    project.head.seed = 1;
    project.camera = {.yaw_degrees = 32, .pitch_degrees = 6};
  });
  settle();
  const auto show = [this](render::MeshLook look, const char* name) {
    viewport_->setMeshLook(look);
    ASSERT_TRUE(test::waitUntil([this] { return viewport_->meshPreview().ready(); }));
    settle();
    shoot(name);
  };
  show({.shown = true, .split = true, .line = 0.52, .shading = render::MeshShading::Wireframe},
       "window_mesh");
  show({.shown = true, .shading = render::MeshShading::Clay}, "window_mesh_clay");
  show({.shown = true, .split = true, .line = 0.5, .shading = render::MeshShading::Normals},
       "window_mesh_normals");
  show({.shown = true, .split = true, .line = 0.5, .shading = render::MeshShading::Colours},
       "window_mesh_colours");
  auto* panel = window_->findChild<ExportPanel*>("exportPanel");
  ASSERT_NE(panel, nullptr);
  panel->exportTo(files / "head.glb");
  ASSERT_TRUE(
      test::waitUntil([this] { return window_->findChild<QProgressBar*>("exportProgress")->value() > 20; }));
  shoot("window_export_running");
  ASSERT_TRUE(test::waitUntil([&] { return !panel->isExporting(); }));
  window_->statusBar()->clearMessage();  // it names a folder that nobody has
  show({.shown = true, .split = true, .line = 0.5, .shading = render::MeshShading::Clay}, "window_export");
}

TEST_F(Screenshots, OfPhotos) {
  if (astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  auto& panel = child<PhotoPanel>("photoPanel");
  raise("photoDock");
  settle();
  shoot("photo_empty");
  window_->headFromPhoto(astronautFile());
  const auto outlined = [&] {
    return panel.desk().current() != nullptr && panel.desk().current()->isOutlined();
  };
  ASSERT_TRUE(test::waitUntil(outlined));
  settle();
  shoot("photo_adjust");
  child<QAbstractButton>("toolLandmarks").click();
  settle();
  shoot("photo_landmarks");
  child<QAbstractButton>("toolPerson").click();
  child<QAbstractButton>("zoomSquare").click();
  settle();
  shoot("photo_brush");
  child<QAbstractButton>("toolSquare").click();
  panel.showStep(PhotoPanel::SetUp);
  settle();
  shoot("photo_setup");
  child<QAbstractButton>("fitAllOptions").setChecked(true);
  settle();
  shoot("photo_options");
  child<QAbstractButton>("fitAllOptions").setChecked(false);
  child<QAbstractButton>("fitStart").click();
  const auto failed = [this] { return window_->findChild<QDialog*>("errorDialog") != nullptr; };
  ASSERT_TRUE(test::waitUntil(
      [&] {
        return failed() || (!panel.run().curve().empty() && panel.run().curve().back().stage == "tuning" &&
                            panel.run().curve().back().side_drift > 0);
      },
      1800000));
  shoot("photo_fitting");
  ASSERT_TRUE(
      test::waitUntil([&] { return failed() || panel.run().phase() == FitPhase::Finished; }, 1800000));
  ASSERT_EQ(panel.run().phase(), FitPhase::Finished);
  child<QAbstractButton>("fitUse").click();
  ASSERT_TRUE(test::waitUntil([&] { return !window_->document().project().head.avatars.empty(); }));
  window_->document().edit("turn", {}, [](Project& project) { project.camera = {.yaw_degrees = -35}; });
  settle();
  window_->statusBar()->clearMessage();  // where this machine keeps the head
  shoot("photo_fit");
  child<QAbstractButton>("fitShowPhoto").click();
  settle();
  shoot("photo_compare");

  // Ten faces, and none.
  const test::ScratchFolder photos;
  writePng(photos / "ten.png", tenFaces());
  writePng(photos / "nobody.png", nobody());
  for (const char* name : {"ten.png", "nobody.png"}) {
    window_->headFromPhoto(photos / name);
    ASSERT_TRUE(test::waitUntil(outlined));
    settle();
    shoot(name == std::string("ten.png") ? "photo_ten" : "photo_nobody");
  }
  panel.showStep(PhotoPanel::Photos);
  settle();
  shoot("photo_list");
}

/// A short run of the smallest networks on eight pictures, into its folder.
void train(const test::DatasetFiles& files, const std::filesystem::path& folder, const char* seed) {
  const auto result = test::runProcess({test::studioProgram(),
                                        "train",
                                        "--preset",
                                        "smoke",
                                        "--data",
                                        files.data,
                                        "--masks",
                                        files.masks,
                                        "--out",
                                        folder,
                                        "--seed",
                                        seed,
                                        "--kimg",
                                        "0.08",
                                        "--tick",
                                        "0.004",
                                        "--snap",
                                        "10"});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
}

TEST_F(Screenshots, OfTrainingRuns) {
  const test::DatasetFiles files(8, 128);
  const test::ScratchFolder runs;
  train(files, runs / "first", "1");
  train(files, runs / "second", "2");
  auto* dock = window_->findChild<TrainingDock*>("trainingDock");
  raise("trainingDock");
  dock->panel().attach(runs / "second");
  dock->panel().attach(runs / "first");
  auto& state = child<QLabel>("runState");
  ASSERT_TRUE(test::waitUntil([&] { return state.text() == "Finished"; }));
  QTest::qWait(1000);
  shoot("window_watch");
  child<CompareButton>("compareRuns").choose(toQString(runs / "second"), true);
  QTest::qWait(1500);
  shoot("window_compare");
  dock->setFloating(true);
  dock->resize(1200, 780);
  QTest::qWait(500);
  const std::filesystem::path path = folder_ / "training_floating.png";
  EXPECT_TRUE(dock->grab().save(toQString(path)));
}

}  // namespace
}  // namespace panohead::ui
