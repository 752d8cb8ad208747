#include "core/checkpoint/passport.h"
#include "core/checkpoint/safetensors.h"
#include "ui/bridge/qt_convert.h"
#include "ui/main_window.h"
#include "ui/panels/gallery_panel.h"
#include "ui/panels/generate_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/passport_dialog.h"
#include "ui/question_box.h"
#include "ui/viewport_widget.h"

#include <QDockWidget>
#include <QMenuBar>
#include <QMessageBox>
#include <QStatusBar>

namespace panohead::ui {

namespace {
constexpr int kRecent = 8;
}

void MainWindow::makeMenus() {
  makeFileMenu();
  QMenu* edit = menuBar()->addMenu(tr("&Edit"));
  QAction* undo = document_.history().createUndoAction(this, tr("&Undo"));
  undo->setShortcut(QKeySequence::Undo);
  undo->setObjectName("actionUndo");
  QAction* redo = document_.history().createRedoAction(this, tr("&Redo"));
  redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
  redo->setObjectName("actionRedo");
  edit->addAction(undo);
  edit->addAction(redo);
  edit->addSeparator();
  QAction* copy = edit->addAction(tr("&Copy picture"), QKeySequence::Copy, this, &MainWindow::copyPicture);
  copy->setObjectName("actionCopy");
  needs_head_ << copy;
  edit->addAction(tr("Copy &window"),
                  Qt::CTRL | Qt::SHIFT | Qt::Key_C,
                  this,
                  [this] { copyToClipboard(windowPicture()); })
      ->setObjectName("actionCopyWindow");

  QMenu* head = menuBar()->addMenu(tr("&Head"));
  head->addAction(tr("&Next seed"), Qt::Key_PageDown, generate_panel_, &GeneratePanel::nextSeed);
  head->addAction(tr("&Previous seed"), Qt::Key_PageUp, generate_panel_, &GeneratePanel::previousSeed);
  head->addAction(tr("&Random seed"), Qt::CTRL | Qt::Key_R, generate_panel_, &GeneratePanel::randomSeed);
  head->addAction(tr("&Keep in the gallery"), Qt::CTRL | Qt::Key_D, gallery_panel_, &GalleryPanel::keep)
      ->setObjectName("actionKeep");
  head->addSeparator();
  needs_head_ << head->addAction(tr("Mo&del passport\u2026"), this, &MainWindow::showPassport);
  makeViewMenu();

  QMenu* help = menuBar()->addMenu(tr("He&lp"));
  help->addAction(tr("&Keys and mouse"), QKeySequence::HelpContents, this, &MainWindow::showKeys)
      ->setObjectName("actionKeys");
  for (QAction* action : needs_head_) {
    action->setEnabled(false);
  }
}

void MainWindow::makeFileMenu() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&New"), QKeySequence::New, this, &MainWindow::newProject)->setObjectName("actionNew");
  file->addAction(tr("Open &model or avatar\u2026"), QKeySequence::Open, this, &MainWindow::askForModel)
      ->setObjectName("actionOpen");
  file->addAction(
          tr("&Open project\u2026"), Qt::CTRL | Qt::SHIFT | Qt::Key_O, this, &MainWindow::askForProject)
      ->setObjectName("actionOpenProject");
  file->addAction(tr("&Head from photo\u2026"),
                  Qt::CTRL | Qt::Key_H,
                  this,
                  [this] { askForHeadPhotos([this](const Paths& paths) { askWhoseHead(paths); }); })
      ->setObjectName("actionHeadFromPhoto");
  QMenu* recent = file->addMenu(tr("&Recent"));
  recent->setObjectName("recentMenu");
  connect(recent, &QMenu::aboutToShow, this, [this, recent] {
    recent->clear();
    showRecent(*recent, "recent/projects");
    recent->addSeparator();
    showRecent(*recent, "recent/models");
    recent->addSeparator();
    showRecent(*recent, "recent/avatars");
  });
  file->addSeparator();
  file->addAction(tr("&Save"), QKeySequence::Save, this, &MainWindow::saveProject)
      ->setObjectName("actionSaveProject");
  file->addAction(tr("Save &as\u2026"), Qt::CTRL | Qt::SHIFT | Qt::Key_S, this, &MainWindow::saveProjectAs)
      ->setObjectName("actionSaveAs");
  file->addSeparator();
  QAction* picture =
      file->addAction(tr("Save &picture\u2026"), Qt::CTRL | Qt::Key_P, this, &MainWindow::askForPicture);
  picture->setObjectName("actionSave");
  QAction* film = file->addAction(tr("Render &film\u2026"), this, &MainWindow::askForFilm);
  film->setObjectName("actionFilm");
  file->addAction(tr("Save picture of the &window\u2026"), this, &MainWindow::askForWindowPicture)
      ->setObjectName("actionSaveWindow");
  QAction* exporting = file->addAction(tr("&Export\u2026"), Qt::CTRL | Qt::Key_E, this, [this] {
    auto* dock = findChild<QDockWidget*>("exportDock");
    dock->show();
    dock->raise();
  });
  exporting->setObjectName("actionExport");
  needs_head_ << picture << film << exporting;
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close)->setObjectName("actionQuit");
}

