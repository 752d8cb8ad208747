// Photos in the window: dropped, asked about, corrected, refused.
#include "tests/ui/photo_panel_fixture.h"
#include "ui/photo/crop_preview.h"
#include "ui/picture_files.h"

#include <QDockWidget>
#include <QElapsedTimer>
#include <QImageWriter>
#include <QLineEdit>
#include <QRadioButton>

namespace panohead::ui {
namespace {

TEST_F(PhotoPanelTest, ADroppedPhotoIsAskedFor) {
  openModel();
  drop(window_.get(), {astronautFile()});
  auto* dialog = window_->findChild<QMessageBox*>("photoUseDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->findChild<QAbstractButton*>("useAsBackground")->click();
  ASSERT_TRUE(test::waitUntil([this] {
    return std::holds_alternative<ImageBackground>(window_->document().project().head.background);
  }));
  EXPECT_TRUE(panel_->desk().photos().empty());

  drop(window_.get(), {astronautFile()});
  ASSERT_TRUE(test::waitUntil([&] {
    dialog = window_->findChild<QMessageBox*>("photoUseDialog");
    return dialog != nullptr && dialog->isVisible();
  }));
  dialog->findChild<QAbstractButton*>("useAsHead")->click();
  EXPECT_EQ(panel_->desk().photos().size(), 1U);
  EXPECT_EQ(panel_->step(), PhotoPanel::Adjust);
  ASSERT_TRUE(outlined());
  EXPECT_TRUE(panel_->isVisible());
  EXPECT_NEAR(child<PhotoCanvas>("photoCanvas").square().x, kAstronaut.x, 3);
  EXPECT_GE(window_->findChild<QDockWidget*>("photoDock")->width(), 400) << "too narrow for a photo";

  drop(panel_, {astronautFile()});  // here there is nothing to ask
  EXPECT_EQ(panel_->desk().photos().size(), 2U);
  EXPECT_TRUE(child<QComboBox>("photoChoice").isVisible());
  child<QListWidget>("photos").setCurrentRow(1);
  child<QAbstractButton>("photoRemove").click();
  EXPECT_EQ(panel_->desk().photos().size(), 1U);
}

TEST_F(PhotoPanelTest, SeveralDroppedPhotosAreAskedForOnce) {
  openModel();
  const auto question = [this] { return window_->findChild<QMessageBox*>("photoUseDialog"); };
  drop(window_.get(), {folder_ / "phone.heic"});
  ASSERT_NE(question(), nullptr);
  EXPECT_TRUE(question()->findChild<QAbstractButton*>("useAsHead")->isEnabled());
  EXPECT_FALSE(question()->findChild<QAbstractButton*>("useAsBackground")->isEnabled())
      << "projects could not read it again";
  question()->reject();
  ASSERT_TRUE(test::waitUntil([&] { return question() == nullptr; }, 5000));

  writePng(folder_ / "nobody.png", nobody());
  drop(window_.get(), {astronautFile(), folder_ / "nobody.png"});
  ASSERT_NE(question(), nullptr);
  EXPECT_FALSE(question()->findChild<QAbstractButton*>("useAsBackground")->isEnabled());
  question()->findChild<QAbstractButton*>("useAsHead")->click();
  EXPECT_EQ(panel_->desk().photos().size(), 2U);
  ASSERT_TRUE(test::waitUntil([this] { return !panel_->desk().isBusy(); }, 60000));
  EXPECT_TRUE(std::ranges::all_of(panel_->desk().photos(), &PhotoSubject::isOutlined));
  EXPECT_FALSE(child<QLabel>("fitObstacle").text().contains("outlined"))
      << child<QLabel>("fitObstacle").text().toStdString();
}

TEST_F(PhotoPanelTest, AnotherPersonDoesNotJoinUnasked) {
  openModel();
  addAstronaut();
  writePng(folder_ / "nobody.png", nobody());
  const auto question = [this](const char* name) { return window_->findChild<QMessageBox*>(name); };
  const auto gone = [&](const char* name) {
    return test::waitUntil([&] { return question(name) == nullptr; }, 5000);
  };
  const auto count = [this] { return panel_->desk().photos().size(); };
  const auto byMenu = [this] {
    window_->findChild<QAction*>("actionHeadFromPhoto")->trigger();
    chooseFile("headPhotoDialog", "nobody.png");
  };
  byMenu();
  ASSERT_NE(question("whoseHeadDialog"), nullptr) << "mixed into the photos of somebody else";
  QTest::keyClick(question("whoseHeadDialog"), Qt::Key_Escape);
  ASSERT_TRUE(gone("whoseHeadDialog"));
  ASSERT_TRUE(test::waitUntil([this] { return !window_->findChild<QFileDialog*>("headPhotoDialog"); }, 5000));
  EXPECT_EQ(count(), 1U);
  EXPECT_EQ(panel_->desk().current()->path, astronautFile());

  byMenu();
  ASSERT_NE(question("whoseHeadDialog"), nullptr);
  question("whoseHeadDialog")->findChild<QAbstractButton*>("newPerson")->click();
  ASSERT_TRUE(gone("whoseHeadDialog"));
  ASSERT_EQ(count(), 1U);
  EXPECT_EQ(panel_->desk().current()->path, folder_ / "nobody.png");
  EXPECT_EQ(child<QLineEdit>("fitName").text(), "nobody") << "the name of the person before";
  ASSERT_TRUE(outlined());

  drop(window_.get(), {astronautFile()});
  ASSERT_NE(question("photoUseDialog"), nullptr);
  question("photoUseDialog")->findChild<QAbstractButton*>("samePerson")->click();
  EXPECT_EQ(count(), 2U);
  ASSERT_TRUE(gone("photoUseDialog"));
  drop(window_.get(), {astronautFile()});
  ASSERT_NE(question("photoUseDialog"), nullptr);
  question("photoUseDialog")->findChild<QAbstractButton*>("newPerson")->click();
  EXPECT_EQ(count(), 1U) << "and those that were being read";
  ASSERT_TRUE(outlined());

  ASSERT_TRUE(test::waitUntil([this] { return !window_->findChild<QFileDialog*>("headPhotoDialog"); }, 5000));
  panel_->showStep(PhotoPanel::Photos);
  child<QAbstractButton>("photoAdd").click();
  chooseFile("headPhotoDialog", "nobody.png");
  EXPECT_EQ(question("whoseHeadDialog"), nullptr) << "in the panel it goes without saying";
  EXPECT_EQ(count(), 2U);
}

TEST_F(PhotoPanelTest, TheContentSaysWhatAPictureIs) {
  openModel();
  const auto question = [this] { return window_->findChild<QMessageBox*>("photoUseDialog"); };
  const auto dismiss = [&] {
    question()->reject();
    return test::waitUntil([&] { return question() == nullptr; }, 5000);
  };
  std::ofstream(folder_ / "moving.gif") << "GIF89a" << std::string(20, '\0');
  drop(window_.get(), {folder_ / "moving.gif"});
  ASSERT_NE(question(), nullptr);
  EXPECT_FALSE(question()->findChild<QAbstractButton*>("useAsBackground")->isEnabled());
  question()->findChild<QAbstractButton*>("useAsHead")->click();
  QDialog* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }, 20000));
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorMessage")->text().contains("GIF"));
  dialog->accept();
  ASSERT_TRUE(
      test::waitUntil([&] { return !question() && !window_->findChild<QDialog*>("errorDialog"); }, 5000));

