// From a dropped photo to a head in the viewport, and every way out of it.
#include "ui/panels/photo_panel.h"

#include "tests/support/file_size_limit.h"
#include "tests/ui/main_window_fixture.h"
#include "tests/ui/photo_fixture.h"
#include "ui/photo/around_view.h"
#include "ui/photo/compare_view.h"
#include "ui/photo/crop_preview.h"
#include "ui/photo/photo_canvas.h"
#include "ui/picture_files.h"

#include <QDockWidget>
#include <QMenu>
#include <QRadioButton>
#include <QTimer>

#include <vector>

namespace panohead::ui {
namespace {

class PhotoPanelTest : public MainWindowTest {
 protected:
  void SetUp() override {
    MainWindowTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    if (astronautFile().empty()) {
      GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
    }
    panel_ = window_->findChild<PhotoPanel*>("photoPanel");
    ASSERT_NE(panel_, nullptr);
  }

  void drop(QWidget* on, const std::vector<std::filesystem::path>& files) {
    QMimeData data;
    QList<QUrl> urls;
    for (const std::filesystem::path& file : files) {
      urls.push_back(QUrl::fromLocalFile(toQString(file)));
    }
    data.setUrls(urls);
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(on, &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(on, &event);
  }

  bool outlined() {
    return test::waitUntil(
        [this] { return panel_->desk().current() != nullptr && panel_->desk().current()->isOutlined(); },
        60000);
  }

  void addAstronaut() {
    window_->headFromPhoto(astronautFile());
    ASSERT_TRUE(outlined());
  }

  /// A fit of a few steps on the embedded model.
  void start(int latent, int tuning) {
    openModel();
    addAstronaut();
    panel_->showStep(PhotoPanel::SetUp);
    child<QAbstractButton>("fitAllOptions").setChecked(true);
    child<QDoubleSpinBox>("option_latent_steps").setValue(latent);
    child<QDoubleSpinBox>("option_tuning_steps").setValue(tuning);
    before_ = window_->document().project();
    ASSERT_TRUE(child<QAbstractButton>("fitStart").isEnabled())
        << child<QLabel>("fitObstacle").text().toStdString();
    child<QAbstractButton>("fitStart").click();
    EXPECT_EQ(panel_->step(), PhotoPanel::Fit);
  }

  FitRun& run() { return panel_->run(); }
  bool waitFor(FitPhase phase) {
    return test::waitUntil([&] { return run().phase() == phase || hasError(); }, 180000) &&
           run().phase() == phase;
  }
  bool waitForStep(std::int64_t step) {
    return test::waitUntil(
        [&] { return (!run().curve().empty() && run().curve().back().step >= step) || hasError(); }, 180000);
  }
  bool hasError() {
    auto* dialog = window_->findChild<QDialog*>("errorDialog");
    if (dialog != nullptr) {
      ADD_FAILURE() << dialog->findChild<QLabel*>("errorMessage")->text().toStdString();
    }
    return dialog != nullptr;
  }
  /// Presses a button of the question that is asked next.
  void answer(const char* button) {
    QTimer::singleShot(100, [this, button] {
      auto* box = window_->findChild<QMessageBox*>("fitCloseDialog");
      ASSERT_NE(box, nullptr) << "nothing was asked";
      box->findChild<QAbstractButton*>(button)->click();
    });
  }
  void expectWindowAsItWas() {
    EXPECT_TRUE(window_->document().project() == before_);
    EXPECT_FALSE(window_->document().isModified());
  }

  PhotoPanel* panel_ = nullptr;
  Project before_;
};

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

TEST_F(PhotoPanelTest, TheSquareIsKeptInPixelsOfTheFile) {
  openModel();
  addAstronaut();
  std::vector<PhotoSubject> photos = panel_->desk().photos();
  Photo shrunk = *photos[0].photo;
  shrunk.scale = 0.25;  // as if the file had four times the pixels
  photos[0].photo = std::make_shared<const Photo>(std::move(shrunk));
  FitWish wish{"astronaut", fitPreset("quick")};
  wish.options.latent_steps = 1;
  wish.options.tuning_steps = 0;
  SilentContext context;
  run().start(panohead::openModel(kModel, context), photos, wish);
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  const PhotoSquare& square = run().avatar()->photos[0].square;
  const AlignedSquare& shown = photos[0].head.pose.square;
  EXPECT_NEAR(square.centre_x, 4 * shown.x, 1e-6);
  EXPECT_NEAR(square.centre_y, 4 * shown.y, 1e-6);
  EXPECT_NEAR(square.side, 4 * shown.side, 1e-6);
  EXPECT_EQ(square.roll_degrees, shown.roll_degrees);
}

TEST_F(PhotoPanelTest, AFullDiskLosesNoHead) {
  start(2, 0);
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  const auto expectRefused = [this](const std::string& name) {
    QDialog* dialog = nullptr;
    ASSERT_TRUE(test::waitUntil(
        [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }, 20000));
    const QString message = dialog->findChild<QLabel*>("errorMessage")->text();
    EXPECT_TRUE(message.contains(toQString(name))) << message.toStdString();
    dialog->accept();
    ASSERT_TRUE(
        test::waitUntil([&] { return window_->findChild<QDialog*>("errorDialog") == nullptr; }, 5000));
    EXPECT_TRUE(run().losesSomething());
    EXPECT_EQ(run().phase(), FitPhase::Finished);
  };
  const auto save = [this] {
    child<QAbstractButton>("fitSave").click();
    auto* dialog = window_->findChild<QFileDialog*>("saveAvatarDialog");
    ASSERT_NE(dialog, nullptr);
    dialog->setDirectory(toQString(folder_.path()));
    dialog->selectFile("me.avatar");
    static_cast<QDialog*>(dialog)->accept();
    QTest::qWait(1);  // the dialog goes, so that the next one is found
  };
  {
    const test::FileSizeLimit limit(2000);
    save();
    expectRefused("me.avatar");
    child<QAbstractButton>("fitUse").click();
    expectRefused("astronaut.avatar");
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
  expectWindowAsItWas();
  save();
  ASSERT_TRUE(test::waitUntil([this] { return !run().losesSomething(); }, 20000));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "me.avatar"));
}

TEST_F(PhotoPanelTest, AQuickFitBecomesTheHead) {
  start(4, 2);
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  expectWindowAsItWas();
  ASSERT_EQ(run().curve().size(), 6U);
  EXPECT_EQ(run().curve().front().stage, "latent");
  EXPECT_EQ(run().curve().back().stage, "tuning");
  for (const QImage& image : child<AroundView>("fitAround").images()) {
    EXPECT_FALSE(image.isNull());
  }
  child<QAbstractButton>("fitShowTuning").click();
  EXPECT_FALSE(child<CompareView>("fitCompare").left().isNull());
  EXPECT_NE(child<CompareView>("fitCompare").left(), child<CompareView>("fitCompare").right())
      << "tuning changed nothing";
  child<QAbstractButton>("fitShowPhoto").click();
  EXPECT_EQ(child<CompareView>("fitCompare").left(), run().photo());

  const Image average = viewport_->frame().picture;
  EXPECT_TRUE(run().losesSomething());
  child<QAbstractButton>("fitUse").click();
  ASSERT_TRUE(
      test::waitUntil([&] { return !window_->document().project().head.avatars.empty() || hasError(); }));
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels != average.pixels; }));
  EXPECT_EQ(window_->document().project().head.avatars.front().avatar->name, "astronaut");
  const Image head = viewport_->frame().picture;
  const std::filesystem::path kept = window_->document().project().head.avatars.front().avatar->source;
  EXPECT_TRUE(std::filesystem::exists(kept)) << "a project could not refer to it";
  EXPECT_FALSE(run().losesSomething());
  child<QAbstractButton>("fitUse").click();  // again: its file is there
  const auto files = std::filesystem::directory_iterator(kept.parent_path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
  EXPECT_EQ(run().avatar()->source, kept);

  child<QAbstractButton>("backgroundNone").click();
  ASSERT_TRUE(test::waitUntil([&] { return viewport_->frame().picture.channels == 4; }));
  child<QDoubleSpinBox>("yaw").setValue(60);
  ASSERT_TRUE(waitForRefined());
  child<QDoubleSpinBox>("seed").setValue(5);
  ASSERT_TRUE(test::waitUntil([&] { return window_->document().project().head.avatars.empty(); }));
  window_->document().history().undo();
  EXPECT_EQ(window_->document().project().head.avatars.size(), 1U);

  // Its file opens the same head.
  window_->document().edit("other", {}, [](Project& project) { project.head = {}; });
  window_->open(kept);
  ASSERT_TRUE(
      test::waitUntil([&] { return !window_->document().project().head.avatars.empty() || hasError(); }));
  window_->document().edit("front", {}, [this](Project& project) { project.camera = before_.camera; });
  ASSERT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == head.pixels; }));
  auto* recent = window_->findChild<QMenu*>("recentMenu");
  emit recent->aboutToShow();
  EXPECT_TRUE(std::ranges::any_of(
      recent->actions(), [&](const QAction* action) { return action->text().contains("astronaut.avatar"); }));
}

