// The document in its window: undo, project files, recovery.
#include "tests/ui/main_window_fixture.h"

namespace panohead::ui {
namespace {

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
  window_->openPhoto(folder_ / "behind.png");
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

TEST_F(MainWindowTest, ClosingWithUnsavedChangesAsks) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(2);
  EXPECT_FALSE(window_->close());
  auto* dialog = window_->findChild<QMessageBox*>("closeDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->button(QMessageBox::Discard)->click();
  EXPECT_TRUE(test::waitUntil([this] { return !window_->isVisible(); }));
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

TEST_F(MainWindowTest, ProjectReadBeforeTheFirstModelKeepsItsOwn) {
  std::filesystem::copy(kModel, folder_ / "other.safetensors");
  Project project;
  project.model = {folder_ / "other.safetensors", "from another time"};
  project.head.seed = 6;
  writeProject(folder_ / "early.heads", project);
  window_->open(folder_ / "early.heads");  // nothing is open: the program's own model is on its way, too
  EXPECT_TRUE(test::waitUntil([this] { return child<QLabel>("modelName").text() == "other"; }));
  EXPECT_EQ(window_->document().project().model.path, folder_ / "other.safetensors");
  EXPECT_EQ(window_->document().project().head.seed, 6U);
}

TEST_F(MainWindowTest, SidecarGoesWhenEverythingIsAsSaved) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(8);
  window_->document().autosave();
  const std::filesystem::path sidecar = window_->document().sidecarOf({});
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(sidecar); }));
  window_->document().history().undo();
  window_->document().autosave();
  EXPECT_FALSE(std::filesystem::exists(sidecar));
  window_->document().history().redo();
  window_->document().autosave();  // is being written ...
  window_->document().removeSidecar();
  QTest::qWait(300);
  EXPECT_FALSE(std::filesystem::exists(sidecar)) << "a late job brought it back";
}

}  // namespace
}  // namespace panohead::ui
