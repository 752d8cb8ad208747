#include "ui/main_window.h"

#include "core/base/image_io.h"
#include "tests/support/image_psnr.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"
#include "ui/bridge/qt_convert.h"
#include "ui/latent_pad.h"
#include "ui/panels/edit_panel.h"
#include "ui/panels/gallery_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/viewport_widget.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QScrollBar>
#include <QSpinBox>
#include <QTest>
#include <gtest/gtest.h>

#include <fstream>

namespace panohead::ui {
namespace {

const std::filesystem::path kModel = PANOHEAD_SOURCE_DIR "/resources/models/heads256/model.safetensors";

Image toImage(const QImage& image) {
  const QImage rgb = image.convertToFormat(QImage::Format_RGB888);
  Image result(rgb.width(), rgb.height(), 3);
  for (int y = 0; y < rgb.height(); ++y) {
    std::copy_n(rgb.constScanLine(y), result.rowBytes(), result.row(y));
  }
  return result;
}

/// Model -> head -> frame, with nothing of the window in between.
Image sessionPicture(const HeadOptions& options, const OrbitView& camera) {
  SilentContext context;
  const HeadPtr head = makeHead(panohead::openModel(kModel, context), options, context);
  ViewOptions view;
  view.camera = orbitLabel(camera);
  return renderFrame(*head, view, context).picture;
}

/// What the command line writes into an empty folder.
Image commandLinePicture(const OrbitView& camera, const std::filesystem::path& folder) {
  const auto exact = [](double angle) { return QString::number(angle, 'g', 17).toStdString(); };
  const auto result = test::runProcess({PANOHEAD_EXECUTABLE,
                                        "render",
                                        "--model",
                                        kModel.string(),
                                        "--seeds",
                                        "0",
                                        "--yaw",
                                        exact(camera.yaw_degrees),
                                        "--pitch",
                                        exact(camera.pitch_degrees),
                                        "--out",
                                        folder.string()});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    return readImage(file.path());
  }
  return {};
}

class MainWindowTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    window_ = std::make_unique<MainWindow>(Places::below(places_.path()));
    window_->resize(1100, 760);
    window_->show();
    window_->activateWindow();  // nobody else does where no window manager runs
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    viewport_ = window_->findChild<ViewportWidget*>("viewport");
    QObject::connect(viewport_, &ViewportWidget::frameShown, [this] {
      (viewport_->frame().refined ? refined_ : coarse_).push_back(viewport_->frame().request);
    });
  }

  void openModel() {
    window_->openModel(kModel);
    ASSERT_TRUE(waitForRefined()) << "no picture of the default model";
  }

  /// Waits for a refined frame that was asked for after this call.
  bool waitForRefined() {
    refined_.clear();
    return test::waitUntil([this] { return !refined_.empty(); });
  }

  /// Drags in the viewport with the left button, in `steps` moves.
  void drag(QPoint by, int steps) {
    const QPoint from = viewport_->rect().center();
    QTest::mousePress(viewport_, Qt::LeftButton, {}, from);
    for (int i = 1; i <= steps; ++i) {
      moveMouse(from + by * i / steps);
      QTest::qWait(15);
    }
    QTest::mouseRelease(viewport_, Qt::LeftButton, {}, from + by);
  }

  void moveMouse(QPoint to) {
    QMouseEvent move(
        QEvent::MouseMove, to, viewport_->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(viewport_, &move);
  }

  /// The part of the viewport's framebuffer that shows the picture.
  Image grabPicture() { return toImage(viewport_->grabFramebuffer().copy(viewport_->pictureRect())); }

  template <typename Widget>
  Widget& child(const char* name) {
    auto* found = window_->findChild<Widget*>(name);
    EXPECT_NE(found, nullptr) << name;
    return *found;
  }

  void click(const char* name) { QTest::mouseClick(&child<QWidget>(name), Qt::LeftButton); }

  std::unique_ptr<MainWindow> window_;
  ViewportWidget* viewport_ = nullptr;
  std::vector<std::uint64_t> coarse_, refined_;  // requests of the frames shown
  test::ScratchFolder folder_;
  test::ScratchFolder places_;
};

