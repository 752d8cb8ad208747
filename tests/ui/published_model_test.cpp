// The window on files as the published programs write them: everything that works on the model that comes
// with the program works on these.
#include "core/export/video_file.h"
#include "tests/support/test_files.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/panels/export_panel.h"

#include <QTabWidget>

namespace panohead::ui {
namespace {

/// @tparam Parameter a file of the shared folder
class PublishedModelTest : public MainWindowTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    MainWindowTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    file_ = test::sharedData(GetParam());
    if (!std::filesystem::exists(file_)) {
      GTEST_SKIP() << "needs " << GetParam() << " of the shared folder (PANOHEAD_SHARED)";
    }
    SilentContext context;
    model_ = panohead::openModel(file_, context);
    window_->openModel(file_);
    ASSERT_TRUE(waitForRefined());
  }

  const Project& project() { return window_->document().project(); }

  /// What the window has to show, with nothing of the window in between.
  Image expected() {
    SilentContext context;
    HeadOptions head = project().head;
    if (!modelInfo(*model_).has_background) {
      head.background = withoutSeeds(head.background);
    }
    ViewOptions view;
    view.camera = orbitLabel(project().camera);
    return renderFrame(*makeHead(model_, head, context), view, context).picture;
  }

  bool shows(const Image& picture) {
    return test::waitUntil(
        [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == picture.pixels; },
        60000);
  }

  /// Waits for what the document says. @returns it
  Image shown() {
    Image wanted = expected();
    EXPECT_TRUE(shows(wanted));
    return wanted;
  }

  void findSliders(DirectionKind kind, int count) {
    auto& box = child<QComboBox>("findKind");
    box.setCurrentIndex(box.findData(static_cast<int>(kind)));
    child<QSpinBox>("findFirst").setValue(1);  // a range of layers
    child<QSpinBox>("findLast").setValue(6);
    child<QSpinBox>("findCount").setValue(count);
    const std::size_t before = project().directions.size();
    click("findSliders");
    ASSERT_TRUE(test::waitUntil(
        [&] { return project().directions.size() == before + static_cast<std::size_t>(count); }));
  }

  /// Of one of the sliders that were found.
  void slide(std::size_t found, double strength) {
    child<QDoubleSpinBox>(("edit_" + project().directions.at(found)->name).c_str()).setValue(strength);
  }

  double measuredSwap() {
    double levels = -1;
    const auto link =
        QObject::connect(window_.get(), &MainWindow::swapMeasured, [&](double told) { levels = told; });
    click("backgroundMeasure");
    EXPECT_TRUE(test::waitUntil([&] { return levels >= 0; }));
    QObject::disconnect(link);
    return levels;
  }

  std::filesystem::path file_;
  ModelPtr model_;
};

TEST_P(PublishedModelTest, ItsHeadsAreMadeTurnedAndTakenBack) {
  EXPECT_EQ(child<QLabel>("modelName").text(), toQString(file_.stem()));
  const Image first = shown();
  child<QDoubleSpinBox>("seed").setValue(7);
  child<QDoubleSpinBox>("truncation").setValue(0.9);
  child<QAbstractButton>("mix").setChecked(true);
  const Image made = shown();
  EXPECT_LT(test::psnr(made, first), 50);
  drag({-150, 40}, 8);
  EXPECT_NE(project().camera.yaw_degrees, 0);
  const Image turned = shown();
  EXPECT_LT(test::psnr(turned, made), 50);
  while (window_->document().history().canUndo()) {
    window_->document().history().undo();
  }
  EXPECT_TRUE(shows(first)) << "undo goes back to other pixels";
  while (window_->document().history().canRedo()) {
    window_->document().history().redo();
  }
  EXPECT_TRUE(shows(turned));
}

TEST_P(PublishedModelTest, ADragShowsWhatTheCommandLineDraws) {
  child<QAbstractButton>("actualSize").setChecked(true);
  child<QAbstractButton>("hud").setChecked(false);
  drag({-90, 30}, 8);
  ASSERT_TRUE(waitForRefined());
  const double psnr = test::psnr(grabPicture(), commandLinePicture(project().camera, folder_.path(), file_));
  std::printf("%s: viewport against command line after a drag: %.1f dB\n", GetParam(), psnr);
  EXPECT_GT(psnr, 45);
}

TEST_P(PublishedModelTest, SlidersAreFoundKeptAndChangeItsHeads) {
  const Image plain = shown();
  findSliders(DirectionKind::Factors, 2);
  findSliders(DirectionKind::PrincipalComponents, 2);
  slide(0, 2);
  const Image factor = shown();
  EXPECT_NE(factor.pixels, plain.pixels);
  slide(3, -2);
  EXPECT_NE(shown().pixels, factor.pixels) << "the second adds to the first";
  ASSERT_EQ(project().head.edits.size(), 2U);
  window_->findChild<EditPanel*>("editPanel")->rename(project().directions.front(), "Jaw");
  click("keepSliders");
  ASSERT_TRUE(test::waitUntil([this] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(places_.path())) {
      if (entry.path().extension() == ".safetensors" && !entry.path().filename().string().starts_with('.')) {
        return true;
      }
    }
    return false;
  })) << "no slider was kept for this model";
  click("resetEdits");
  EXPECT_TRUE(shows(plain));
}