  for (const char* name : {"photo.txt", "photo", "photo.jfif"}) {
    test::writeBytes(folder_ / name, encodeJpeg(nobody(), 90));
    drop(window_.get(), {folder_ / name});
    ASSERT_NE(question(), nullptr) << name;
    EXPECT_TRUE(question()->findChild<QAbstractButton*>("useAsBackground")->isEnabled()) << name;
    ASSERT_TRUE(dismiss());
  }
  for (const auto& [name, bytes] :
       {std::pair{"a.scan", std::string("II*\0\b\0\0\0", 8)},
        std::pair{"b.pic", std::string("BM\x10\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", 18)}}) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    EXPECT_TRUE(isPictureFile(folder_ / name)) << name;
    EXPECT_FALSE(isBackdropFile(folder_ / name)) << name;
  }
  // A safetensors header whose length begins like a bitmap.
  std::ofstream(folder_ / "model.bin", std::ios::binary) << std::string("BM\0\0\0\0\0\0{\"a\":{}}   ", 19);
  EXPECT_FALSE(isPictureFile(folder_ / "model.bin"));
}

TEST_F(PhotoPanelTest, SlidersAndHandlesTellEachOther) {
  openModel();
  addAstronaut();
  auto& canvas = child<PhotoCanvas>("photoCanvas");
  const HeadPose found = panel_->desk().current()->head.pose;
  EXPECT_NEAR(child<QDoubleSpinBox>("photoYaw").value(), found.yaw, 0.05);
  child<QDoubleSpinBox>("photoRoll").setValue(20);
  EXPECT_NEAR(canvas.square().roll_degrees, 20, 1e-9);
  child<QDoubleSpinBox>("photoYaw").setValue(30);
  EXPECT_NEAR(panel_->desk().current()->head.pose.yaw, 30, 1e-9);
  canvas.setFocus();
  QTest::keyClick(&canvas, Qt::Key_Left, Qt::ControlModifier);
  EXPECT_NEAR(child<QDoubleSpinBox>("photoRoll").value(), 19, 1e-9);
  ASSERT_TRUE(outlined());
}