TEST_F(MainWindowTest, DraggedViewportShowsWhatTheCommandLineDraws) {
  openModel();
  child<QAbstractButton>("actualSize").setChecked(true);
  child<QAbstractButton>("hud").setChecked(false);
  coarse_.clear();
  const QPoint by(-180, 60);
  drag(by, 24);
  ASSERT_TRUE(waitForRefined());
  EXPECT_FALSE(coarse_.empty()) << "nothing was seen while dragging";

  const double side = std::min(viewport_->width(), viewport_->height());
  const OrbitView camera{.yaw_degrees = -180 * by.x() / side, .pitch_degrees = 180 * by.y() / side};
  EXPECT_NEAR(viewport_->camera().yaw_degrees, camera.yaw_degrees, 1e-6);
  EXPECT_NEAR(viewport_->camera().pitch_degrees, camera.pitch_degrees, 1e-6);
  const Image expected = commandLinePicture(camera, folder_.path());
  const double psnr = test::psnr(grabPicture(), expected);
  std::printf("viewport against command line after the drag: %.1f dB\n", psnr);
  EXPECT_GT(psnr, 45);
  EXPECT_LT(test::psnr(sessionPicture({}, {}), expected), 30) << "the drag moved nothing";
}

TEST_F(MainWindowTest, EventLoopGoesOnWhileFramesAreDrawn) {
  openModel();
  QElapsedTimer since_tick;
  qint64 longest = 0;
  QTimer ticker;
  QObject::connect(&ticker, &QTimer::timeout, [&] { longest = std::max(longest, since_tick.restart()); });
  since_tick.start();
  ticker.start(2);
  coarse_.clear();
  QElapsedTimer clock;
  clock.start();
  drag({300, 40}, 100);
  const qint64 dragged = clock.elapsed();
  ASSERT_TRUE(waitForRefined());
  std::printf("longest gap of the event loop: %lld ms; %.1f coarse frames/s; refined in %.0f ms\n",
              static_cast<long long>(longest),
              1000.0 * static_cast<double>(coarse_.size()) / static_cast<double>(dragged),
              totalMilliseconds(viewport_->frame().times));
  EXPECT_LT(longest, 2000);
}

TEST_F(MainWindowTest, NewestRequestWins) {
  openModel();
  coarse_.clear();
  refined_.clear();
  const QPoint centre = viewport_->rect().center();
  QTest::mousePress(viewport_, Qt::LeftButton, {}, centre);
  for (int i = 1; i <= 200; ++i) {  // faster than any frame is drawn
    moveMouse(centre + QPoint(i, 0));
  }
  const double yaw = viewport_->camera().yaw_degrees;
  ASSERT_TRUE(waitForRefined());
  EXPECT_TRUE(std::ranges::is_sorted(coarse_)) << "an older frame was shown after a newer one";
  EXPECT_LE(coarse_.size(), 5U) << "stale frames were drawn";
  EXPECT_GE(refined_.back(), 201U);
  child<QAbstractButton>("actualSize").setChecked(true);
  child<QAbstractButton>("hud").setChecked(false);
  EXPECT_GT(test::psnr(grabPicture(), sessionPicture({}, {.yaw_degrees = yaw})), 45);
}

TEST_F(MainWindowTest, BadModelIsExplainedAndTheOldOneStaysUsable) {
  openModel();
  std::ofstream(folder_ / "broken.safetensors") << "these are no weights";
  window_->openModel(folder_ / "broken.safetensors");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(
      test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }));
  EXPECT_TRUE(dialog->isVisible());
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorMessage")->text().contains("broken.safetensors"));
  EXPECT_FALSE(dialog->findChild<QLabel*>("errorHint")->text().isEmpty());
  dialog->accept();

  click("viewBack");
  ASSERT_TRUE(waitForRefined()) << "the old model is no longer drawn";
  EXPECT_EQ(viewport_->camera().yaw_degrees, 180);
}