TEST_F(PhotoPanelTest, AFitPausesGoesBackAndBranches) {
  start(8, 0);
  ASSERT_TRUE(waitForStep(2));
  child<QAbstractButton>("fitPause").click();
  EXPECT_EQ(run().phase(), FitPhase::Paused);
  test::waitUntil([] { return false; }, 700);  // the running step may end
  const std::size_t steps = run().curve().size();
  test::waitUntil([] { return false; }, 700);
  EXPECT_EQ(run().curve().size(), steps);
  child<QAbstractButton>("fitPause").click();
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  const std::vector<FitPoint> first = run().curve();
  ASSERT_EQ(first.size(), 8U);
  auto& kept = child<QListWidget>("fitKept");
  ASSERT_GE(kept.count(), 2);
  EXPECT_FALSE(kept.item(0)->icon().isNull());

  kept.setCurrentRow(0);
  const std::int64_t from = kept.item(0)->data(Qt::UserRole).toLongLong();
  ASSERT_LT(from, 8);
  child<QDoubleSpinBox>("option_latent_steps").setValue(static_cast<double>(from) + 2);
  child<QAbstractButton>("fitBack").click();
  ASSERT_TRUE(test::waitUntil([&] { return run().phase() == FitPhase::Fitting; }, 20000));
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  EXPECT_EQ(run().curve().back().step, from + 2);
  EXPECT_EQ(run().curve().front().losses.front().value, first.front().losses.front().value)
      << "what came before the branch is kept";
  expectWindowAsItWas();
}

