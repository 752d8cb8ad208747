// Closing the window during every kind of job: it asks what it has to ask, ends soon, and leaves nothing half
// done behind.
#include "core/avatar/avatar_file.h"
#include "core/export/camera_set.h"
#include "core/runs/run_holder.h"
#include "core/session/avatar_session.h"
#include "core/training/training_options.h"
#include "tests/support/dataset_files.h"
#include "tests/ui/main_window_fixture.h"
#include "tests/ui/photo_fixture.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/photo_panel.h"
#include "ui/panels/training_panel.h"
#include "ui/training/option_form.h"
#include "ui/training/run_launcher.h"
#include "ui/training/training_dock.h"

#include <QTabWidget>
#include <QTimer>

#include <cmath>
#include <csignal>

namespace panohead::ui {
namespace {

class ClosingTest : public MainWindowTest {
 public:
  // What begins each kind of work. They return while it is under way.

  void model() { window_->openModel(kModel); }
  void head() {
    openModel();
    child<QDoubleSpinBox>("seed").setValue(31);
  }
  void thumbnails() {
    openModel();
    ASSERT_GT(window_->findChild<GalleryPanel*>("galleryPanel")->waiting(), 2);
  }
  void grading() {
    openModel();
    auto* gallery = window_->findChild<GalleryPanel*>("galleryPanel");
    ASSERT_TRUE(test::waitUntil([&] { return gallery->waiting() == 0; }));
    click("gallerySort");
    const int all = gallery->ungraded();
    ASSERT_TRUE(test::waitUntil([&] { return gallery->ungraded() < all; }));
    ASSERT_GT(gallery->ungraded(), 0);
  }
  void sliders() {
    openModel();
    click("findSliders");
  }
  void measuring() {
    openModel();
    window_->document().edit(
        "Background", {}, [](Project& project) { project.head.background = SeedBackground{3, {}}; });
    ASSERT_TRUE(waitForRefined());
    click("backgroundMeasure");
  }
  void preview() {
    openModel();
    viewport_->setMeshLook({.shown = true, .shading = render::MeshShading::Colours});
    ASSERT_TRUE(test::waitUntil([this] { return viewport_->meshPreview().state().contains('%'); }));
  }
  void film() {
    openModel();
    window_->document().edit("film", {}, [](Project& project) {
      project.key_frames.set({0, {}, project.head});
      project.key_frames.set({60, {.yaw_degrees = 90}, project.head});
    });
    window_->findChild<QAction*>("actionFilm")->trigger();
    chooseFile("filmDialog", "never.mp4");
    QTest::qWait(300);
  }
  void cameras() {
    film();
    child<QAbstractButton>("camerasSave").click();
    chooseFile("camerasDialog", "never.json");
  }
  void still() {
    openModel();
    window_->findChild<QAction*>("actionSave")->trigger();
    chooseFile("saveDialog", "never.png");
  }
  void windowPicture() {
    openModel();
    window_->findChild<QAction*>("actionSaveWindow")->trigger();
    chooseFile("saveWindowDialog", "never.png");
  }
  void copying() {
    openModel();
    window_->findChild<QAction*>("actionCopy")->trigger();
  }
  void saving() {
    openModel();
    child<QDoubleSpinBox>("seed").setValue(5);
    window_->document().save(folder_ / "never.heads");
  }
  void opening() {
    openModel();
    writeProject(folder_ / "opened.heads", window_->document().project());
    window_->open(folder_ / "opened.heads");
  }
  void openingCameras() {
    openModel();
    CameraSet cameras{30, 256, 256, {}};
    for (int i = 0; i < 2000; ++i) {
      cameras.frames.push_back(orbitLabel({.yaw_degrees = 0.7 * i, .pitch_degrees = 20 * std::sin(0.1 * i)}));
    }
    writeCameraSet(folder_ / "opened.json", cameras);
    window_->open(folder_ / "opened.json");
  }
  void readingBackdrop() {
    openModel();
    const Image large(6000, 4000, 3);
    test::writeBytes(folder_ / "opened.jpg", encodeJpeg(large, 75));
    window_->openPhoto(folder_ / "opened.jpg");
  }
  void openingAvatar() {
    openModel();
    writeAvatar(folder_ / "opened.avatar", somebody());
    window_->open(folder_ / "opened.avatar");
  }
  void savingAvatar() {
    openModel();
    emit photoPanel().saveRequested(writeAvatar(places_ / "kept.avatar", somebody()));
    chooseFile("saveAvatarDialog", "never.avatar");
  }
  void keepingSliders() {
    openModel();
    click("findSliders");
    auto* panel = window_->findChild<EditPanel*>("editPanel");
    ASSERT_TRUE(test::waitUntil([panel] { return !panel->found().empty(); }));
    click("keepSliders");
  }
  void lookingInto() {
    openModel();
    std::ofstream(folder_ / "opened.zip") << "no zip";
    window_->open(folder_ / "opened.zip");
  }
  void passport() {
    openModel();
    click("modelPassport");
  }
  void converting() {
    openModel();
    click("modelPassport");
    QDialog* dialog = nullptr;
    ASSERT_TRUE(test::waitUntil(
        [&] { return (dialog = window_->findChild<QDialog*>("passportDialog")) != nullptr; }));
    click("passportConvert");
    chooseFile("convertDialog", "never.safetensors");
  }
  void meshExport() { exportPage("meshPage", "never.glb", true); }
  void viewsExport() { exportPage("viewsPage", "never", true); }
  void stillExport() { exportPage("stillPage", "never.png", false); }
  void filmExport() { exportPage("filmPage", "never.webm", true); }