TEST_F(MainWindowTest, SeedAndBackgroundChangeThePicture) {
  openModel();
  const Image first = viewport_->frame().picture;
  child<QDoubleSpinBox>("seed").setValue(7);
  ASSERT_TRUE(waitForRefined());
  const Image second = viewport_->frame().picture;
  EXPECT_LT(test::psnr(first, second), 35);
  HeadOptions options;
  options.seed = 7;
  EXPECT_EQ(second.pixels, sessionPicture(options, {}).pixels);
  click("nextSeed");
  click("previousSeed");
  child<QAbstractButton>("backgroundOther").click();
  child<QDoubleSpinBox>("backgroundSeed").setValue(3);
  ASSERT_TRUE(test::waitUntil([this] { return !window_->findChild<QWidget*>("jobStatus")->isVisible(); }));
  ASSERT_TRUE(waitForRefined());
  options.background = SeedBackground{3};
  EXPECT_EQ(viewport_->frame().picture.pixels, sessionPicture(options, {}).pixels);
  child<QAbstractButton>("backgroundNone").click();
  ASSERT_TRUE(waitForRefined());
  EXPECT_EQ(viewport_->frame().picture.channels, 4);
}

TEST_F(MainWindowTest, RenderTypesAreShown) {
  openModel();
  auto& mode = child<QComboBox>("renderMode");
  std::vector<Image> pictures;
  for (int i = 0; i < mode.count(); ++i) {
    mode.setCurrentIndex(i);
    viewport_->snap(render::Snap::Front);
    ASSERT_TRUE(waitForRefined());
    pictures.push_back(viewport_->frame().picture);
  }
  ASSERT_EQ(pictures.size(), 5U);
  for (std::size_t i = 1; i < pictures.size(); ++i) {
    EXPECT_NE(pictures[i].pixels, pictures[i - 1].pixels) << "type " << i << " looks like the one before";
  }
}

TEST_F(MainWindowTest, UndoGoesBackToTheSamePixelsAndRedoForth) {
  openModel();
  const Image first = viewport_->frame().picture;
  drag({-120, 30}, 8);
  ASSERT_TRUE(waitForRefined());
  child<QDoubleSpinBox>("seed").setValue(5);
  ASSERT_TRUE(waitForRefined());
  const Image last = viewport_->frame().picture;
  QUndoStack& history = window_->document().history();
  EXPECT_EQ(history.count(), 2) << "the moves of a drag are one step";
  EXPECT_EQ(history.undoText(), "Seed 5");
  history.undo();
  history.undo();
  ASSERT_TRUE(waitForRefined());
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
  history.redo();
  history.redo();
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == last.pixels; }));
}

TEST_F(MainWindowTest, ProjectComesBackWithTheSamePixels) {
  openModel();
  Image behind(40, 30, 3);
  for (std::size_t i = 0; i < behind.pixels.size(); ++i) {
    behind.pixels[i] = static_cast<std::uint8_t>(i * 7);
  }
  writePng(folder_ / "behind.png", behind);
  window_->open(folder_ / "behind.png");
  ASSERT_TRUE(test::waitUntil([this] {
    return std::holds_alternative<ImageBackground>(window_->document().project().head.background);
  }));
  child<QDoubleSpinBox>("seed").setValue(3);
  child<QAbstractButton>("mix").setChecked(true);
  child<QDoubleSpinBox>("truncation").setValue(0.9);
  child<QDoubleSpinBox>("yaw").setValue(40);
  ASSERT_TRUE(test::waitUntil([this] { return !window_->findChild<QWidget*>("jobStatus")->isVisible(); }));
  ASSERT_TRUE(waitForRefined());
  const Image before = viewport_->frame().picture;
  const Project project = window_->document().project();
  window_->document().save(folder_ / "my.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));

  window_->document().edit("other", {}, [](Project& other) { other.head = {}; });
  ASSERT_TRUE(waitForRefined());
  window_->openProject(folder_ / "my.heads");
  ASSERT_TRUE(test::waitUntil([&] {
    if (auto* dialog = window_->findChild<QDialog*>("errorDialog")) {
      ADD_FAILURE() << dialog->findChild<QLabel*>("errorMessage")->text().toStdString();
      return true;
    }
    return window_->document().project().head.seed == 3;
  }));
  EXPECT_FALSE(window_->document().isModified());
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == before.pixels; }));
  EXPECT_EQ(window_->document().project().camera, project.camera);
}

