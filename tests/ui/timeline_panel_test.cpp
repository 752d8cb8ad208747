// The time line in its window.
#include "core/filming/camera_keys.h"
#include "core/session/project.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/time_line.h"

#include <QDockWidget>

namespace panohead::ui {
namespace {

class TimelinePanelTest : public MainWindowTest {
 protected:
  void SetUp() override {
    MainWindowTest::SetUp();
    if (!IsSkipped()) {
      panel_ = window_->findChild<TimelinePanel*>("timelinePanel");
      auto& dock = child<QDockWidget>("timelineDock");
      dock.show();
      dock.raise();
    }
  }

  /// A film of two seconds, once around; the document's camera is none of it.
  void makeFilm() {
    window_->document().edit("film", {}, [](Project& project) {
      project.key_frames.set({0, {.yaw_degrees = -90}, project.head});
      project.key_frames.set({2, {.yaw_degrees = 90, .pitch_degrees = 10}, project.head});
      project.camera.yaw_degrees = 170;
    });
  }
  void renderIntoFolder(const char* name) {
    window_->findChild<QAction*>("actionFilm")->trigger();
    auto& dialog = child<QFileDialog>("filmDialog");
    auto* filters = dialog.findChild<QComboBox*>("fileTypeCombo");
    filters->setCurrentIndex(1);  // a folder
    emit filters->activated(1);
    emit filters->textActivated(filters->currentText());
    chooseFile("filmDialog", name);
  }
  double time() { return child<TimeLine>("timeLine").time(); }
  const Project& project() { return window_->document().project(); }

