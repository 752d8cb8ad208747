// Exports beside the other work of the window: heads do not wait for them, and nothing ends them unasked.
#include "tests/ui/main_window_fixture.h"

#include <QPushButton>
#include <QStatusBar>

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
    chooseFile("filmDialog", file);
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
  EXPECT_TRUE(child<QWidget>("jobStatus").isVisible())
      << "Esc threw the film away: " << window_->statusBar()->currentMessage().toStdString();
  EXPECT_FALSE(window_->close());
  auto* question = window_->findChild<QMessageBox*>("exportRunsDialog");
  ASSERT_NE(question, nullptr);
  const QAbstractButton* usual = question->defaultButton();
  EXPECT_EQ(usual, question->button(QMessageBox::Cancel)) << "Enter by habit ends the film";
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

TEST_F(ExportsInTheWindow, AWindowThatStaysKeepsItsExports) {
  openModel();
  ASSERT_NO_FATAL_FAILURE(startFilm("never.mp4"));
  child<QDoubleSpinBox>("seed").setValue(3);  // unsaved
  EXPECT_FALSE(window_->close());
  child<QMessageBox>("exportRunsDialog").findChild<QAbstractButton*>("exportStop")->click();
  child<QMessageBox>("unsavedDialog").button(QMessageBox::Cancel)->click();
  QTest::qWait(300);
  EXPECT_TRUE(window_->isVisible());
  EXPECT_TRUE(child<QWidget>("jobStatus").isVisible()) << "the film went although the window stayed";

  window_->findChild<QAction*>("actionFilm")->trigger();
  chooseFile("filmDialog", "another.mp4");
  QTest::qWait(50);
  EXPECT_FALSE(window_->close());
  auto& question = child<QMessageBox>("exportRunsDialog");
  EXPECT_TRUE(question.isVisible()) << "nobody was asked about the second film";
  question.button(QMessageBox::Cancel)->click();
}

}  // namespace
}  // namespace panohead::ui