  void aligning() { openPhoto(); }
  void findingAgain() {
    outline();
    child<QAbstractButton>("photoFind").click();
    ASSERT_TRUE(photoPanel().desk().isBusy());
  }
  void maskNetwork() {
    outline();
    photoPanel().desk().setMaskNetwork(test::sourceData("vision/everything_is_the_person.onnx"));
    ASSERT_TRUE(photoPanel().desk().isBusy());
  }
  void fitting() {
    outline();
    auto& panel = photoPanel();
    panel.showStep(PhotoPanel::SetUp);
    child<QAbstractButton>("fitStart").click();
    ASSERT_TRUE(test::waitUntil([&] { return !panel.run().curve().empty(); }, 180000));
  }

  void dataCheck() {
    openTraining();
    click("checkData");
    ASSERT_TRUE(child<QWidget>("cancelTool").isEnabled());
  }
  void dryRun() {
    openTraining();
    click("forecast");
    ASSERT_TRUE(child<QWidget>("cancelTool").isEnabled());
    QTest::qWait(300);
  }
  void training() {
    openTraining();
    click("startTraining");
    ASSERT_TRUE(test::waitUntil([this] { return isRunningHere(run()); }, 40000))
        << child<QLabel>("setupMessage").text().toStdString();
  }

 protected:
  void TearDown() override {
    if (const pid_t launched = launchedProcess(run())) {
      kill(launched, SIGKILL);
    }
  }

  std::filesystem::path run() const { return places_ / "run"; }

  /// Of the default model, not tuned.
  static Avatar somebody() {
    SilentContext context;
    const ModelPtr model = panohead::openModel(kModel, context);
    const ModelInfo& info = modelInfo(*model);
    Avatar avatar;
    avatar.name = "somebody";
    avatar.model_name = info.name;
    avatar.model_sha256 = modelSha256(*model, context);
    avatar.num_ws = info.num_ws;
    avatar.w_dim = info.w_dim;
    avatar.ws.assign(static_cast<std::size_t>(info.num_ws * info.w_dim), 0.1F);
    return avatar;
  }

  PhotoPanel& photoPanel() { return child<PhotoPanel>("photoPanel"); }

  void openPhoto() {
    ASSERT_FALSE(astronautFile().empty()) << "the test skips these kinds of work without it";
    openModel();
    window_->headFromPhoto(astronautFile());
  }

  void outline() {
    ASSERT_NO_FATAL_FAILURE(openPhoto());
    ASSERT_TRUE(test::waitUntil([this] {
      const PhotoSubject* subject = photoPanel().desk().current();
      return subject != nullptr && subject->isOutlined();
    }));
  }

  void exportPage(const char* page, const char* file, bool is_long) {
    openModel();
    window_->findChild<QAction*>("actionExport")->trigger();
    child<QTabWidget>("exportPages").setCurrentWidget(&child<QWidget>(page));
    auto& panel = child<ExportPanel>("exportPanel");
    panel.exportTo(folder_ / file);
    if (is_long) {
      QTest::qWait(300);
    }
    ASSERT_TRUE(panel.isExporting());
  }

  void openTraining() {
    auto* dock = window_->findChild<TrainingDock*>("trainingDock");
    dock->setProgram(toQString(test::studioProgram()));
    dock->show();
    dock->panel().setData(files_.data, files_.masks);
    child<QComboBox>("preset").setCurrentText("smoke");
    auto* form = dock->findChild<OptionForm*>();
    TrainingOptions options = form->options();
    options.out = run();
    options.kimg = 100;
    form->setOptions(options);
  }

