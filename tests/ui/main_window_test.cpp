// The window: viewport, files, keys, and that it goes on while work is done.
#include "core/session/surface_point.h"
#include "tests/ui/main_window_fixture.h"

namespace panohead::ui {
namespace {

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
  test::EventLoopGaps gaps;
  coarse_.clear();
  QElapsedTimer clock;
  clock.start();
  drag({300, 40}, 100);
  const qint64 dragged = clock.elapsed();
  ASSERT_TRUE(waitForRefined());
  const qint64 longest = gaps.takeLongest();
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
  for (int i = 0; mode.itemData(i).isValid(); ++i) {  // up to the line before the meshes
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

TEST_F(MainWindowTest, DoubleClickLooksAtTheSurface) {
  openModel();
  const QPoint middle = viewport_->rect().center();
  QTest::mouseDClick(viewport_, Qt::LeftButton, {}, middle);
  const OrbitView& camera = viewport_->camera();
  EXPECT_GT(camera.pivot.z, 0.1) << "the nose lies in front of the middle of the head";
  EXPECT_LT(std::abs(camera.pivot.x), 0.05);
  EXPECT_EQ(window_->document().project().camera, camera);
}

TEST_F(MainWindowTest, DoubleClickPicksInThePictureThatIsSeen) {
  openModel();
  const auto seen = surfacePoint(viewport_->frame(), orbitLabel(viewport_->camera()), 0.5, 0.5);
  ASSERT_TRUE(seen.has_value());
  viewport_->setCamera({.yaw_degrees = 90});  // no frame of it is there yet
  QTest::mouseDClick(viewport_, Qt::LeftButton, {}, viewport_->rect().center());
  const glm::dvec3 found = viewport_->camera().pivot;
  EXPECT_NEAR(found.x, seen->x, 0.02);
  EXPECT_NEAR(found.y, seen->y, 0.02);
  EXPECT_NEAR(found.z, seen->z, 0.02);
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

TEST_F(MainWindowTest, PictureIsSavedThroughTheMenu) {
  openModel();
  window_->findChild<QAction*>("actionSave")->trigger();
  chooseFile("saveDialog", "head.png");
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
  QTest::keyClick(viewport_, Qt::Key_End, Qt::KeypadModifier);  // without NumLock
  EXPECT_EQ(viewport_->camera().yaw_degrees, 0);
  // As X11 sends it: no shortcut matches, the viewport itself has to.
  QKeyEvent pressed(QEvent::KeyPress, Qt::Key_PageDown, Qt::KeypadModifier | Qt::ControlModifier);
  QCoreApplication::sendEvent(viewport_, &pressed);
  EXPECT_EQ(viewport_->camera().yaw_degrees, 90);
  EXPECT_EQ(child<QDoubleSpinBox>("seed").value(), 0);
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
  openModel();
  EXPECT_GE(test::expectNamedControls(*window_), 60);
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
  QElapsedTimer since_compose;
  double presenting = 0;  // ms since the last tick in which the graphics driver drew the window
  std::vector<double> gaps;
  std::vector<double> own;  // gaps without presenting
  QObject::connect(viewport_, &ViewportWidget::presenting, [&] { since_compose.start(); });
  QObject::connect(viewport_, &ViewportWidget::presented, [&] {
    if (since_compose.isValid()) {  // else the driver draws beside the window
      presenting += static_cast<double>(since_compose.nsecsElapsed()) / 1e6;
      since_compose.invalidate();
    }
  });
  QTimer ticker;
  ticker.setTimerType(Qt::PreciseTimer);
  QObject::connect(&ticker, &QTimer::timeout, [&] {
    gaps.push_back(static_cast<double>(since_tick.nsecsElapsed()) / 1e6);
    own.push_back(gaps.back() - std::exchange(presenting, 0));
    since_tick.restart();
  });
  const auto measured = [&](const char* what, auto work) {
    gaps.clear();
    own.clear();
    since_tick.start();
    ticker.start(1);
    work();
    ticker.stop();
    std::ranges::sort(gaps);
    std::ranges::sort(own);
    ASSERT_FALSE(gaps.empty());
    std::printf(
        "event loop while %-20s longest gap %5.1f ms (%5.1f ms without the driver's drawing), 999 of 1000 "
        "below "
        "%5.1f ms (%5.1f ms; %zu ticks)\n",
        what,
        gaps.back(),
        own.back(),
        gaps[gaps.size() * 999 / 1000],
        own[own.size() * 999 / 1000],
        gaps.size());
  };
  ASSERT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
  QTest::qWait(100);  // the window has drawn itself
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
  window_->findChild<QAction*>("actionFilm")->trigger();
  auto* dialog = window_->findChild<QFileDialog*>("filmDialog");
  dialog->setDirectory(toQString(folder_.path()));
  dialog->selectFile("film");
  QApplication::processEvents();
  measured("a film is rendered", [this, dialog] {
    static_cast<QDialog*>(dialog)->accept();
    ASSERT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "film.mp4"); }));
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
  chooseFile("filmDialog", "never");
  QTest::qWait(300);
  close();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "never")) << "half a film";
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