TEST_F(MainWindowTest, WhatACrashLeftBehindIsOffered) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(11);
  window_->document().autosave();
  const std::filesystem::path sidecar = window_->document().sidecarOf({});
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(sidecar); }));
  // As if another process had written it, and died.
  const auto dead = test::runProcess({"/bin/sh", "-c", "echo $$"});
  std::filesystem::copy(
      sidecar,
      sidecar.parent_path() / ("unsaved-" + dead.output.substr(0, dead.output.find('\n')) + ".heads"));
  window_->document().reset({});
  EXPECT_FALSE(std::filesystem::exists(sidecar)) << "a document that is put away leaves nothing behind";
  ASSERT_TRUE(window_->offerRecovery());
  auto* dialog = window_->findChild<QMessageBox*>("recoveryDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->buttons().front()->click();
  EXPECT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed == 11; }));
  EXPECT_TRUE(window_->document().isModified());
}

TEST_F(MainWindowTest, DamagedProjectIsExplained) {
  openModel();
  std::ofstream(folder_ / "bad.heads") << "{\"format\": \"panohead-studio project\", \"version\": 1}";
  window_->open(folder_ / "bad.heads");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(
      test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }));
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorMessage")->text().contains("bad.heads"));
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorHint")->text().contains("backup"));
}

TEST_F(MainWindowTest, DoubleClickLooksAtTheSurface) {
  openModel();
  const QPoint middle = viewport_->rect().center();
  QTest::mouseDClick(viewport_, Qt::LeftButton, {}, middle);
  const OrbitView& camera = viewport_->camera();
  EXPECT_GT(camera.pivot.z, 0.1) << "the nose lies in front of the middle of the head";
  EXPECT_LT(std::abs(camera.pivot.x), 0.05);
  EXPECT_EQ(window_->document().project().camera, camera);
}

TEST_F(MainWindowTest, HeldKeyShowsTheHeadBefore) {
  openModel();
  const Image first = viewport_->frame().picture;
  child<QDoubleSpinBox>("seed").setValue(4);
  ASSERT_TRUE(waitForRefined());
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  viewport_->setFocus();
  QTest::keyPress(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
  QTest::keyRelease(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
}

TEST_F(MainWindowTest, SlidersAreFoundNamedAndChangeTheHead) {
  openModel();
  const Image first = viewport_->frame().picture;
  child<QSpinBox>("findCount").setValue(3);
  click("findSliders");
  ASSERT_TRUE(test::waitUntil([this] { return window_->document().project().directions.size() == 3; }));
  child<QDoubleSpinBox>("edit_factor_1").setValue(2);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  const Project& project = window_->document().project();
  ASSERT_EQ(project.head.edits.size(), 1U);
  window_->findChild<EditPanel*>("editPanel")->rename(project.directions.front(), "Jaw");
  EXPECT_EQ(project.directions.front()->label, "Jaw");
  EXPECT_EQ(project.head.edits.front().direction, project.directions.front());
  click("resetEdits");
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
}

TEST_F(MainWindowTest, KeyFramesBecomeAFilmAndCameras) {
  openModel();
  auto* panel = window_->findChild<TimelinePanel*>("timelinePanel");
  panel->setKey();
  window_->document().edit("turn", {}, [](Project& project) {
    project.key_frames.set({0.4, {.yaw_degrees = 90}, project.head});
    project.frames_per_second = 5;
  });
  window_->findChild<QAction*>("actionFilm")->trigger();
  auto* dialog = window_->findChild<QFileDialog*>("filmDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->setDirectory(toQString(folder_.path()));
  dialog->selectFile("film");
  static_cast<QDialog*>(dialog)->accept();
  ASSERT_TRUE(
      test::waitUntil([this] { return std::filesystem::exists(folder_ / "film" / "frame_000002.png"); }));
  EXPECT_EQ(readImage(folder_ / "film" / "frame_000002.png").pixels,
            sessionPicture({}, {.yaw_degrees = 90}).pixels);
}

TEST_F(MainWindowTest, SwapIsMeasuredInsideTheMask) {
  openModel();
  double levels = -1;
  QObject::connect(window_.get(), &MainWindow::swapMeasured, [&](double measured) { levels = measured; });
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return levels >= 0; }));
  EXPECT_EQ(levels, 0) << "its own background is no swap";
  child<QAbstractButton>("backgroundOther").click();
  ASSERT_TRUE(waitForRefined());
  levels = -1;
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return levels >= 0; }));
  EXPECT_GT(levels, 0);
  EXPECT_LT(levels, 12) << "the head is not the background";
  std::printf("background swap: the head changed by %.2f levels\n", levels);
}