  /// Answers one of the questions of closing, when it is asked.
  void answer(const char* dialog, const char* button) {
    auto* box = window_->findChild<QMessageBox*>(dialog);
    if (box != nullptr && box->isVisible()) {
      auto* answer =
          button != nullptr ? box->findChild<QAbstractButton*>(button) : box->button(QMessageBox::Discard);
      answer->click();
    }
  }

  test::DatasetFiles files_{8, 128};
};

struct Work {
  const char* name;
  void (ClosingTest::*begin)();
  bool needs_photo = false;
};

class ClosingDuring : public ClosingTest, public testing::WithParamInterface<Work> {};

TEST_P(ClosingDuring, EndsSoonAndLeavesNothingHalfDone) {
  if (GetParam().needs_photo && astronautFile().empty()) {
    GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
  }
  ASSERT_NO_FATAL_FAILURE((this->*GetParam().begin)());
  if (auto* error = window_->findChild<QDialog*>("errorDialog")) {
    FAIL() << error->findChild<QLabel*>("errorMessage")->text().toStdString();
  }
  QTimer unsaved, fit, run_goes_on,
      exporting;  // each of its own: a question may come out of the answer to another
  const auto answers = [this](QTimer& timer, const char* dialog, const char* button) {
    QObject::connect(&timer, &QTimer::timeout, [=, this] { answer(dialog, button); });
    timer.start(50);
  };
  answers(unsaved, "unsavedDialog", nullptr);
  answers(fit, "fitCloseDialog", "fitLeave");
  answers(run_goes_on, "closeQuestion", "stopAll");
  answers(exporting, "exportRunsDialog", "exportStop");
  QElapsedTimer clock;
  clock.start();
  window_->close();
  ASSERT_TRUE(test::waitUntil([this] { return !window_->isVisible(); }, 20000)) << "it stays open";
  for (QTimer* timer : {&unsaved, &fit, &run_goes_on, &exporting}) {
    timer->stop();
  }
  window_.reset();
  EXPECT_LT(clock.elapsed(), 10000);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().filename();
    // Quick ones may have been whole already; nothing else may lie there.
    const bool whole = name.starts_with("opened.") || name == "never.png" || name == "never.heads" ||
                       name == "never.json" || name == "never.safetensors" || name == "never.avatar";
    EXPECT_TRUE(whole && std::filesystem::file_size(entry.path()) > 0) << name;
  }
  EXPECT_TRUE(test::waitUntil([this] { return !isRunningHere(run()); }, 20000)) << "the run was not stopped";
}

INSTANTIATE_TEST_SUITE_P(EveryKind,
                         ClosingDuring,
                         testing::Values(Work{"Model", &ClosingTest::model},
                                         Work{"Head", &ClosingTest::head},
                                         Work{"Thumbnails", &ClosingTest::thumbnails},
                                         Work{"Grading", &ClosingTest::grading},
                                         Work{"Sliders", &ClosingTest::sliders},
                                         Work{"Measuring", &ClosingTest::measuring},
                                         Work{"MeshPreview", &ClosingTest::preview},
                                         Work{"Film", &ClosingTest::film},
                                         Work{"Cameras", &ClosingTest::cameras},
                                         Work{"Still", &ClosingTest::still},
                                         Work{"WindowPicture", &ClosingTest::windowPicture},
                                         Work{"Copying", &ClosingTest::copying},
                                         Work{"Saving", &ClosingTest::saving},
                                         Work{"Opening", &ClosingTest::opening},
                                         Work{"LookingInto", &ClosingTest::lookingInto},
                                         Work{"OpeningCameras", &ClosingTest::openingCameras},
                                         Work{"ReadingBackdrop", &ClosingTest::readingBackdrop},
                                         Work{"OpeningAvatar", &ClosingTest::openingAvatar},
                                         Work{"SavingAvatar", &ClosingTest::savingAvatar},
                                         Work{"KeepingSliders", &ClosingTest::keepingSliders},
                                         Work{"Passport", &ClosingTest::passport},
                                         Work{"Converting", &ClosingTest::converting},
                                         Work{"MeshExport", &ClosingTest::meshExport},
                                         Work{"ViewsExport", &ClosingTest::viewsExport},
                                         Work{"StillExport", &ClosingTest::stillExport},
                                         Work{"FilmExport", &ClosingTest::filmExport},
                                         Work{"Aligning", &ClosingTest::aligning, true},
                                         Work{"FindingAgain", &ClosingTest::findingAgain, true},
                                         Work{"MaskNetwork", &ClosingTest::maskNetwork, true},
                                         Work{"Fitting", &ClosingTest::fitting, true},
                                         Work{"DataCheck", &ClosingTest::dataCheck},
                                         Work{"DryRun", &ClosingTest::dryRun},
                                         Work{"Training", &ClosingTest::training}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace panohead::ui
