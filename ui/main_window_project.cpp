// The window: the project that is open, and what is asked before it is left.
#include "ui/file_dialogs.h"
#include "ui/main_window.h"
#include "ui/panels/photo_panel.h"
#include "ui/question_box.h"
#include "ui/training/training_dock.h"

#include <QCloseEvent>

namespace panohead::ui {

void MainWindow::openProject(const std::filesystem::path& path) {
  leaveProject([this, path] { openLeftProject(path); });
}

void MainWindow::openLeftProject(const std::filesystem::path& path) {
  if (const std::string name = path.string(); name.ends_with(".heads~")) {  // the version before
    document_.recover(path, name.substr(0, name.size() - 1));
    return;
  }
  if (const QString owner = document_.openElsewhere(path); !owner.isEmpty()) {
    // Its sidecar is no crash's, and two windows would write over each other.
    Question{"openElsewhereDialog",
             tr("Open in another window"),
             tr("'%1' is open in another window (%2), which alone can save it.\n\nA copy can be opened here, "
                "to be saved under another name.")
                 .arg(toQString(path.filename()), owner),
             {{tr("Open a copy"), QMessageBox::AcceptRole, [this, path] { document_.openCopy(path); }}},
             {{QMessageBox::Cancel}}}
        .ask(this);
    return;
  }
  const std::filesystem::path sidecar = document_.leftBehind(path);
  if (sidecar.empty() || path == document_.path()) {  // the sidecar is this window's own: back to the file
    document_.open(path);
    return;
  }
  Question{"recoveryDialog",
           tr("Unsaved changes"),
           tr("The program ended before changes of '%1' were saved.").arg(toQString(path.filename())),
           {{tr("Bring them back"),
             QMessageBox::AcceptRole,
             [this, sidecar, path] { document_.recover(sidecar, path); }},
            {tr("Open the saved one"), QMessageBox::DestructiveRole, [this, path] { document_.open(path); }}},
           {{QMessageBox::Cancel}},  // for now: what was left stays where it is
           QMessageBox::Question}
      .ask(this);
}

bool MainWindow::offerRecovery() {
  const std::filesystem::path sidecar = document_.leftBehind({});
  if (sidecar.empty()) {
    return offerRecent();
  }
  Question{
      "recoveryDialog",
      tr("Unsaved project"),
      tr("The program ended before a project was saved."),
      {{tr("Bring it back"), QMessageBox::AcceptRole, [this, sidecar] { document_.recover(sidecar, {}); }},
       {tr("Throw it away"),
        QMessageBox::DestructiveRole,
        [sidecar] {
          std::error_code ignored;
          std::filesystem::remove(sidecar, ignored);
        }}},
      {},
      QMessageBox::Question}
      .ask(this);
  return true;
}

bool MainWindow::offerRecent() {
  if (findChild<QMessageBox*>("recoveryDialog") != nullptr) {  // of the project that the program began with
    return false;
  }
  for (const QString& text : settings_.value("recent/projects").toStringList()) {
    const std::filesystem::path path = toPath(text);
    if (path != document_.path() && !document_.leftBehind(path).empty() &&
        document_.openElsewhere(path).isEmpty()) {
      openProject(path);
      return true;
    }
  }
  return false;
}

void MainWindow::newProject() {
  leaveProject([this] {
    Project fresh;
    fresh.model = document_.project().model;
    document_.reset(std::move(fresh));
  });
}

void MainWindow::leaveProject(const std::function<void()>& then) {
  if (!document_.isModified()) {
    then();
    return;
  }
  Question{"unsavedDialog",
           tr("Unsaved changes"),
           tr("Save the changes of this project first?"),
           {},
           {{QMessageBox::Save,
             [this, then] {
               after_save_ = then;
               saveProject();
             }},
            {QMessageBox::Discard, then},
            {QMessageBox::Cancel}}}
      .ask(this);
}

void MainWindow::askForMissingModel(const std::filesystem::path& path) {
  Question{"missingModelDialog",
           tr("Model missing"),
           tr("The model of this project is not there:\n%1\nSHA-256 %2\n\nThe heads are shown "
              "with the open model until you choose it.")
               .arg(toQString(path), toQString(document_.project().model.sha256)),
           {{tr("Choose the file\u2026"), QMessageBox::AcceptRole, [this] { askForModel(); }},
            {tr("Go on without"), QMessageBox::RejectRole}}}
      .ask(this);
}

void MainWindow::askAboutChangedModel(const std::filesystem::path& path,
                                      const std::string& wanted,
                                      const std::string& found) {
  Question{"changedModelDialog",
           tr("Another model"),
           tr("'%1' is not the model that this project was made with: heads may look "
              "different.\n\nproject: SHA-256 %2\nfile: SHA-256 %3")
               .arg(toQString(path.filename()), toQString(wanted), toQString(found)),
           {{tr("Choose another file\u2026"), QMessageBox::AcceptRole, [this] { askForModel(); }},
            {tr("Use this one"), QMessageBox::RejectRole}}}
      .ask(this);
}

void MainWindow::offerBackup(const std::filesystem::path& path, const Error& error) {
  std::filesystem::path backup = path;
  backup += "~";
  std::error_code ignored;
  if (!std::filesystem::exists(backup, ignored)) {
    showError(error);
    return;
  }
  Question{"backupDialog",
           tr("Damaged project"),
           tr("%1\n\nThe version before it was kept as '%2'.")
               .arg(QString::fromUtf8(error.what()), toQString(backup.filename())),
           {{tr("Open the backup"),
             QMessageBox::AcceptRole,
             [this, backup, path] { document_.recover(backup, path); }}},
           {{QMessageBox::Cancel}}}
      .ask(this);
}

void MainWindow::askForProject() {
  askToOpen(this,
            tr("Open project"),
            "openProjectDialog",
            {tr("Projects (*.heads *.heads~)")},
            [this](const std::filesystem::path& file) { openProject(file); });
}

void MainWindow::saveProject() {
  if (document_.path().empty()) {
    saveProjectAs();
  } else {
    document_.save(document_.path());
  }
}

void MainWindow::saveProjectAs() {
  const QFileDialog* dialog =
      askToSave(this,
                tr("Save project"),
                "saveProjectDialog",
                tr("Projects (*.heads)"),
                "heads",
                document_.path().empty() ? tr("head.heads") : toQString(document_.path()),
                [this](const std::filesystem::path& file) { document_.save(file); });
  connect(dialog, &QDialog::rejected, this, [this] { after_save_ = {}; });
}

bool MainWindow::confirmEndOfExport() {
  const std::vector<Activity> exporting = session_.activities(Lane::Export);
  if (exporting.empty() || exporting.back().id <= agreed_export_) {
    return true;
  }
  QStringList titles;
  for (const Activity& activity : exporting) {
    titles << activity.title;
  }
  Question{"exportRunsDialog",
           tr("An export is under way"),
           tr("Not finished: %1. Closing now discards it.").arg(titles.join(", ")),
           {{tr("Close all the same"),
             QMessageBox::DestructiveRole,
             [this, newest = exporting.back().id] {
               agreed_export_ = newest;  // they end with the window, which may be asked to stay yet
               close();
             },
             "exportStop"}},
           {{QMessageBox::Cancel}}}
      .ask(this)
      ->setDefaultButton(QMessageBox::Cancel);  // Enter by habit loses nothing
  return false;
}

bool MainWindow::confirmClose() {
  if (confirmed_ || !document_.isModified()) {
    return true;
  }
  leaveProject([this] {
    confirmed_ = true;  // until something changes: what comes next may ask, too
    close();
  });
  return false;
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!confirmEndOfExport() || !confirmClose() || !photo_panel_->confirmClose() ||
      !training_->confirmClose()) {
    event->ignore();
    return;
  }
  document_.removeSidecar();
  settings_.setValue("window/geometry", saveGeometry());
  settings_.setValue("window/state", saveState());
  event->accept();
}

}  // namespace panohead::ui
