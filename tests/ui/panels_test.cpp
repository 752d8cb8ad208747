// The panels in their window: what their controls do to the head.
#include "core/avatar/avatar_file.h"
#include "core/avatar/direction_file.h"
#include "core/session/avatar_session.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/training/training_dock.h"

#include <QDockWidget>
#include <QScrollArea>
#include <QSignalSpy>
#include <QStatusBar>

#include <cmath>
#include <set>

namespace panohead::ui {
namespace {

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

TEST_F(MainWindowTest, HeldKeyMayBeRepeated) {
  openModel();
  const Image first = viewport_->frame().picture;
  child<QDoubleSpinBox>("seed").setValue(4);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  viewport_->setFocus();
  QTest::keyPress(viewport_, Qt::Key_B);
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
  const QSignalSpy shown(viewport_, &ViewportWidget::frameShown);
  for (int i = 0; i < 5; ++i) {  // a keyboard's repetition, not said to be one
    QTest::keyRelease(viewport_, Qt::Key_B);
    QTest::keyPress(viewport_, Qt::Key_B);
  }
  QTest::qWait(300);
  EXPECT_EQ(shown.size(), 0) << "something else was drawn meanwhile";
  QTest::keyRelease(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
}

TEST_F(MainWindowTest, HeldKeyShowsTheHeadBeforeADrag) {
  viewport_->setDragRest(600'000);  // whatever else the machine does
  openModel();
  const Image first = viewport_->frame().picture;
  for (const int seed : {3, 5, 7}) {  // heads that follow each other quickly, as under a slider
    child<QDoubleSpinBox>("seed").setValue(seed);
    ASSERT_TRUE(test::waitUntil(
        [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
  }
  viewport_->setFocus();
  QTest::keyPress(viewport_, Qt::Key_B);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == first.pixels; }));
  child<QDoubleSpinBox>("seed").setFocus();  // the key is released elsewhere
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != first.pixels; }));
}

TEST_F(MainWindowTest, RollIsLockedUntilItIsNot) {
  openModel();
  const auto altDrag = [this](int by) {
    const QPoint from = viewport_->rect().center();
    QTest::mousePress(viewport_, Qt::LeftButton, Qt::AltModifier, from);
    QMouseEvent move(QEvent::MouseMove,
                     from + QPoint(by, 0),
                     viewport_->mapToGlobal(from + QPoint(by, 0)),
                     Qt::NoButton,
                     Qt::LeftButton,
                     Qt::AltModifier);
    QApplication::sendEvent(viewport_, &move);
    QTest::mouseRelease(viewport_, Qt::LeftButton, Qt::AltModifier, from + QPoint(by, 0));
  };
  const auto camera = [this] { return window_->document().project().camera; };
  altDrag(60);
  EXPECT_EQ(camera().roll_degrees, 0);
  EXPECT_NE(camera().yaw_degrees, 0) << "it turns around the head as ever";
  child<QAbstractButton>("rollLock").click();
  const double yaw = camera().yaw_degrees;
  altDrag(60);
  EXPECT_GT(std::abs(camera().roll_degrees), 5);
  EXPECT_EQ(camera().yaw_degrees, yaw);
  child<QAbstractButton>("rollLock").click();
  EXPECT_EQ(camera().roll_degrees, 0);
  window_->document().history().undo();
  EXPECT_NE(camera().roll_degrees, 0);
  EXPECT_FALSE(child<QAbstractButton>("rollLock").isChecked());
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
  dialog->close();  // what was asked for is told all the same
  QMessageBox* converted = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (converted = window_->findChild<QMessageBox*>("convertedDialog")) != nullptr; }));
  const QString file = toQString(folder_ / "safe.safetensors");
  EXPECT_TRUE(converted->text().contains(file)) << converted->text().toStdString();
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains(file));
  converted->findChild<QAbstractButton*>("openConverted")->click();
  EXPECT_TRUE(test::waitUntil([this] { return child<QLabel>("modelName").text() == "safe"; }));
  EXPECT_EQ(window_->document().project().model.path, folder_ / "safe.safetensors");
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