TEST_P(PublishedModelTest, BackgroundsAreSwappedAndMeasured) {
  shown();
  EXPECT_EQ(measuredSwap(), 0) << "its own is no swap";
  const bool generated = modelInfo(*model_).has_background;
  EXPECT_EQ(child<QAbstractButton>("backgroundOther").isEnabled(), generated);
  if (generated) {
    const Image own = shown();
    child<QAbstractButton>("backgroundOther").click();
    child<QDoubleSpinBox>("backgroundSeed").setValue(3);
    EXPECT_NE(shown().pixels, own.pixels);
    EXPECT_GE(measuredSwap(), 0);
  }
  Image photo(60, 40, 3);
  for (std::size_t i = 0; i < photo.pixels.size(); ++i) {
    photo.pixels[i] = static_cast<std::uint8_t>(i * 7);
  }
  writePng(folder_ / "behind.png", photo);
  window_->openPhoto(folder_ / "behind.png");
  ASSERT_TRUE(
      test::waitUntil([this] { return std::holds_alternative<ImageBackground>(project().head.background); }));
  shown();
  child<QAbstractButton>("backgroundColour").click();
  EXPECT_EQ(shown().channels, 3);
  child<QAbstractButton>("backgroundNone").click();
  EXPECT_EQ(shown().channels, 4);
}

TEST_P(PublishedModelTest, AProjectComesBackWithTheSamePixels) {
  child<QDoubleSpinBox>("seed").setValue(5);
  findSliders(DirectionKind::Factors, 1);
  slide(0, 1.5);
  child<QAbstractButton>("backgroundColour").click();
  child<QDoubleSpinBox>("yaw").setValue(-30);
  const Image before = shown();
  window_->document().save(folder_ / "mine.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  window_ = std::make_unique<MainWindow>(Places::below(places_.path()));  // another start of the program
  window_->show();
  viewport_ = window_->findChild<ViewportWidget*>("viewport");
  window_->open(folder_ / "mine.heads");
  EXPECT_TRUE(shows(before));
  EXPECT_EQ(project().model.path, std::filesystem::weakly_canonical(file_)) << "one name per file";
  ASSERT_EQ(project().head.edits.size(), 1U);
  EXPECT_EQ(project().head.edits.front().strength, 1.5);
}

TEST_P(PublishedModelTest, FilmMeshAndConvertedModelAreWritten) {
  window_->document().edit("film", {}, [](Project& changed) {
    HeadOptions other = changed.head;
    other.seed = 4;
    changed.key_frames.set({0, {}, changed.head});
    changed.key_frames.set({0.4, {.yaw_degrees = 90}, other});
    changed.frames_per_second = 5;
  });
  window_->findChild<QAction*>("actionFilm")->trigger();
  chooseFile("filmDialog", "turn.mp4");
  ASSERT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "turn.mp4"); }));

  window_->findChild<QAction*>("actionExport")->trigger();
  auto& panel = child<ExportPanel>("exportPanel");
  child<QTabWidget>("exportPages").setCurrentWidget(&child<QWidget>("meshPage"));
  for (const auto& [name, data] : {std::pair{"meshResolution", 64}, std::pair{"meshTexture", 512}}) {
    auto& box = child<QComboBox>(name);
    box.setCurrentIndex(box.findData(data));
  }
  panel.exportTo(folder_ / "head.glb");
  ASSERT_TRUE(test::waitUntil([&] { return !panel.isExporting(); }));
  EXPECT_EQ(window_->findChild<QDialog*>("errorDialog"), nullptr);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "head.glb"));

  const Image before = shown();
  click("modelPassport");
  QDialog* passport = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (passport = window_->findChild<QDialog*>("passportDialog")) != nullptr; }));
  EXPECT_TRUE(
      passport->findChild<QLabel*>("passportPromise")->text().contains("Nothing of it is run or imported"));
  click("passportConvert");
  chooseFile("convertDialog", "safe.safetensors");
  QMessageBox* converted = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (converted = window_->findChild<QMessageBox*>("convertedDialog")) != nullptr; }));
  converted->findChild<QAbstractButton*>("openConverted")->click();
  ASSERT_TRUE(test::waitUntil([this] { return child<QLabel>("modelName").text() == "safe"; }));
  EXPECT_TRUE(shows(before)) << "the converted model draws other pixels";
}

INSTANTIATE_TEST_SUITE_P(Files,
                         PublishedModelTest,
                         testing::Values("golden/tiny_panohead.pkl", "golden/tiny_eg3d.pkl"),
                         [](const auto& info) { return std::filesystem::path(info.param).stem().string(); });

}  // namespace
}  // namespace panohead::ui
