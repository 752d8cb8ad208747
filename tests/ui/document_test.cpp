// The document in its window: undo, project files, recovery.
#include "tests/support/scoped_environment.h"
#include "tests/ui/main_window_fixture.h"

#include <QRegularExpression>
#include <QSysInfo>

#include <csignal>
#include <cstdlib>

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
  auto* unsaved = window_->findChild<QMessageBox*>("unsavedDialog");
  ASSERT_NE(unsaved, nullptr);
  unsaved->button(QMessageBox::Discard)->click();
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

constexpr char kKilledPlaces[] = "PANOHEAD_KILLED_PLACES";
constexpr char kKilledProject[] = "PANOHEAD_KILLED_PROJECT";  // optional: that it works on

/// Run by the test below, in a process of its own: works, and is killed.
TEST(KilledWindow, DISABLED_WorksUntilItIsKilled) {
  const char* places = std::getenv(kKilledPlaces);
  ASSERT_NE(places, nullptr);
  test::qtApplication();
  MainWindow window(Places::below(places));
  window.show();
  if (const char* project = std::getenv(kKilledProject)) {
    window.openProject(project);
    ASSERT_TRUE(test::waitUntil([&] { return window.document().path() == project; }));
  }
  for (std::uint32_t seed = 1; seed < 10000; ++seed) {  // never resting
    window.document().edit("Seed", {}, [seed](Project& project) { project.head.seed = 7000 + seed; });
    QTest::qWait(50);
  }
}

TEST_F(MainWindowTest, WorkOfAKilledWindowComesBack) {
  openModel();
  const test::ScopedEnvironment places(kKilledPlaces, places_.path());
  const std::filesystem::path state = Places::below(places_.path()).state;
  const auto killed = test::runProcess(
      {"/proc/self/exe",
       "--gtest_filter=KilledWindow.DISABLED_WorksUntilItIsKilled",
       "--gtest_also_run_disabled_tests"},
      {.watch = [&](pid_t process, const std::string&) {
        std::error_code ignored;
        if (std::filesystem::exists(state / ("unsaved-" + std::to_string(process) + ".heads"), ignored)) {
          kill(process, SIGKILL);
        }
      }});
  ASSERT_EQ(killed.exit_code, -SIGKILL) << killed.errors;
  ASSERT_TRUE(window_->offerRecovery());
  window_->findChild<QMessageBox*>("recoveryDialog")->buttons().front()->click();
  EXPECT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed > 7000; }));
}

TEST_F(MainWindowTest, WorkOnAProjectComesBackWhenItsWindowWasKilled) {
  openModel();
  const std::filesystem::path project = folder_ / "worked.heads";
  writeProject(project, window_->document().project());
  const test::ScopedEnvironment places(kKilledPlaces, places_ / "other");
  const test::ScopedEnvironment worked_on(kKilledProject, project);
  bool seen = false;
  const auto killed =
      test::runProcess({"/proc/self/exe",
                        "--gtest_filter=KilledWindow.DISABLED_WorksUntilItIsKilled",
                        "--gtest_also_run_disabled_tests"},
                       {.watch = [&](pid_t process, const std::string&) {
                         std::error_code ignored;
                         if (!seen && std::filesystem::exists(folder_ / ".worked.heads.autosave", ignored)) {
                           seen = true;
                           EXPECT_FALSE(window_->document().openElsewhere(project).isEmpty()) << "it lives";
                           kill(process, SIGKILL);
                         }
                       }});
  ASSERT_EQ(killed.exit_code, -SIGKILL) << killed.errors;
  ASSERT_TRUE(std::filesystem::exists(folder_ / ".worked.heads.lock")) << "killed, it leaves that behind";
  window_->openProject(project);
  auto* dialog = window_->findChild<QMessageBox*>("recoveryDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->buttons().front()->click();
  EXPECT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed > 7000; }));
  EXPECT_EQ(window_->document().path(), project);
  window_.reset();  // before the folder that its lock lies in
}