TEST_F(MainWindowTest, ClosingWithUnsavedChangesAsks) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(2);
  EXPECT_FALSE(window_->close());
  auto* dialog = window_->findChild<QMessageBox*>("closeDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->button(QMessageBox::Discard)->click();
  EXPECT_TRUE(test::waitUntil([this] { return !window_->isVisible(); }));
}

TEST_F(MainWindowTest, ModelIsOpenedByDropping) {
  QMimeData data;
  data.setUrls({QUrl::fromLocalFile(toQString(kModel))});
  QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(window_.get(), &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(window_.get(), &drop);
  EXPECT_TRUE(waitForRefined());
  EXPECT_NE(child<QLabel>("modelName").text(), "No model");
}

TEST_F(MainWindowTest, NamedSlidersComeWithTheModel) {
  openModel();
  const Image first = viewport_->frame().picture;
  for (const char* name :
       {"edit_sex", "edit_age", "edit_skin_tone", "edit_hair_length", "edit_beard", "edit_smile"}) {
    child<QDoubleSpinBox>(name);
  }
  child<QDoubleSpinBox>("edit_hair_length").setValue(2);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  EXPECT_LT(test::psnr(viewport_->frame().picture, first), 30);
  EXPECT_EQ(window_->document().history().undoText(), "Hair length");
}

TEST_F(MainWindowTest, PictureIsSavedThroughTheMenu) {
  openModel();
  window_->findChild<QAction*>("actionSave")->trigger();
  auto* dialog = window_->findChild<QFileDialog*>("saveDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->setDirectory(toQString(folder_.path()));
  dialog->selectFile("head.png");
  static_cast<QDialog*>(dialog)->accept();
  EXPECT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "head.png"); }));
}

TEST_F(MainWindowTest, EverythingIsReachableByKeys) {
  openModel();
  viewport_->setFocus();
  QTest::keyClick(viewport_, Qt::Key_Right);
  EXPECT_EQ(viewport_->camera().yaw_degrees, -5);
  QTest::keyClick(viewport_, Qt::Key_Plus);
  EXPECT_LT(viewport_->camera().radius, kHeadCameraRadius);
  QTest::keyClick(viewport_, Qt::Key_1, Qt::KeypadModifier | Qt::ControlModifier);
  EXPECT_EQ(viewport_->camera().yaw_degrees, 180);
  QTest::keyClick(viewport_, Qt::Key_3, Qt::KeypadModifier);
  EXPECT_EQ(viewport_->camera().yaw_degrees, -90);
  QTest::keyClick(viewport_, Qt::Key_Home);
  EXPECT_EQ(orbitLabel(viewport_->camera()), orbitLabel({}));
  QTest::keyClick(viewport_, Qt::Key_PageDown);
  EXPECT_EQ(child<QDoubleSpinBox>("seed").value(), 1);
  QTest::keyClick(viewport_, Qt::Key_F1);
  auto* keys = window_->findChild<QDialog*>("keysDialog");
  ASSERT_NE(keys, nullptr);
  EXPECT_TRUE(keys->isVisible());
}

