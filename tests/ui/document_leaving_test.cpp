// What is left behind, or in the middle of something, when documents and models change.
#include "tests/ui/main_window_fixture.h"
#include "ui/panels/edit_panel.h"

#include <QMenu>
#include <QPushButton>

namespace panohead::ui {
namespace {

TEST_F(MainWindowTest, AnEditWhileAModelLoadsDoesNotStopIt) {
  openModel();
  std::filesystem::copy(kModel, folder_ / "other.safetensors");
  window_->openModel(folder_ / "other.safetensors");
  child<QDoubleSpinBox>("seed").setValue(9);
  ASSERT_TRUE(test::waitUntil(
      [this] { return window_->document().project().model.path == folder_ / "other.safetensors"; }));
  EXPECT_EQ(window_->document().project().head.seed, 9U);
}

TEST_F(MainWindowTest, KeptSlidersAreThereAtOnce) {
  openModel();
  auto& panel = *window_->findChild<EditPanel*>("editPanel");
  child<QSpinBox>("findCount").setValue(1);
  child<QAbstractButton>("findSliders").click();
  ASSERT_TRUE(test::waitUntil([&] { return panel.found().size() == 1; }));
  const QString slider = "edit_" + QString::fromStdString(panel.found().front()->name);
  child<QAbstractButton>("keepSliders").click();
  QTest::qWait(100);
  window_->document().reset({});  // another project of the same model
  ASSERT_TRUE(test::waitUntil([&] {
    const auto widgets = panel.findChildren<QWidget*>();
    return std::ranges::any_of(widgets, [&](const QWidget* w) { return w->objectName().startsWith(slider); });
  })) << "it stays with the model, not with the project";
}

TEST_F(MainWindowTest, AGoodBackupOutlivesTheDamagedFile) {
  openModel();
  Project project = window_->document().project();
  project.head.seed = 77;
  writeProject(folder_ / "bad.heads~", project);
  std::ofstream(folder_ / "bad.heads") << "no project";
  window_->open(folder_ / "bad.heads~");
  ASSERT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed == 77; }));
  EXPECT_EQ(window_->document().path(), folder_ / "bad.heads") << "the backup is a version of it";
  EXPECT_TRUE(window_->document().isModified());
  child<QDoubleSpinBox>("seed").setValue(78);
  window_->document().save(folder_ / "bad.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  EXPECT_EQ(readProject(folder_ / "bad.heads").project.head.seed, 78U);
  EXPECT_EQ(readProject(folder_ / "bad.heads~").project.head.seed, 77U) << "not the damaged one";
}

TEST_F(MainWindowTest, WhatWasDiscardedIsNotOfferedAgain) {
  openModel();
  Document& document = window_->document();
  child<QDoubleSpinBox>("seed").setValue(12);
  document.autosave();
  const std::filesystem::path sidecar = document.sidecarOf({});
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(sidecar); }));
  Project other = document.project();
  other.head.seed = 21;
  writeProject(folder_ / "other.heads~", other);
  document.recover(folder_ / "other.heads~", folder_ / "other.heads");  // as after Discard
  ASSERT_TRUE(test::waitUntil([&] { return document.project().head.seed == 21; }));
  EXPECT_FALSE(std::filesystem::exists(sidecar));
}

TEST_F(MainWindowTest, WhatIsChangedWhileItIsSavedIsAskedAboutAgain) {
  openModel();
  window_->document().save(folder_ / "mine.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  child<QDoubleSpinBox>("seed").setValue(2);
  EXPECT_FALSE(window_->close());
  auto* dialog = window_->findChild<QMessageBox*>("unsavedDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->button(QMessageBox::Save)->click();
  child<QDoubleSpinBox>("seed").setValue(3);  // before the worker has written
  QMessageBox* again = nullptr;
  ASSERT_TRUE(test::waitUntil([&] {
    again = window_->findChild<QMessageBox*>("unsavedDialog");
    return again != nullptr && again->isVisible() && again != dialog;
  }));
  EXPECT_TRUE(window_->isVisible());
  again->button(QMessageBox::Save)->click();
  EXPECT_TRUE(test::waitUntil([this] { return !window_->isVisible(); }));
  EXPECT_EQ(readProject(folder_ / "mine.heads").project.head.seed, 3U);
}

TEST_F(MainWindowTest, ASaveThatIsLateBelongsToTheDocumentItWasOf) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(5);
  window_->document().save(folder_ / "late.heads");
  window_->document().reset({});  // before the worker has written
  ASSERT_TRUE(test::waitUntil([this] { return std::filesystem::exists(folder_ / "late.heads"); }));
  QTest::qWait(100);
  EXPECT_TRUE(window_->document().path().empty()) << "the new document would overwrite the old one's file";
}

TEST_F(MainWindowTest, RecentFilesComeBackFromTheMenu) {
  std::filesystem::copy(kModel, folder_ / "mine.safetensors");
  window_->openModel(folder_ / "mine.safetensors");
  ASSERT_TRUE(waitForRefined());
  child<QDoubleSpinBox>("seed").setValue(6);
  window_->document().save(folder_ / "mine.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  window_ = std::make_unique<MainWindow>(Places::below(places_.path()));  // another start of the program
  window_->show();
  viewport_ = window_->findChild<ViewportWidget*>("viewport");
  const auto choose = [this](const char* name) {
    auto* menu = window_->findChild<QMenu*>("recentMenu");
    emit menu->aboutToShow();
    for (QAction* action : menu->actions()) {
      if (action->text().endsWith(name)) {
        action->trigger();
        return;
      }
    }
    ADD_FAILURE() << "no " << name << " among the recent files";
  };
  choose("mine.safetensors");
  ASSERT_TRUE(test::waitUntil([this] { return child<QLabel>("modelName").text() == "mine"; }));
  choose("mine.heads");
  EXPECT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed == 6; }));
  EXPECT_EQ(window_->document().path(), folder_ / "mine.heads");
  window_.reset();  // before the folder that its lock lies in
}

TEST_F(MainWindowTest, ANewProjectIsSavedUnderANameOfItsOwn) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(6);
  const auto saveAs = [this](const char* action, const char* name) {
    window_->findChild<QAction*>(action)->trigger();
    chooseFile("saveProjectDialog", name);
    return test::waitUntil([this, name] { return window_->document().path().filename() == name; }, 20000);
  };
  ASSERT_TRUE(saveAs("actionSaveProject", "first.heads")) << "nothing asked for a name";
  child<QDoubleSpinBox>("seed").setValue(7);
  ASSERT_TRUE(saveAs("actionSaveAs", "second.heads"));
  EXPECT_EQ(readProject(folder_ / "first.heads").project.head.seed, 6U);
  EXPECT_EQ(readProject(folder_ / "second.heads").project.head.seed, 7U);
  window_->findChild<QAction*>("actionNew")->trigger();
  EXPECT_TRUE(window_->document().path().empty());
  EXPECT_EQ(window_->document().project().head.seed, 0U);
  EXPECT_FALSE(window_->document().history().canUndo());
}

}  // namespace
}  // namespace panohead::ui