TEST_F(MainWindowTest, WhatIsLeftOfARecentProjectIsOfferedAndStaysUntilItIsAnswered) {
  openModel();
  const std::filesystem::path project = folder_ / "recent.heads";
  window_->document().save(project);
  ASSERT_TRUE(test::waitUntil([&] { return window_->document().path() == project; }));
  const std::filesystem::path sidecar = window_->document().sidecarOf(project);
  window_->document().reset({});
  Project left;
  left.head.seed = 12;
  writeProject(sidecar, left);

  ASSERT_TRUE(window_->offerRecovery()) << "the program begins without a project";
  EXPECT_FALSE(window_->offerRecovery()) << "asks twice";
  child<QMessageBox>("recoveryDialog").reject();  // Esc
  QTest::qWait(100);
  EXPECT_TRUE(window_->document().path().empty()) << "Esc opened it";
  EXPECT_TRUE(std::filesystem::exists(sidecar));

  ASSERT_TRUE(window_->offerRecovery());
  child<QMessageBox>("recoveryDialog").buttons().front()->click();
  EXPECT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed == 12; }));
  EXPECT_EQ(window_->document().path(), project);
  window_.reset();  // before the folder that its lock lies in
}

TEST_F(MainWindowTest, AProjectThatAnotherWindowHasOpenIsACopyHere) {
  openModel();
  const std::filesystem::path project = folder_ / "shared.heads";
  child<QDoubleSpinBox>("seed").setValue(4);
  window_->document().save(project);
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  child<QDoubleSpinBox>("seed").setValue(5);
  window_->document().autosave();
  const std::filesystem::path sidecar = window_->document().sidecarOf(project);
  ASSERT_TRUE(test::waitUntil([&] { return std::filesystem::exists(sidecar); }));

  const test::ScratchFolder places;
  MainWindow second(Places::below(places.path()));
  second.show();
  second.openProject(project);
  EXPECT_EQ(second.findChild<QMessageBox*>("recoveryDialog"), nullptr) << "nothing crashed";
  auto* dialog = second.findChild<QMessageBox*>("openElsewhereDialog");
  ASSERT_NE(dialog, nullptr);
  EXPECT_TRUE(dialog->text().contains(QString::number(QCoreApplication::applicationPid())))
      << dialog->text().toStdString();
  dialog->buttons().front()->click();
  Document& copy = second.document();
  ASSERT_TRUE(test::waitUntil([&] { return copy.project().head.seed == 4; }));
  EXPECT_TRUE(copy.path().empty());
  EXPECT_TRUE(std::filesystem::exists(sidecar)) << "it belongs to the other window";
  copy.edit("Seed", {}, [](Project& other) { other.head.seed = 6; });
  EXPECT_TRUE(copy.isModified());
  copy.save(project);
  ASSERT_TRUE(test::waitUntil([&] { return second.findChild<QDialog*>("errorDialog") != nullptr; }));
  EXPECT_TRUE(copy.isModified());
  EXPECT_EQ(readProject(project).project.head.seed, 4U) << "one window wrote over the other";
  copy.save(folder_ / "mine.heads");
  ASSERT_TRUE(test::waitUntil([&] { return !copy.isModified(); }));
  EXPECT_EQ(readProject(folder_ / "mine.heads").project.head.seed, 6U);
  EXPECT_TRUE(std::filesystem::exists(sidecar));

  // Free again once that window has something else, or is gone.
  window_->document().reset({});
  EXPECT_TRUE(copy.openElsewhere(project).isEmpty());
  EXPECT_EQ(
      window_->document().openElsewhere(folder_ / "mine.heads"),
      QString("process %1 on %2").arg(QCoreApplication::applicationPid()).arg(QSysInfo::machineHostName()));
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

TEST_F(MainWindowTest, TheBackupOfADamagedProjectIsOffered) {
  openModel();
  Project project = window_->document().project();
  project.head.seed = 77;
  writeProject(folder_ / "bad.heads~", project);
  std::ofstream(folder_ / "bad.heads") << "no project";
  window_->open(folder_ / "bad.heads");
  QMessageBox* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QMessageBox*>("backupDialog")) != nullptr; }));
  EXPECT_TRUE(dialog->text().contains("bad.heads~"));
  for (QAbstractButton* button : dialog->buttons()) {
    if (dialog->buttonRole(button) == QMessageBox::AcceptRole) {
      button->click();
    }
  }
  ASSERT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed == 77; }));
  EXPECT_TRUE(window_->document().isModified()) << "the damaged file is still there";
  EXPECT_EQ(window_->document().path(), folder_ / "bad.heads");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "bad.heads~"));
}