  TimelinePanel* panel_ = nullptr;
};

TEST_F(TimelinePanelTest, AFrameRateIsTyped) {
  auto& rate = child<QDoubleSpinBox>("frameRate");
  rate.setFocus();
  rate.selectAll();
  QTest::keyClicks(&rate, "29.97");
  EXPECT_EQ(window_->document().history().count(), 0) << "half a number is no wish";
  QTest::keyClick(&rate, Qt::Key_Tab);
  EXPECT_EQ(project().frames_per_second, 29.97);
  EXPECT_EQ(window_->document().history().count(), 1);
  window_->document().history().undo();
  EXPECT_EQ(project().frames_per_second, 30);
}

TEST_F(TimelinePanelTest, AKeyWhileTheFilmPlaysHoldsWhatIsShown) {
  openModel();
  makeFilm();
  const KeyFrames film = project().key_frames;
  click("timelinePlay");
  ASSERT_TRUE(panel_->isPlaying());
  ASSERT_TRUE(test::waitUntil([this] { return time() > 0.4 && time() < 1.6; }, 5000));
  QTest::keyClick(window_.get(), Qt::Key_K);
  EXPECT_FALSE(panel_->isPlaying());
  EXPECT_FALSE(child<QAbstractButton>("timelinePlay").isChecked());
  const double stopped = time();
  ASSERT_EQ(project().key_frames.frames().size(), 3U);
  const KeyFrame& made = project().key_frames.frames()[1];
  EXPECT_EQ(made.seconds, stopped);
  EXPECT_TRUE(made.camera == film.at(stopped).camera) << made.camera.yaw_degrees;
  EXPECT_TRUE(viewport_->camera() == made.camera) << "what is seen is what was kept";
  QTest::qWait(100);
  EXPECT_EQ(time(), stopped);
}

TEST_F(TimelinePanelTest, AFilmThatIsTakenBackStops) {
  openModel();
  window_->document().edit(
      "first", {}, [](Project& project) { project.key_frames.set({0, {.yaw_degrees = -90}, project.head}); });
  auto& play = child<QAbstractButton>("timelinePlay");
  auto& remove = child<QAbstractButton>("keyRemove");
  EXPECT_FALSE(play.isEnabled()) << "one picture is no film";
  window_->document().edit("second", {}, [](Project& project) {
    project.key_frames.set({2, {.yaw_degrees = 90}, project.head});
    project.camera.yaw_degrees = 170;
  });
  EXPECT_TRUE(remove.isEnabled());
  click("timelinePlay");
  ASSERT_TRUE(panel_->isPlaying());
  ASSERT_TRUE(test::waitUntil([this] { return time() > 0.3 && time() < 1.7; }, 5000));
  EXPECT_FALSE(remove.isEnabled()) << "there is no key frame here";
  viewport_->setFocus();
  window_->document().history().undo();
  EXPECT_TRUE(test::waitUntil([this] { return !panel_->isPlaying(); }, 2000));
  EXPECT_FALSE(play.isChecked());
  EXPECT_TRUE(viewport_->camera() == project().camera) << "the picture is not the one of the numbers";
}

TEST_F(TimelinePanelTest, TheFilmAndTheTurntableExcludeEachOther) {
  openModel();
  makeFilm();
  auto& turntable = child<QAbstractButton>("turntable");
  click("timelinePlay");
  ASSERT_TRUE(panel_->isPlaying());
  turntable.click();
  EXPECT_TRUE(viewport_->isTurning());
  EXPECT_FALSE(panel_->isPlaying());
  QTest::qWait(50);
  click("timelinePlay");
  EXPECT_TRUE(panel_->isPlaying());
  EXPECT_TRUE(child<QAbstractButton>("timelinePlay").isChecked());
  EXPECT_FALSE(viewport_->isTurning());
  EXPECT_FALSE(turntable.isChecked());
}

TEST_F(TimelinePanelTest, AnotherDocumentBeginsAtItsBeginning) {
  openModel();
  makeFilm();
  const std::filesystem::path file = folder_ / "film.heads";
  writeProject(file, project());
  Document& document = window_->document();
  const auto opened = [&](bool plays) {
    int files = 0;
    const auto link = QObject::connect(&document, &Document::opened, [&] { ++files; });
    document.open(file);
    ASSERT_TRUE(test::waitUntil([&] { return files == 1; }));
    QObject::disconnect(link);
    EXPECT_EQ(time(), 0);
    child<TimeLine>("timeLine").setTime(1.5);
    panel_->play(plays);
  };
  opened(false);
  opened(true);
  document.reset({});
  EXPECT_EQ(time(), 0);
  EXPECT_FALSE(panel_->isPlaying());

  // In a document without key frames, the playhead moves without an edit.
  child<TimeLine>("timeLine").setTime(2.5);
  document.reset({});
  EXPECT_EQ(time(), 0);

  // A slider that is dragged and put back leaves no step behind.
  child<TimeLine>("timeLine").setTime(2);
  const double usual = project().frames_per_second;
  for (const double rate : {12.0, usual}) {
    document.edit("rate", "rate", [rate](Project& changed) { changed.frames_per_second = rate; });
  }
  EXPECT_EQ(document.history().count(), 0);
  EXPECT_EQ(time(), 2);

  child<TimeLine>("timeLine").setTime(1);
  document.edit("rate", {}, [](Project& changed) { changed.frames_per_second = 12; });
  document.history().undo();
  document.save(folder_ / "saved.heads");
  ASSERT_TRUE(test::waitUntil([&] { return !document.path().empty(); }));
  EXPECT_EQ(time(), 1) << "saving, editing and undo make no other document";
}

TEST_F(TimelinePanelTest, ABareNameIsAFilmWhereFilmsAreChosen) {
  openModel();
  makeFilm();
  window_->document().edit("short", {}, [](Project& changed) {
    changed.key_frames = {};
    changed.key_frames.set({0, {.yaw_degrees = -90}, changed.head});
    changed.key_frames.set({0.2, {.yaw_degrees = 90}, changed.head});
    changed.frames_per_second = 5;
  });
  window_->findChild<QAction*>("actionFilm")->trigger();
  chooseFile("filmDialog", "bare");
  EXPECT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "bare.mp4"); }));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "bare"));
}

// What Save cameras writes is what dropping it on the window brings back.
TEST_F(TimelinePanelTest, SavedCamerasAreThoseOfTheFilm) {
  openModel();
  makeFilm();
  window_->document().edit("rate", {}, [](Project& changed) { changed.frames_per_second = 10; });
  click("camerasSave");
  auto& dialog = child<QFileDialog>("camerasDialog");
  dialog.setDirectory(toQString(folder_.path()));
  dialog.selectFile("orbit");
  static_cast<QDialog&>(dialog).accept();
  const std::filesystem::path file = folder_ / "orbit.json";
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(file); }));
  const KeyFrames film = project().key_frames;
  window_->document().reset({});
  window_->openCameras(file);
  ASSERT_TRUE(test::waitUntil([this] { return !project().key_frames.empty(); }));
  EXPECT_EQ(project().frames_per_second, 10);
  const KeyFrames& read = project().key_frames;
  EXPECT_NEAR(read.duration(), film.duration(), 0.1 + 1e-9) << "the last frame begins a tenth before the end";
  for (const double seconds : {0.0, 0.5, 1.0, 1.5, 1.9}) {
    const OrbitView wanted = film.at(seconds).camera;
    const OrbitView found = read.at(seconds).camera;
    EXPECT_NEAR(found.yaw_degrees, wanted.yaw_degrees, 0.2) << seconds;
    EXPECT_NEAR(found.pitch_degrees, wanted.pitch_degrees, 0.2) << seconds;
    EXPECT_NEAR(found.radius, wanted.radius, 1e-3) << seconds;
    EXPECT_NEAR(found.fov_degrees, wanted.fov_degrees, 1e-2) << seconds;
  }
}