void MainWindow::makeViewMenu() {
  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addAction(tr("&Reset"), Qt::Key_Home, viewport_, &ViewportWidget::resetCamera)
      ->setObjectName("actionReset");
  QAction* turn = view->addAction(tr("T&urntable"));
  turn->setShortcut(Qt::Key_T);
  turn->setCheckable(true);
  connect(turn, &QAction::toggled, viewport_, &ViewportWidget::setTurning);
  connect(viewport_, &ViewportWidget::turningChanged, turn, &QAction::setChecked);
  view->addAction(tr("Set &key frame"), Qt::Key_K, timeline_panel_, &TimelinePanel::setKey);
  view->addSeparator();
  const auto add_view = [this, view](const QString& text, QKeyCombination key, render::Snap direction) {
    view->addAction(text, QKeySequence(key), this, [this, direction] { viewport_->snap(direction); });
  };
  const auto keypad = [](Qt::Key key) { return QKeyCombination(Qt::KeypadModifier, key); };
  const auto opposite = [](Qt::Key key) {
    return QKeyCombination(Qt::KeypadModifier | Qt::ControlModifier, key);
  };
  add_view(tr("&Front"), keypad(Qt::Key_1), render::Snap::Front);
  add_view(tr("&Back"), opposite(Qt::Key_1), render::Snap::Back);
  add_view(tr("R&ight"), keypad(Qt::Key_3), render::Snap::Right);
  add_view(tr("&Left"), opposite(Qt::Key_3), render::Snap::Left);
  add_view(tr("&Top"), keypad(Qt::Key_7), render::Snap::Top);
  add_view(tr("B&ottom"), opposite(Qt::Key_7), render::Snap::Bottom);
  view->addSeparator();
  for (QDockWidget* dock : findChildren<QDockWidget*>(Qt::FindDirectChildrenOnly)) {
    view->addAction(dock->toggleViewAction());
  }
}

void MainWindow::showRecent(QMenu& menu, const QString& key) {
  const QStringList paths = settings_.value(key).toStringList();
  for (const QString& path : paths) {
    menu.addAction(QString(path).replace("&", "&&"), this, [this, path] { open(toPath(path)); });
  }
  if (paths.isEmpty()) {
    menu.addAction(key.endsWith("models")    ? tr("(no model yet)")
                   : key.endsWith("avatars") ? tr("(no avatar yet)")
                                             : tr("(no project yet)"))
        ->setEnabled(false);
  }
}

void MainWindow::remember(const QString& key, const std::filesystem::path& path) {
  QStringList paths = settings_.value(key).toStringList();
  const QString text = toQString(std::filesystem::absolute(path));
  paths.removeAll(text);
  paths.prepend(text);
  settings_.setValue(key, paths.mid(0, kRecent));
}

void MainWindow::showPassport() {
  const HeadPtr head = session_.head();
  if (!head) {
    return;
  }
  if (session_.activity(passport_job_) != nullptr) {  // a second click
    return;
  }
  passport_job_ = session_.start(
      tr("Reading the passport"),
      [path = modelInfo(*headModel(*head)).path](JobContext& context) {
        return makePassport(openCheckpoint(path, context), context);
      },
      [this](const ModelPassport& passport) {
        auto* dialog = new PassportDialog(passport, this);
        // Not in the dialog's name: it may be closed long before the file is written.
        connect(dialog,
                &PassportDialog::convertRequested,
                this,
                [this, from = std::filesystem::path(passport.file)](const std::filesystem::path& to) {
                  convertModel(from, to);
                });
        dialog->open();
      });
}