TEST_F(MainWindowTest, WheelAndMiddleDragMoveTheCamera) {
  openModel();
  const QPointF centre = viewport_->rect().center();
  QWheelEvent wheel(centre,
                    viewport_->mapToGlobal(centre),
                    {},
                    {0, 240},
                    Qt::NoButton,
                    Qt::NoModifier,
                    Qt::NoScrollPhase,
                    false);
  QApplication::sendEvent(viewport_, &wheel);
  EXPECT_LT(viewport_->camera().radius, kHeadCameraRadius);
  QTest::mousePress(viewport_, Qt::MiddleButton, {}, centre.toPoint());
  QMouseEvent move(QEvent::MouseMove,
                   centre + QPointF(30, 0),
                   viewport_->mapToGlobal(centre + QPointF(30, 0)),
                   Qt::NoButton,
                   Qt::MiddleButton,
                   Qt::NoModifier);
  QApplication::sendEvent(viewport_, &move);
  EXPECT_LT(viewport_->camera().pivot.x, 0);
  EXPECT_TRUE(waitForRefined());
}

TEST_F(MainWindowTest, EveryControlHasANameAndAHelp) {
  int controls = 0;
  for (const QWidget* widget : window_->findChildren<QWidget*>()) {
    const bool is_control =
        qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget) ||
        qobject_cast<const QAbstractSlider*>(widget) || qobject_cast<const QComboBox*>(widget);
    const bool is_part = qobject_cast<const QScrollBar*>(widget) || widget->objectName().startsWith("qt_") ||
                         widget->objectName().startsWith("Scroll");  // of Qt's tab bars
    if (!is_control || is_part) {
      continue;
    }
    ++controls;
    const auto* button = qobject_cast<const QAbstractButton*>(widget);
    EXPECT_FALSE(widget->objectName().isEmpty()) << widget->metaObject()->className();
    EXPECT_FALSE(widget->toolTip().isEmpty()) << widget->objectName().toStdString();
    EXPECT_TRUE(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()))
        << widget->objectName().toStdString();
  }
  EXPECT_GE(controls, 20);
}

TEST_F(MainWindowTest, OpeningAModelEditsNothing) {
  int edits = 0;
  auto& cutoff = child<QSpinBox>("truncationCutoff");
  QObject::connect(&cutoff, &QSpinBox::valueChanged, [&] { ++edits; });
  openModel();
  EXPECT_EQ(edits, 0) << "a second head was built";
  EXPECT_EQ(cutoff.value(), HeadOptions{}.truncation_cutoff);
}

TEST_F(MainWindowTest, CancelledOpeningInvitesAgain) {
  auto& placeholder = child<QLabel>("placeholder");
  const QString invitation = placeholder.text();
  window_->openModel(kModel);
  EXPECT_TRUE(placeholder.text().contains("model.safetensors"));
  child<QAbstractButton>("jobCancel").click();
  EXPECT_TRUE(test::waitUntil([&] { return placeholder.text() == invitation; }, 20000));
  EXPECT_TRUE(viewport_->frame().picture.empty()) << "the opening was not cancelled";
}