TEST_F(PhotoPanelTest, CancellingAtAnyStageLeavesTheWindowAsItWas) {
  openModel();
  before_ = window_->document().project();
  window_->headFromPhoto(astronautFile());  // while it is read
  child<QAbstractButton>("photoCancel").click();
  ASSERT_TRUE(test::waitUntil([this] { return panel_->desk().photos().empty(); }));
  expectWindowAsItWas();

  window_->headFromPhoto(astronautFile());
  ASSERT_TRUE(test::waitUntil([this] { return panel_->desk().current()->mask_job != 0; }));
  child<QAbstractButton>("photoCancel").click();  // while the person is outlined
  ASSERT_TRUE(test::waitUntil([this] { return !panel_->desk().isBusy(); }));
  ASSERT_EQ(panel_->desk().photos().size(), 1U);
  EXPECT_FALSE(panel_->desk().current()->isOutlined());
  EXPECT_TRUE(child<QLabel>("fitObstacle").text().contains("Look again"))
      << child<QLabel>("fitObstacle").text().toStdString();
  child<QAbstractButton>("photoFind").click();
  ASSERT_TRUE(outlined());
  panel_->desk().remove(0);
  expectWindowAsItWas();

  start(40, 4);
  run().stop();  // while the photos are cut
  ASSERT_TRUE(test::waitUntil(
      [this] { return run().phase() == FitPhase::None || run().phase() == FitPhase::Stopped; }));
  run().discard();
  expectWindowAsItWas();

  child<QAbstractButton>("fitStart").click();
  ASSERT_TRUE(waitForStep(1));  // while it looks for the person
  child<QAbstractButton>("fitStop").click();
  ASSERT_TRUE(waitFor(FitPhase::Stopped));
  EXPECT_FALSE(child<QAbstractButton>("fitUse").isEnabled());
  expectWindowAsItWas();
  child<QAbstractButton>("fitFinish").click();
  ASSERT_EQ(run().phase(), FitPhase::Finishing);
  child<QAbstractButton>("fitStop").click();  // while the head is made
  ASSERT_TRUE(waitFor(FitPhase::Stopped));
  EXPECT_EQ(run().avatar(), nullptr);
  expectWindowAsItWas();
  child<QAbstractButton>("fitFinish").click();
  QTest::qSleep(2500);  // the head is made, and nobody has heard of it
  run().goBackTo(0, run().options());
  ASSERT_TRUE(waitFor(FitPhase::Fitting)) << "going back was forgotten";
  child<QAbstractButton>("fitStop").click();
  ASSERT_TRUE(waitFor(FitPhase::Stopped));
  child<QAbstractButton>("fitDiscard").click();
  EXPECT_EQ(run().phase(), FitPhase::None);
  EXPECT_EQ(panel_->step(), PhotoPanel::SetUp);

  child<QDoubleSpinBox>("option_latent_steps").setValue(1);
  child<QDoubleSpinBox>("option_tuning_steps").setValue(40);
  child<QAbstractButton>("fitStart").click();
  ASSERT_TRUE(waitForStep(2));                  // while it tunes
  child<QAbstractButton>("fitFinish").click();  // and what there is becomes a head
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  EXPECT_LT(run().curve().size(), 41U);
  expectWindowAsItWas();
}