void MainWindow::convertModel(const std::filesystem::path& from, const std::filesystem::path& to) {
  session_.start(
      tr("Converting"),
      [from, to](JobContext& context) {
        const Checkpoint checkpoint = openCheckpoint(from, context);
        const NetworkState network = checkpoint.network();
        writeSafetensors(
            to, std::span(&network, 1), {.metadata = provenanceOf(checkpoint, context)}, context);
        std::error_code ignored;
        return std::filesystem::file_size(to, ignored);
      },
      [this, from, to](std::uintmax_t bytes) {
        statusBar()->showMessage(tr("Converted to %1").arg(toQString(to)), 8000);
        Question{"convertedDialog",
                 tr("Converted"),
                 tr("The network of '%1' lies in\n%2\n(%3 MB). Nothing in that file could be run.")
                     .arg(toQString(from.filename()), toQString(to))
                     .arg(static_cast<double>(bytes) / 1e6, 0, 'f', 1),
                 {{tr("&Open it"), QMessageBox::AcceptRole, [this, to] { openModel(to); }, "openConverted"}},
                 {{QMessageBox::Close}},
                 QMessageBox::Information}
            .ask(this);
      });
}

void MainWindow::showKeys() {
  auto* box = new QMessageBox(this);
  box->setObjectName("keysDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setWindowTitle(tr("Keys and mouse"));
  box->setText(
      tr("<h3>Mouse</h3><table cellpadding='2'>"
         "<tr><td>Left drag</td><td>turn around the head</td></tr>"
         "<tr><td>Alt and left drag</td><td>turn the picture, where roll is not locked</td></tr>"
         "<tr><td>Middle drag</td><td>shift the view</td></tr>"
         "<tr><td>Wheel</td><td>nearer, farther</td></tr>"
         "<tr><td>Double click</td><td>look at this point of the surface</td></tr>"
         "<tr><td>Double click on a slider</td><td>back to its usual value</td></tr>"
         "<tr><td>Drop a file</td><td>open a model, project or avatar; make a head from a photo or put it "
         "behind "
         "one; watch a run's folder; train on a data set; cameras as key frames</td></tr></table>"
         "<h3>Keys</h3><table cellpadding='2'>"
         "<tr><td>Arrows, +, \u2212</td><td>turn, nearer, farther (viewport focused)</td></tr>"
         "<tr><td>Shift and arrows</td><td>shift the view (viewport focused)</td></tr>"
         "<tr><td>B (hold)</td><td>see the head before the last change (viewport focused)</td></tr>"
         "<tr><td>Home</td><td>first view</td></tr>"
         "<tr><td>Keypad 1, 3, 7</td><td>front, right, top; with Ctrl the opposite</td></tr>"
         "<tr><td>T, Ctrl+T</td><td>turntable, training</td></tr>"
         "<tr><td>K</td><td>key frame at the playhead</td></tr>"
         "<tr><td>Page Down, Page Up</td><td>next, previous seed</td></tr>"
         "<tr><td>Ctrl+R, Ctrl+D</td><td>random seed, keep the head in the gallery</td></tr>"
         "<tr><td>Ctrl+Z, Ctrl+Shift+Z</td><td>undo, redo</td></tr>"
         "<tr><td>Ctrl+O, Ctrl+Shift+O</td><td>open model, open project</td></tr>"
         "<tr><td>Ctrl+H</td><td>head from photo; the square's and the brush's keys are in its tool "
         "tip</td></tr>"
         "<tr><td>Ctrl+N, Ctrl+S, Ctrl+Shift+S</td><td>new, save, save as</td></tr>"
         "<tr><td>Ctrl+P, Ctrl+C, Ctrl+Shift+C</td><td>save picture, copy picture, copy window</td></tr>"
         "<tr><td>Ctrl+E</td><td>export: meshes and more</td></tr>"
         "<tr><td>, and .</td><td>move the line between picture and mesh (viewport focused)</td></tr>"
         "<tr><td>Ctrl+Q</td><td>quit</td></tr>"
         "<tr><td>Esc</td><td>cancel the head or model that is being made; exports have buttons of their "
         "own</td></tr>"
         "<tr><td>F1</td><td>this page</td></tr></table>"));
  box->open();
}

}  // namespace panohead::ui