// What the user feels of each kind of work: the longest time in which the window heard nothing.
TEST_F(MainWindowTest, EventLoopLatencyOfEveryKindOfWork) {
  QElapsedTimer since_tick;
  std::vector<double> gaps;
  QTimer ticker;
  ticker.setTimerType(Qt::PreciseTimer);
  QObject::connect(&ticker, &QTimer::timeout, [&] {
    gaps.push_back(static_cast<double>(since_tick.nsecsElapsed()) / 1e6);
    since_tick.restart();
  });
  const auto measured = [&](const char* what, auto work) {
    gaps.clear();
    since_tick.start();
    ticker.start(1);
    work();
    ticker.stop();
    std::ranges::sort(gaps);
    ASSERT_FALSE(gaps.empty());
    std::printf("event loop while %-20s longest gap %6.1f ms, 99 of 100 below %5.1f ms (%zu ticks)\n",
                what,
                gaps.back(),
                gaps[gaps.size() * 99 / 100],
                gaps.size());
    EXPECT_LT(gaps.back(), 3000) << what;
  };
  measured("a model opens", [this] { openModel(); });
  measured("a head changes", [this] {
    child<QDoubleSpinBox>("seed").setValue(21);
    ASSERT_TRUE(waitForRefined());
  });
  window_->document().edit("film", {}, [](Project& project) {
    project.key_frames.set({0, {}, project.head});
    project.key_frames.set({0.5, {.yaw_degrees = 60}, project.head});
    project.frames_per_second = 8;
  });
  measured("a film is rendered", [this] {
    window_->findChild<QAction*>("actionFilm")->trigger();
    auto* dialog = window_->findChild<QFileDialog*>("filmDialog");
    dialog->setDirectory(toQString(folder_.path()));
    dialog->selectFile("film");
    static_cast<QDialog*>(dialog)->accept();
    ASSERT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "film"); }));
  });
}

TEST_F(MainWindowTest, ResizeStormEndsInASharpPicture) {
  openModel();
  for (int i = 0; i < 40; ++i) {
    window_->resize(900 + (i * 53) % 500, 620 + (i * 37) % 300);
    QApplication::processEvents();
  }
  window_->resize(1200, 800);
  viewport_->snap(render::Snap::Right);
  ASSERT_TRUE(waitForRefined());
  child<QAbstractButton>("actualSize").setChecked(true);
  child<QAbstractButton>("hud").setChecked(false);
  EXPECT_GT(test::psnr(grabPicture(), sessionPicture({}, {.yaw_degrees = -90})), 45);
}

TEST_F(MainWindowTest, ClosingDuringEveryKindOfWork) {
  const auto close = [this] {
    QElapsedTimer clock;
    clock.start();
    window_.reset();
    EXPECT_LT(clock.elapsed(), 10000);
  };
  const auto again = [this] {
    window_ = std::make_unique<MainWindow>(Places::below(places_.path()));
    window_->show();
    viewport_ = window_->findChild<ViewportWidget*>("viewport");
    QObject::connect(viewport_, &ViewportWidget::frameShown, [this] {
      (viewport_->frame().refined ? refined_ : coarse_).push_back(viewport_->frame().request);
    });
    openModel();
  };
  openModel();
  child<QDoubleSpinBox>("seed").setValue(31);  // a head is made
  close();
  again();
  click("findSliders");
  close();
  again();
  window_->document().save(folder_ / "closing.heads");
  close();
  again();
  window_->document().edit("film", {}, [](Project& project) {
    project.key_frames.set({0, {}, project.head});
    project.key_frames.set({60, {}, project.head});
  });
  window_->findChild<QAction*>("actionFilm")->trigger();
  auto* dialog = window_->findChild<QFileDialog*>("filmDialog");
  dialog->setDirectory(toQString(folder_.path()));
  dialog->selectFile("never");
  static_cast<QDialog*>(dialog)->accept();
  QTest::qWait(300);
  close();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "never")) << "half a film";
}

TEST_F(MainWindowTest, ProjectWithoutItsModelAsks) {
  openModel();
  Project project = window_->document().project();
  project.model = {folder_ / "gone.pkl", "0"};
  writeProject(folder_ / "gone.heads", project);
  window_->open(folder_ / "gone.heads");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QDialog*>("missingModelDialog")) != nullptr; }));
  EXPECT_TRUE(static_cast<QMessageBox*>(dialog)->text().contains("gone.pkl"));
}