TEST_F(PhotoPanelTest, TheSquareIsTakenBackAndReset) {
  openModel();
  addAstronaut();
  window_->document().edit("Camera", {}, [](Project& project) { project.camera.yaw_degrees = 35; });
  auto& canvas = child<PhotoCanvas>("photoCanvas");
  const auto pose = [this] { return panel_->desk().current()->head.pose; };
  const auto expectSame = [&](const HeadPose& expected, const char* when) {
    EXPECT_TRUE(sameSquare(pose().square, expected.square)) << when;
    EXPECT_EQ(pose().yaw, expected.yaw) << when;
    EXPECT_EQ(pose().pitch, expected.pitch) << when;
    EXPECT_TRUE(sameSquare(canvas.square(), expected.square)) << when;
  };
  auto& undo = child<QAbstractButton>("poseUndo");
  auto& reset = child<QAbstractButton>("poseReset");
  EXPECT_FALSE(undo.isEnabled());
  EXPECT_FALSE(reset.isEnabled());
  const HeadPose found = pose();
  canvas.setFocus();
  const QPoint from = canvas.toWidget({found.square.x, found.square.y}).toPoint();
  QTest::mousePress(&canvas, Qt::LeftButton, {}, from);
  for (int i = 1; i <= 4; ++i) {
    const QPointF to = from + QPoint(4 * i, 2 * i);
    QMouseEvent move(
        QEvent::MouseMove, to, canvas.mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&canvas, &move);
  }
  QTest::mouseRelease(&canvas, Qt::LeftButton, {}, from + QPoint(16, 8));
  const HeadPose dragged = pose();
  ASSERT_GT(dragged.square.x, found.square.x + 1);
  QTest::keyClick(&canvas, Qt::Key_Up, Qt::ControlModifier);
  const HeadPose larger = pose();
  child<QDoubleSpinBox>("photoYaw").setValue(40);
  child<QDoubleSpinBox>("photoYaw").setValue(55);
  QTest::keyClick(&canvas, Qt::Key_Z, Qt::ControlModifier);
  expectSame(larger, "what a slider does in a row is one step");
  QTest::keyClick(&canvas, Qt::Key_Z, Qt::ControlModifier);
  expectSame(dragged, "a key");
  undo.click();
  expectSame(found, "a drag");
  EXPECT_FALSE(undo.isEnabled());
  QTest::keyClick(&canvas, Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(window_->document().project().camera.yaw_degrees, 35) << "the window's undo";

  HeadPose away = found;
  away.square.x += 14;
  panel_->desk().setPose(away);
  child<QAbstractButton>("photoFind").click();
  ASSERT_TRUE(test::waitUntil([&] { return !sameSquare(pose().square, away.square); }, 60000));
  QTest::keyClick(&canvas, Qt::Key_Z, Qt::ControlModifier);
  expectSame(away, "what was found by looking again");
  ASSERT_TRUE(outlined());
  reset.click();
  expectSame(found, "what was found first");
  EXPECT_FALSE(reset.isEnabled());
  ASSERT_TRUE(outlined()) << "the mask follows the square";
  undo.click();
  expectSame(away, "the reset itself");
}

TEST_F(PhotoPanelTest, NobodyIsExplainedAndPlacedByHand) {
  openModel();
  writePng(folder_ / "nobody.png", nobody());
  window_->headFromPhoto(folder_ / "nobody.png");
  ASSERT_TRUE(outlined());
  auto& verdict = child<QLabel>("photoVerdict");
  EXPECT_TRUE(verdict.isVisible());
  EXPECT_TRUE(verdict.text().contains(
      toQString(panel_->desk().current()->head.rejections.front().reason).toHtmlEscaped()))
      << verdict.text().toStdString();
  EXPECT_TRUE(verdict.text().contains("found: ")) << "reason and remedy run into each other";
  EXPECT_TRUE(child<QAbstractButton>("photoAccept").isVisible());
  EXPECT_FALSE(child<QAbstractButton>("fitStart").isEnabled());
  EXPECT_FALSE(child<QLabel>("fitObstacle").text().isEmpty());
  auto& canvas = child<PhotoCanvas>("photoCanvas");
  canvas.setFocus();
  QTest::keyClick(&canvas, Qt::Key_Down);
  EXPECT_FALSE(child<QAbstractButton>("photoAccept").isVisible());
  ASSERT_TRUE(outlined());
  EXPECT_FALSE(child<QAbstractButton>("fitStart").isEnabled()) << "nobody is outlined";
}

TEST_F(PhotoPanelTest, AFitNeedsAPersonWhoIsOutlined) {
  openModel();
  writePng(folder_ / "nobody.png", nobody());
  window_->headFromPhoto(folder_ / "nobody.png");
  ASSERT_TRUE(outlined());
  EXPECT_EQ(child<CropPreview>("cropPreview").blend(), 0.5) << "a guess is judged by the head in it";
  child<QAbstractButton>("photoAccept").click();
  ASSERT_TRUE(outlined());
  EXPECT_FALSE(child<QAbstractButton>("fitStart").isEnabled());
  EXPECT_TRUE(child<QLabel>("fitObstacle").text().contains("paint over the person"))
      << child<QLabel>("fitObstacle").text().toStdString();
  const AlignedSquare square = panel_->desk().current()->head.pose.square;
  const double reach = square.side / 4;
  panel_->desk().paint({{{square.x - reach, square.y}, {square.x + reach, square.y}}, reach, true});
  ASSERT_TRUE(test::waitUntil([this] { return !panel_->desk().isBusy(); }, 60000));
  EXPECT_GT(panel_->desk().current()->mask.coverage, 0.01);
  EXPECT_TRUE(child<QAbstractButton>("fitStart").isEnabled())
      << child<QLabel>("fitObstacle").text().toStdString();
  panel_->addPhoto(astronautFile());
  ASSERT_TRUE(outlined());
  EXPECT_EQ(child<CropPreview>("cropPreview").blend(), 0) << "a face that was found stands by itself";
}

TEST_F(PhotoPanelTest, TwoHundredMegapixelsAreReadAtAHalf) {
  openModel();
  {
    const QImage small = QImage(toQString(astronautFile())).convertToFormat(QImage::Format_Grayscale8);
    QImage large(16000, 12500, QImage::Format_Grayscale8);
    large.fill(90);
    const QImage scaled = small.scaled(12500, 12500, Qt::KeepAspectRatio, Qt::SmoothTransformation);
    for (int y = 0; y < scaled.height(); ++y) {
      std::copy_n(scaled.constScanLine(y), scaled.width(), large.scanLine(y) + 1750);
    }
    QImageWriter writer(toQString(folder_ / "huge.jpg"));
    writer.setQuality(85);
    ASSERT_TRUE(writer.write(large)) << writer.errorString().toStdString();
  }
  window_->headFromPhoto(folder_ / "huge.jpg");
  test::EventLoopGaps gaps;
  ASSERT_TRUE(outlined());
  const qint64 longest = gaps.takeLongest();
  std::printf("longest gap of the event loop while 200 megapixels are read: %lld ms\n",
              static_cast<long long>(longest));
  EXPECT_LT(longest, 1000);
  const PhotoSubject& subject = *panel_->desk().current();
  EXPECT_EQ(subject.photo->image.width, 8000);
  EXPECT_EQ(subject.photo->image.height, 6250);
  const double scale = 6250 / 512.0;
  EXPECT_NEAR(subject.head.pose.square.x, 875 + scale * kAstronaut.x, 4 * scale);
  EXPECT_NEAR(subject.head.pose.square.y, scale * kAstronaut.y, 4 * scale);
  EXPECT_NEAR(subject.head.pose.square.side, scale * kAstronaut.side, 5 * scale);
  EXPECT_TRUE(child<QLabel>("photoVerdict").text().contains("50 %"))
      << child<QLabel>("photoVerdict").text().toStdString();
}

TEST_F(PhotoPanelTest, WhatIsChosenLooksChosen) {
  openModel();
  addAstronaut();
  const auto colour = [this](const char* name) {
    return child<QWidget>(name).grab().toImage().pixelColor(4, 12);
  };
  EXPECT_NE(colour("photoStep2"), colour("photoStep1")) << "the step";
  EXPECT_NE(colour("toolSquare"), colour("toolPerson")) << "the tool";
  const QColor chosen = colour("toolSquare");
  child<QAbstractButton>("toolLandmarks").click();
  QTest::qWait(50);
  EXPECT_EQ(colour("toolLandmarks"), chosen);
  EXPECT_NE(colour("toolSquare"), chosen);
}

TEST_F(PhotoPanelTest, EveryControlHasAName) { EXPECT_GT(test::expectNamedControls(*panel_), 30); }

}  // namespace
}  // namespace panohead::ui