TEST_F(TimelinePanelTest, KeyFramesBecomeAFolderOfPictures) {
  openModel();
  auto* panel = window_->findChild<TimelinePanel*>("timelinePanel");
  panel->setKey();
  window_->document().edit("turn", {}, [](Project& project) {
    project.key_frames.set({0.4, {.yaw_degrees = 90}, project.head});
    project.frames_per_second = 5;
  });
  renderIntoFolder("film");
  ASSERT_TRUE(
      test::waitUntil([this] { return std::filesystem::exists(folder_ / "film" / "frame_000002.png"); }));
  EXPECT_EQ(readImage(folder_ / "film" / "frame_000002.png").pixels,
            sessionPicture({}, {.yaw_degrees = 90}).pixels);
}

TEST_F(TimelinePanelTest, BackgroundsFadeAndTheCommandLineDrawsTheSameFilm) {
  openModel();
  const auto before = [this](const Background& background) {
    HeadOptions head = project().head;
    head.background = background;
    return head;
  };
  const std::vector<HeadOptions> heads{before(SeedBackground{8, 1.0}),
                                       before(ColourBackground{200, 40, 40}),
                                       before(ColourBackground{40, 40, 200})};
  window_->document().edit("film", {}, [&](Project& changed) {
    for (int i = 0; i < 3; ++i) {
      changed.key_frames.set({0.4 * i, {.yaw_degrees = 20.0 * i}, heads[static_cast<std::size_t>(i)]});
    }
    changed.frames_per_second = 5;
  });
  // A moment between two key frames is a document like any other.
  auto& line = child<TimeLine>("timeLine");
  line.setTime(0.2);
  emit line.scrubbed(0.2);
  EXPECT_EQ(sharesOf(project().head.background).size(), 2U);
  EXPECT_TRUE(child<QLabel>("backgroundMixed").isVisibleTo(window_.get()));
  EXPECT_FALSE(child<QAbstractButton>("backgroundOwn").isChecked());
  EXPECT_FALSE(child<QAbstractButton>("backgroundColour").isChecked());
  const Image moment = sessionPicture(project().head, project().camera);
  const auto shows = [&](const Image& picture) {
    return test::waitUntil(
        [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == picture.pixels; });
  };
  EXPECT_TRUE(shows(moment));
  window_->document().save(folder_ / "fades.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  window_->document().reset({});
  EXPECT_FALSE(child<QLabel>("backgroundMixed").isVisibleTo(window_.get()));
  EXPECT_TRUE(child<QAbstractButton>("backgroundOwn").isChecked());
  const Image plain = sessionPicture({}, {});
  ASSERT_TRUE(shows(plain)) << "what comes back is not what is still there";
  window_->open(folder_ / "fades.heads");
  ASSERT_TRUE(test::waitUntil([this] { return project().key_frames.frames().size() == 3; }, 20000));
  EXPECT_TRUE(shows(moment)) << "the project comes back with other pixels";

  renderIntoFolder("window");
  ASSERT_TRUE(test::waitUntil([this] {
    if (auto* error = window_->findChild<QDialog*>("errorDialog")) {
      ADD_FAILURE() << error->findChild<QLabel*>("errorMessage")->text().toStdString();
      return true;
    }
    return std::filesystem::exists(folder_ / "window" / "frame_000004.png");
  }));
  const auto made = test::runProcess({test::studioProgram(),
                                      "video",
                                      "--kind",
                                      "path",
                                      "--path",
                                      (folder_ / "fades.heads").string(),
                                      "--out",
                                      (folder_ / "commands").string()});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  for (int i = 0; i < 5; ++i) {
    const std::string name = "frame_00000" + std::to_string(i) + ".png";
    EXPECT_EQ(readImage(folder_ / "window" / name).pixels, readImage(folder_ / "commands" / name).pixels)
        << i;
  }
  EXPECT_EQ(readImage(folder_ / "window" / "frame_000001.png").pixels, moment.pixels);
}

TEST_F(TimelinePanelTest, AFarKeyFrameIsDrawnAtOnce) {
  TimeLine line;
  line.resize(900, 60);
  line.setMarks({0, 1e12});
  QElapsedTimer clock;
  clock.start();
  const QImage drawn = line.grab().toImage();
  EXPECT_LT(clock.elapsed(), 2000);  // a label every ten seconds would take hours
  EXPECT_FALSE(drawn.isNull());
}

}  // namespace
}  // namespace panohead::ui