TEST_F(MainWindowTest, ProjectOfAChangedModelShowsBothHashes) {
  openModel();
  std::filesystem::copy(kModel, folder_ / "other.safetensors");
  Project project = window_->document().project();
  project.model = {folder_ / "other.safetensors", "00c0ffee"};
  writeProject(folder_ / "changed.heads", project);
  window_->open(folder_ / "changed.heads");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(
      test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }));
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorMessage")->text().contains("other.safetensors"));
}

TEST_F(MainWindowTest, PassportTellsThatNothingIsRun) {
  openModel();
  click("modelPassport");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(
      test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("passportDialog")) != nullptr; }));
  EXPECT_TRUE(dialog->findChild<QLabel*>("passportPromise")->text().contains("Nothing of this file is run"));
  click("passportConvert");
  auto* files = dialog->findChild<QFileDialog*>("convertDialog");
  ASSERT_NE(files, nullptr);
  files->setDirectory(toQString(folder_.path()));
  files->selectFile("safe.safetensors");
  static_cast<QDialog*>(files)->accept();
  EXPECT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "safe.safetensors"); }));
}

TEST_F(MainWindowTest, GalleryDrawsSeedsAndKeepsHeads) {
  openModel();
  auto* gallery = window_->findChild<GalleryPanel*>("galleryPanel");
  const int all = gallery->waiting();
  EXPECT_GT(all, 10);
  ASSERT_TRUE(test::waitUntil([&] { return gallery->waiting() < all - 1; }));
  click("galleryKeep");
  ASSERT_EQ(window_->document().project().gallery.size(), 1U);
  auto& list = child<QListWidget>("gallery");
  EXPECT_EQ(list.item(0)->text(), "head 1");
  emit list.itemClicked(list.item(4));  // the kept head, then seeds from 0 on
  EXPECT_EQ(window_->document().project().head.seed, 3U);
  window_->document().history().undo();
  window_->document().history().undo();
  EXPECT_TRUE(window_->document().project().gallery.empty());
}

TEST_F(MainWindowTest, ThePadWalksOverTheMapOfSeeds) {
  openModel();
  auto& pad = child<LatentPad>("latentPad");
  QTest::mousePress(&pad, Qt::LeftButton, {}, pad.rect().center());
  QMouseEvent move(QEvent::MouseMove,
                   pad.rect().center() + QPointF(-20, 10),
                   pad.mapToGlobal(pad.rect().center() + QPointF(-20, 10)),
                   Qt::NoButton,
                   Qt::LeftButton,
                   Qt::NoModifier);
  QApplication::sendEvent(&pad, &move);
  QTest::mouseRelease(&pad, Qt::LeftButton, {}, pad.rect().center());
  const auto& blend = window_->document().project().head.blend;
  ASSERT_EQ(blend.size(), 4U);
  double sum = 0;
  for (const auto& [seed, weight] : blend) {
    sum += weight;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_TRUE(waitForRefined());
}

TEST_F(MainWindowTest, TurntableTurnsAndStops) {
  openModel();
  child<QAbstractButton>("turntable").click();
  const double before = viewport_->camera().yaw_degrees;
  QTest::qWait(300);
  EXPECT_NE(viewport_->camera().yaw_degrees, before);
  EXPECT_TRUE(window_->document().history().count() == 0) << "a step of the history for every picture";
  child<QAbstractButton>("turntable").click();
  EXPECT_EQ(window_->document().project().camera, viewport_->camera());
}

TEST_F(MainWindowTest, ClosingWhileOpeningStopsTheWork) {
  window_->openModel(kModel);
  QElapsedTimer clock;
  clock.start();
  window_.reset();
  EXPECT_LT(clock.elapsed(), 10000);
}

}  // namespace
}  // namespace panohead::ui