TEST_F(MainWindowTest, AFollowedNetworkKeepsSeedAndCamera) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(5);
  child<QDoubleSpinBox>("yaw").setValue(30);
  ASSERT_TRUE(waitForRefined());
  const int steps = window_->document().history().count();
  const auto open = [this](const char* name, bool followed) {
    std::filesystem::copy(kModel, folder_ / name);
    emit window_->findChild<TrainingDock*>()->openSnapshotRequested(toQString(folder_ / name), followed);
    return test::waitUntil(
        [this, name] { return window_->document().project().model.path == folder_ / name; });
  };
  ASSERT_TRUE(open("network-snapshot-000001.safetensors", true));
  ASSERT_TRUE(open("network-snapshot-000002.safetensors", true));
  EXPECT_EQ(window_->document().project().head.seed, 5U);
  EXPECT_EQ(window_->document().project().camera.yaw_degrees, 30);
  EXPECT_EQ(window_->document().history().count(), steps) << "nobody chose it: nothing to go back to";
  window_->document().history().undo();
  EXPECT_EQ(window_->document().project().model.path, folder_ / "network-snapshot-000002.safetensors")
      << "undo is of what the user did";
  window_->document().history().redo();
  ASSERT_TRUE(open("network-snapshot-000003.safetensors", false));
  EXPECT_EQ(window_->document().history().count(), steps + 1);
}

TEST_F(MainWindowTest, TheMapOfSeedsFollowsTheHead) {
  openModel();
  auto& pad = child<LatentPad>("latentPad");
  const auto blend = [this] { return window_->document().project().head.blend; };
  child<QDoubleSpinBox>("seed").setValue(7);
  EXPECT_EQ(pad.place(), QPointF(7, 0)) << "a walk begins at the head that is shown";
  QTest::keyClick(&pad, Qt::Key_Right);
  QTest::keyClick(&pad, Qt::Key_Down);
  ASSERT_EQ(blend().size(), 4U);
  const auto walk = blend();
  const auto heaviest = *std::ranges::max_element(walk, {}, [](const auto& pair) { return pair.second; });
  EXPECT_EQ(heaviest.first, 7U);
  const QPointF walked = pad.place();
  window_->document().endMerge();
  child<QDoubleSpinBox>("seed").setValue(20);
  EXPECT_EQ(pad.place(), QPointF(20, 0));
  window_->document().history().undo();
  EXPECT_NEAR(pad.place().x(), walked.x(), 1e-9);
  EXPECT_NEAR(pad.place().y(), walked.y(), 1e-9);
  // A click goes to a seed.
  QTest::mouseClick(&pad, Qt::LeftButton, {}, pad.rect().center());
  EXPECT_EQ(pad.place(), QPointF(7, 0));
  EXPECT_TRUE(blend().empty());
  EXPECT_EQ(child<QDoubleSpinBox>("seed").value(), 7) << "it is that seed's head, and is called so";
  const int steps = window_->document().history().count();
  QTest::mouseClick(&pad, Qt::RightButton, {}, pad.rect().topLeft() + QPoint(5, 5));
  EXPECT_EQ(window_->document().history().count(), steps) << "only the left button walks";
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

TEST_F(MainWindowTest, ColumnsAreAsWideAsWhatTheyHoldAndLongNamesDoNotWidenThem) {
  const std::filesystem::path file = folder_ / (std::string(120, 'w') + ".safetensors");
  std::filesystem::create_symlink(kModel, file);
  window_->openModel(file);
  ASSERT_TRUE(waitForRefined());
  int columns = 0;
  for (const char* name : {"headDock", "editDock", "sceneDock", "exportDock"}) {
    auto& dock = child<QDockWidget>(name);
    dock.raise();
    QTest::qWait(100);
    for (const QScrollArea* scroll : dock.findChildren<QScrollArea*>()) {
      if (scroll->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff) {
        ++columns;
        EXPECT_GE(scroll->viewport()->width(), scroll->widget()->minimumSizeHint().width()) << name;
        EXPECT_LT(scroll->widget()->minimumSizeHint().width(), 300) << name;
      }
    }
  }
  EXPECT_EQ(columns, 4);
  child<QDockWidget>("sceneDock").raise();
  auto& training = child<QDockWidget>("trainingDock");
  training.show();
  training.raise();
  ASSERT_NE(window_->findChild<QWidget*>("setupResults"), nullptr);
  QTest::qWait(100);
  EXPECT_LE(window_->minimumSizeHint().width(), 1280) << "with every kind of panel on a small screen";
}

TEST_F(MainWindowTest, HeadsAreMadeOfWholeNumbersOnly) {
  child<QAbstractButton>("mix").click();
  for (const char* name : {"truncationCutoff", "mixLast", "mixFirst"}) {
    auto& box = child<QSpinBox>(name);
    box.setFocus();  // which commits the one before
    const int before = window_->document().history().count();
    box.selectAll();
    QTest::keyClicks(&box, "12");
    EXPECT_EQ(window_->document().history().count(), before) << name;
  }
  QTest::keyClick(&child<QSpinBox>("mixFirst"), Qt::Key_Tab);
  EXPECT_EQ(window_->document().project().head.mix->first_layer, 12);
  EXPECT_EQ(window_->document().project().head.mix->last_layer, 12);
  EXPECT_EQ(window_->document().project().head.truncation_cutoff, 12);
}

}  // namespace
}  // namespace panohead::ui
