// Exports beside the other work of the window: heads do not wait for them, and nothing ends them unasked.
#include "tests/ui/main_window_fixture.h"
#include "ui/time_line.h"

namespace panohead::ui {
namespace {

class ExportsInTheWindow : public MainWindowTest {
 protected:
  void startFilm(const char* file) {
    window_->document().edit("film", {}, [](Project& project) {
      project.key_frames.set({0, {}, project.head});
      project.key_frames.set({60, {.yaw_degrees = 90}, project.head});
    });
    window_->findChild<QAction*>("actionFilm")->trigger();
    auto* dialog = window_->findChild<QFileDialog*>("filmDialog");
    ASSERT_NE(dialog, nullptr);
    dialog->setDirectory(toQString(folder_.path()));
    dialog->selectFile(file);
    static_cast<QDialog*>(dialog)->accept();
    ASSERT_TRUE(test::waitUntil([this] { return child<QWidget>("jobStatus").isVisible(); }, 20000));
    window_->document().save(folder_ / "saved.heads");
    ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }, 20000));
  }
};

TEST_F(ExportsInTheWindow, AnotherHeadIsSeenWhileAFilmIsMade) {
  openModel();
  ASSERT_NO_FATAL_FAILURE(startFilm("never.mp4"));
  const Image before = viewport_->frame().picture;
  child<QDoubleSpinBox>("seed").setValue(2);
  ASSERT_TRUE(waitForRefined());
  EXPECT_LT(test::psnr(before, viewport_->frame().picture), 35) << "the head waits for the film";
  EXPECT_TRUE(child<QWidget>("jobStatus").isVisible()) << "the film had ended already";
}

TEST_F(ExportsInTheWindow, NeitherEscNorClosingEndsAFilmUnasked) {
  openModel();
  ASSERT_NO_FATAL_FAILURE(startFilm("never.mp4"));
  QTest::keyClick(window_.get(), Qt::Key_Escape);
  QTest::qWait(300);
  EXPECT_TRUE(child<QWidget>("jobStatus").isVisible()) << "Esc threw the film away";
  EXPECT_FALSE(window_->close());
  auto* question = window_->findChild<QMessageBox*>("exportRunsDialog");
  ASSERT_NE(question, nullptr);
  question->button(QMessageBox::Cancel)->click();
  EXPECT_TRUE(child<QWidget>("jobStatus").isVisible());
  child<QAbstractButton>("jobCancel").click();
  EXPECT_TRUE(test::waitUntil([this] { return !child<QWidget>("jobStatus").isVisible(); }, 20000));
  EXPECT_TRUE(window_->close()) << "asks about an export that has ended";
}

TEST_F(ExportsInTheWindow, WithoutAModelNothingIsExported) {
  window_->document().edit("key", {}, [](Project& project) {
    project.key_frames.set({0, {}, project.head});
    project.key_frames.set({1, {}, project.head});
  });
  for (const char* button : {"camerasSave", "filmRender"}) {
    child<QAbstractButton>(button).click();
    auto* error = window_->findChild<QDialog*>("errorDialog");
    ASSERT_NE(error, nullptr) << button;
    EXPECT_TRUE(error->findChild<QLabel*>("errorMessage")->text().contains("No model")) << button;
    static_cast<QDialog*>(error)->accept();
    QTest::qWait(50);
  }
}

TEST_F(ExportsInTheWindow, EditsMadeWhileAProjectIsReadAreAskedAbout) {
  openModel();
  Project other = window_->document().project();
  other.head.seed = 21;
  writeProject(folder_ / "other.heads", other);
  window_->document().open(folder_ / "other.heads");
  window_->document().edit("seed", {}, [](Project& project) { project.head.seed = 8; });
  QMessageBox* box = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (box = window_->findChild<QMessageBox*>("unsavedDialog")) != nullptr; }, 20000));
  EXPECT_EQ(window_->document().project().head.seed, 8U);
  box->button(QMessageBox::Discard)->click();
  EXPECT_EQ(window_->document().project().head.seed, 21U);
}

TEST_F(ExportsInTheWindow, AProjectOpenedByARelativeNameIsTheSameFile) {
  openModel();
  writeProject(folder_ / "mine.heads", window_->document().project());
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  window_->open("mine.heads");
  std::filesystem::current_path(before);
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().path().empty(); }, 20000));
  EXPECT_TRUE(window_->document().openElsewhere(folder_ / "mine.heads").isEmpty());
  child<QDoubleSpinBox>("seed").setValue(9);
  window_->document().save(folder_ / "mine.heads");
  EXPECT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }, 20000));
  EXPECT_EQ(readProject(folder_ / "mine.heads").project.head.seed, 9U);
}

TEST_F(ExportsInTheWindow, AFarKeyFrameIsDrawnAtOnce) {
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
