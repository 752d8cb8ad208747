// A fit in the window: watched, set back, cancelled at every stage, used, kept.
#include "tests/support/file_size_limit.h"
#include "tests/ui/photo_panel_fixture.h"
#include "ui/photo/around_view.h"
#include "ui/photo/compare_view.h"
#include "ui/photo/drift_gauge.h"
#include "ui/training/run_chart.h"

#include <QLineEdit>
#include <QMenu>
#include <QSlider>

#include <csignal>
#include <cstdlib>

namespace panohead::ui {
namespace {

class PhotoFitTest : public PhotoPanelTest {
 protected:
  /// The program is started once more, over the same state.
  void openAnotherWindow() {
    window_ = std::make_unique<MainWindow>(Places::below(places_.path()));
    window_->show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
    panel_ = window_->findChild<PhotoPanel*>("photoPanel");
    viewport_ = window_->findChild<ViewportWidget*>("viewport");
    QObject::connect(viewport_, &ViewportWidget::frameShown, [this] {
      (viewport_->frame().refined ? refined_ : coarse_).push_back(viewport_->frame().request);
    });
  }
  /// Waits until a fit that was left is offered.
  bool isOffered() {
    return test::waitUntil([this] { return !child<QLabel>("fitLeft").text().isEmpty(); }, 20000);
  }
};

constexpr char kKilledFit[] = "PANOHEAD_KILLED_FIT";  // the places of a window that is to be killed

/// Run by the test below, in a process of its own: fits, and is killed.
TEST(KilledFit, DISABLED_FitsUntilItIsKilled) {
  const char* places = std::getenv(kKilledFit);
  ASSERT_NE(places, nullptr);
  test::qtApplication();
  MainWindow window(Places::below(places));
  window.show();
  window.openModel(kModel);
  window.headFromPhoto(astronautFile());
  auto* start = window.findChild<QAbstractButton*>("fitStart");
  ASSERT_TRUE(test::waitUntil([&] { return start->isEnabled(); }, 60000));
  window.findChild<PhotoPanel*>("photoPanel")->showStep(PhotoPanel::SetUp);
  window.findChild<QAbstractButton*>("fitAllOptions")->setChecked(true);
  window.findChild<QDoubleSpinBox*>("option_latent_steps")->setValue(12);
  window.findChild<QDoubleSpinBox*>("option_tuning_steps")->setValue(0);
  start->click();
  test::waitUntil([] { return false; }, 180000);
}

TEST_F(PhotoFitTest, TheSquareIsKeptInPixelsOfTheFile) {
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

TEST_F(PhotoFitTest, AFullDiskLosesNoHead) {
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
    chooseFile("saveAvatarDialog", "me.avatar");
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

TEST_F(PhotoFitTest, AQuickFitBecomesTheHead) {
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

TEST_F(PhotoFitTest, TheFitIsWatched) {
  openModel();
  addAstronaut();
  panel_->showStep(PhotoPanel::SetUp);
  child<QAbstractButton>("fitAllOptions").setChecked(true);
  child<QDoubleSpinBox>("option_latent_steps").setValue(4);
  child<QDoubleSpinBox>("option_tuning_steps").setValue(4);
  child<QDoubleSpinBox>("option_drift_every").setValue(2);
  const auto& gauge = child<DriftGauge>("fitDrift");
  child<QAbstractButton>("fitStart").click();
  ASSERT_TRUE(waitForStep(1));
  EXPECT_LT(gauge.drift(), 0) << "nothing was tuned";
  EXPECT_EQ(gauge.text(), gauge.accessibleName());
  ASSERT_TRUE(waitFor(FitPhase::Finished));

  EXPECT_GT(gauge.drift(), 0);
  EXPECT_EQ(gauge.drift(), run().curve().back().side_drift);
  EXPECT_TRUE(gauge.text().contains("tuning ends at")) << gauge.text().toStdString();
  auto& chart = *panel_->findChild<RunChart*>();
  ASSERT_EQ(chart.topicCount(), 3);
  for (int topic = 0; topic < chart.topicCount(); ++topic) {
    EXPECT_TRUE(chart.has(topic)) << "no curve " << topic;
  }

  // The border between photo and fit is dragged, and moved by keys.
  child<QAbstractButton>("fitShowPhoto").click();
  auto& compare = child<CompareView>("fitCompare");
  ASSERT_TRUE(compare.isVisible());
  const QPoint centre(compare.width() / 2, 40);
  QTest::mousePress(&compare, Qt::LeftButton, {}, centre);
  EXPECT_NEAR(compare.border(), 0.5, 0.02);
  QMouseEvent move(QEvent::MouseMove,
                   QPoint(0, 40),
                   compare.mapToGlobal(QPoint(0, 40)),
                   Qt::NoButton,
                   Qt::LeftButton,
                   Qt::NoModifier);
  QApplication::sendEvent(&compare, &move);
  QTest::mouseRelease(&compare, Qt::LeftButton, {}, QPoint(0, 40));
  EXPECT_EQ(compare.border(), 0);
  const QImage fit = compare.grab().toImage();
  auto& slider = child<QSlider>("compareBorder");
  slider.setFocus();
  QTest::keyClick(&slider, Qt::Key_End);
  EXPECT_EQ(compare.border(), 1);
  EXPECT_NE(compare.grab().toImage(), fit) << "the photo looks like the fit";
}

TEST_F(PhotoFitTest, ThePublishedPresetTakesAPerceptualNetwork) {
  openModel();
  addAstronaut();
  panel_->showStep(PhotoPanel::SetUp);
  child<QAbstractButton>("fitAllOptions").setChecked(true);
  child<QAbstractButton>("preset_published").click();
  child<QDoubleSpinBox>("option_latent_steps").setValue(1);
  child<QDoubleSpinBox>("option_tuning_steps").setValue(1);
  auto& file = child<QLineEdit>("option_vgg_file");
  const auto startWith = [&](const std::filesystem::path& network) {
    file.setText(toQString(network));
    emit file.editingFinished();
    child<QAbstractButton>("fitStart").click();
  };
  startWith(test::sourceData("tiny_vgg.pt"));
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  ASSERT_EQ(run().curve().size(), 2U);
  for (const FitPoint& point : run().curve()) {
    const auto found = std::ranges::find(point.losses, "vgg", &Metric::name);
    ASSERT_NE(found, point.losses.end()) << "step " << point.step;
    EXPECT_GT(found->value, 0);
  }
  EXPECT_EQ(run().avatar()->preset, "published");

  run().discard();
  test::writeBytes(folder_ / "broken.pt", std::vector<std::byte>(100));
  startWith(folder_ / "broken.pt");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }, 60000));
  EXPECT_TRUE(dialog->findChild<QLabel*>("errorMessage")->text().contains("broken.pt"));
  dialog->accept();
}

TEST_F(PhotoFitTest, AFitPausesGoesBackAndBranches) {
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
  const std::int64_t from = run().kept().front().kept.step;
  const int ways = kept.count();
  ASSERT_LT(from, 8);
  child<QDoubleSpinBox>("option_latent_steps").setValue(static_cast<double>(from) + 2);
  child<QAbstractButton>("fitBack").click();
  ASSERT_TRUE(test::waitUntil([&] { return run().phase() == FitPhase::Fitting; }, 20000));
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  EXPECT_EQ(run().curve().back().step, from + 2);
  EXPECT_EQ(run().curve().front().losses.front().value, first.front().losses.front().value)
      << "what came before the branch is kept";

  // The first way is still there, and what it came to.
  ASSERT_GT(kept.count(), ways);
  EXPECT_EQ(kept.item(ways)->text(), QString("%1 (branch 1)").arg(run().kept()[ways].kept.step));
  EXPECT_EQ(kept.item(ways - 1)->text(), "8");
  const QImage branch = run().pictures().around[0];
  kept.setCurrentRow(ways - 1);
  child<QDoubleSpinBox>("option_latent_steps").setValue(8);
  child<QAbstractButton>("fitBack").click();
  ASSERT_TRUE(test::waitUntil([&] { return run().phase() != FitPhase::Finished; }, 20000));
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  ASSERT_EQ(run().curve().size(), 8U);
  EXPECT_EQ(run().curve().back().losses.front().value, first.back().losses.front().value);
  EXPECT_NE(run().pictures().around[0], branch) << "the pictures are still the branch's";
  expectWindowAsItWas();
}

TEST_F(PhotoFitTest, CancellingAtAnyStageLeavesTheWindowAsItWas) {
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
  answer("fitLeave");
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

TEST_F(PhotoFitTest, ClosingWhileAFitRunsIsAskedFor) {
  start(200, 0);
  ASSERT_TRUE(waitForStep(1));
  answer("fitStay");
  EXPECT_FALSE(window_->close());
  EXPECT_EQ(run().phase(), FitPhase::Fitting);
  answer("fitLeave");
  EXPECT_TRUE(window_->close());
}

TEST_F(PhotoFitTest, AFitThatIsKeptGoesOnWhenTheWindowOpensAgain) {
  start(6, 0);
  ASSERT_TRUE(waitForStep(3));
  answer("fitKeep");
  EXPECT_TRUE(window_->close());
  window_.reset();
  openAnotherWindow();
  ASSERT_TRUE(isOffered()) << "nothing was left";
  EXPECT_TRUE(child<QLabel>("fitLeft").text().contains("astronaut"));
  EXPECT_FALSE(child<QAbstractButton>("fitLeftResume").isEnabled()) << "without its model";
  EXPECT_TRUE(child<QLabel>("fitLeft").text().contains("heads256")) << "which one?";
  openModel();
  child<QDoubleSpinBox>("option_latent_steps").setValue(99);
  ASSERT_TRUE(child<QAbstractButton>("fitLeftResume").isEnabled());
  child<QAbstractButton>("fitLeftResume").click();
  EXPECT_EQ(panel_->step(), PhotoPanel::Fit);
  EXPECT_TRUE(child<QLabel>("fitLeft").text().isEmpty());
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  ASSERT_EQ(run().curve().size(), 6U);
  EXPECT_EQ(run().avatar()->name, "astronaut");
  EXPECT_FALSE(run().photo().isNull());
  EXPECT_EQ(child<QDoubleSpinBox>("option_latent_steps").value(), 6) << "what branches go on with";
  ASSERT_FALSE(run().kept().empty());
  EXPECT_FALSE(run().kept().front().thumbnail.isNull());

  // Kept once more, then forgotten.
  answer("fitKeep");
  EXPECT_TRUE(window_->close());
  window_.reset();
  openAnotherWindow();
  ASSERT_TRUE(isOffered());
  const std::filesystem::path fits = places_ / "state/fits";
  child<QAbstractButton>("fitLeftForget").click();
  EXPECT_TRUE(test::waitUntil([&] { return std::filesystem::is_empty(fits); }, 20000));
  EXPECT_TRUE(child<QLabel>("fitLeft").text().isEmpty());
}

TEST_F(PhotoFitTest, AFitOfAKilledWindowIsOfferedToTheNext) {
  window_.reset();
  setenv(kKilledFit, places_.path().c_str(), 1);
  const std::filesystem::path fits = Places::below(places_.path()).state / "fits";
  const auto killed =
      test::runProcess({"/proc/self/exe",
                        "--gtest_filter=KilledFit.DISABLED_FitsUntilItIsKilled",
                        "--gtest_also_run_disabled_tests"},
                       {.watch = [&](pid_t process, const std::string&) {
                         std::error_code ignored;
                         for (const auto& fit : std::filesystem::directory_iterator(fits, ignored)) {
                           if (std::filesystem::exists(fit.path() / "fit.json", ignored)) {
                             kill(process, SIGKILL);
                           }
                         }
                       }});
  unsetenv(kKilledFit);
  ASSERT_EQ(killed.exit_code, -SIGKILL) << killed.output << killed.errors;
  openAnotherWindow();
  ASSERT_TRUE(isOffered()) << "the fit of a killed window is lost";
  EXPECT_TRUE(child<QLabel>("fitLeft").text().contains("astronaut"));
  openModel();
  child<QAbstractButton>("fitLeftResume").click();
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  EXPECT_TRUE(run().notice().contains("going on after step")) << run().notice().toStdString();
  ASSERT_EQ(run().curve().size(), 12U) << "with what was done before";
  for (std::size_t i = 0; i < run().curve().size(); ++i) {
    EXPECT_EQ(run().curve()[i].step, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(run().avatar()->name, "astronaut");
}

TEST_F(PhotoFitTest, AFitThatIsEndedLeavesNothingOnDisk) {
  start(30, 0);
  ASSERT_TRUE(waitForStep(1));
  const std::filesystem::path fits = places_ / "state/fits";
  EXPECT_FALSE(std::filesystem::is_empty(fits));
  answer("fitLeave");
  EXPECT_TRUE(window_->close());
  window_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(fits));
}

TEST_F(PhotoFitTest, AHeadWithoutAFileIsNotLostWithoutAQuestion) {
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

TEST_F(PhotoFitTest, AFitOutlivesThePhotosThatAreReplaced) {
  start(2, 0);
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  const AvatarPtr made = run().avatar();
  std::filesystem::copy_file(astronautFile(), folder_ / "other.png");
  drop(window_.get(), {folder_ / "other.png"});
  child<QAbstractButton>("newPerson").click();
  EXPECT_EQ(run().avatar(), made);
  ASSERT_TRUE(outlined());
  ASSERT_EQ(panel_->desk().photos().size(), 1U);
  answer("fitStay");
  child<QAbstractButton>("fitStart").click();
  EXPECT_EQ(run().avatar(), made) << "the head of the person before was lost without a question";
  answer("fitLeave");
  child<QAbstractButton>("fitStart").click();
  EXPECT_EQ(run().avatar(), nullptr);
  ASSERT_TRUE(waitForStep(1));
  EXPECT_EQ(run().wish().name, "other");
  run().discard();
}

TEST_F(PhotoFitTest, DiscardAsksWhereSomethingIsLost) {
  start(2, 0);
  ASSERT_TRUE(waitFor(FitPhase::Finished));
  const AvatarPtr made = run().avatar();
  answer("fitStay");
  child<QAbstractButton>("fitDiscard").click();
  EXPECT_EQ(run().phase(), FitPhase::Finished);
  EXPECT_EQ(run().avatar(), made);
  answer("fitKeep");
  child<QAbstractButton>("fitDiscard").click();
  EXPECT_EQ(run().phase(), FitPhase::None);
  EXPECT_TRUE(test::waitUntil([this] { return !child<QLabel>("fitLeft").text().isEmpty(); }, 20000))
      << "what was kept is offered";
}

TEST_F(PhotoFitTest, TheWindowGoesOnWhileAFitRuns) {
  start(30, 0);
  ASSERT_TRUE(waitForStep(1));
  test::EventLoopGaps gaps;
  child<QDoubleSpinBox>("seed").setValue(9);
  ASSERT_TRUE(waitForRefined()) << "a head is made while the fit runs";
  EXPECT_EQ(run().phase(), FitPhase::Fitting);
  const qint64 longest = gaps.takeLongest();
  std::printf("longest gap of the event loop while a fit runs: %lld ms\n", static_cast<long long>(longest));
  EXPECT_LT(longest, 1000);
  run().discard();
}

}  // namespace
}  // namespace panohead::ui