TEST_F(MainWindowTest, AnotherProjectDoesNotDropUnsavedChanges) {
  openModel();
  Project other = window_->document().project();
  other.head.seed = 21;
  writeProject(folder_ / "other.heads", other);
  child<QDoubleSpinBox>("seed").setValue(12);
  window_->open(folder_ / "other.heads");
  auto* dialog = window_->findChild<QMessageBox*>("unsavedDialog");
  ASSERT_NE(dialog, nullptr);
  dialog->button(QMessageBox::Cancel)->click();
  EXPECT_EQ(window_->document().project().head.seed, 12U);
  // Saved first, then opened; a file dialog that is closed leaves everything as it was.
  const auto choose = [this](QMessageBox::StandardButton button) {
    QMessageBox* box = nullptr;
    ASSERT_TRUE(test::waitUntil([&] {
      return (box = window_->findChild<QMessageBox*>("unsavedDialog")) != nullptr && box->isVisible();
    }));
    box->button(button)->click();
  };
  QTest::qWait(50);  // the first box is deleted
  window_->open(folder_ / "other.heads");
  choose(QMessageBox::Save);
  QFileDialog* file = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (file = window_->findChild<QFileDialog*>("saveProjectDialog")) != nullptr; }));
  file->reject();
  QTest::qWait(50);
  window_->document().save(folder_ / "mine.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }));
  QTest::qWait(100);
  EXPECT_EQ(window_->document().project().head.seed, 12U) << "the wish to open ended with the dialog";
  child<QDoubleSpinBox>("seed").setValue(13);
  window_->open(folder_ / "other.heads");
  choose(QMessageBox::Save);
  EXPECT_TRUE(test::waitUntil([this] { return window_->document().project().head.seed == 21; }));
  EXPECT_EQ(readProject(folder_ / "mine.heads").project.head.seed, 13U);
}

TEST_F(MainWindowTest, ClosingWithUnsavedChangesAsks) {
  openModel();
  child<QDoubleSpinBox>("seed").setValue(2);
  EXPECT_FALSE(window_->close());
  auto* dialog = window_->findChild<QMessageBox*>("unsavedDialog");
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
  EXPECT_TRUE(static_cast<QMessageBox*>(dialog)->text().contains("SHA-256 0"));
}

TEST_F(MainWindowTest, ProjectOfAChangedModelShowsBothHashes) {
  openModel();
  std::filesystem::copy(kModel, folder_ / "other.safetensors");
  Project project = window_->document().project();
  project.model = {folder_ / "other.safetensors", "00c0ffee"};
  writeProject(folder_ / "changed.heads", project);
  window_->open(folder_ / "changed.heads");
  QDialog* dialog = nullptr;
  ASSERT_TRUE(test::waitUntil(
      [&] { return (dialog = window_->findChild<QDialog*>("changedModelDialog")) != nullptr; }));
  const QString text = static_cast<QMessageBox*>(dialog)->text();
  EXPECT_TRUE(text.contains("other.safetensors"));
  EXPECT_TRUE(text.contains("00c0ffee"));
  EXPECT_TRUE(text.contains(QRegularExpression("file: SHA-256 [0-9a-f]{64}"))) << text.toStdString();
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

TEST_F(MainWindowTest, EditsMadeWhileAProjectIsReadAreAskedAbout) {
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

TEST_F(MainWindowTest, AProjectOpenedByARelativeNameIsTheSameFile) {
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

TEST_F(MainWindowTest, AProjectOpenedThroughALinkIsTheSameFile) {
  openModel();
  writeProject(folder_ / "mine.heads", window_->document().project());
  std::filesystem::create_symlink(folder_ / "mine.heads", folder_ / "link.heads");
  window_->open(folder_ / "link.heads");
  ASSERT_TRUE(test::waitUntil([this] { return !window_->document().path().empty(); }, 20000));
  EXPECT_TRUE(window_->document().openElsewhere(folder_ / "mine.heads").isEmpty());
  child<QDoubleSpinBox>("seed").setValue(9);
  window_->document().save(window_->document().path());
  EXPECT_TRUE(test::waitUntil([this] { return !window_->document().isModified(); }, 20000));
  EXPECT_EQ(readProject(folder_ / "mine.heads").project.head.seed, 9U);
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link.heads"));
}

}  // namespace
}  // namespace panohead::ui