TEST_F(PhotoPanelTest, ClosingWhileAFitRunsIsAskedFor) {
  start(200, 0);
  ASSERT_TRUE(waitForStep(1));
  answer("fitStay");
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(run().phase(), FitPhase::Fitting);
  answer("fitLeave");
  EXPECT_TRUE(window_->close());
}

TEST_F(PhotoPanelTest, AHeadWithoutAFileIsNotLostWithoutAQuestion) {
  start(2, 0);
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  const AvatarPtr made = run().avatar();
  answer("fitStay");
  EXPECT_FALSE(window_->close());
  panel_->showStep(PhotoPanel::SetUp);
  answer("fitStay");
  child<QAbstractButton>("fitStart").click();
  EXPECT_EQ(run().phase(), FitPhase::Finished);
  EXPECT_EQ(run().avatar(), made);
  answer("fitLeave");
  child<QAbstractButton>("fitStart").click();
  EXPECT_EQ(run().phase(), FitPhase::Preparing);
  run().discard();
  EXPECT_TRUE(window_->close());
}

TEST_F(PhotoPanelTest, TheWindowGoesOnWhileAFitRuns) {
  start(30, 0);
  ASSERT_TRUE(waitForStep(1));
  QElapsedTimer since_tick;
  qint64 longest = 0;
  QTimer ticker;
  QObject::connect(&ticker, &QTimer::timeout, [&] { longest = std::max(longest, since_tick.restart()); });
  since_tick.start();
  ticker.start(2);
  child<QDoubleSpinBox>("seed").setValue(9);
  ASSERT_TRUE(waitForRefined()) << "a head is made while the fit runs";
  EXPECT_EQ(run().phase(), FitPhase::Fitting);
  std::printf("longest gap of the event loop while a fit runs: %lld ms\n", static_cast<long long>(longest));
  EXPECT_LT(longest, 1000);
  run().discard();
}

TEST_F(PhotoPanelTest, EveryControlHasAName) { EXPECT_GT(test::expectNamedControls(*panel_), 30); }

}  // namespace
}  // namespace panohead::ui
