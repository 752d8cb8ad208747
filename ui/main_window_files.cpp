#include "core/base/image_io.h"
#include "core/session/backdrop.h"
#include "ui/bridge/qt_image.h"
#include "ui/file_dialogs.h"
#include "ui/film_job.h"
#include "ui/main_window.h"
#include "ui/panels/background_panel.h"
#include "ui/panels/photo_panel.h"
#include "ui/panels/training_panel.h"
#include "ui/picture_files.h"
#include "ui/training/training_dock.h"
#include "ui/viewport_widget.h"

#include <QClipboard>
#include <QCloseEvent>
#include <QDragEnterEvent>
#include <QGuiApplication>
#include <QMessageBox>
#include <QMimeData>
#include <QPainter>
#include <QPushButton>
#include <QStatusBar>
#include <QUrl>

#include <algorithm>
#include <vector>

namespace panohead::ui {

void MainWindow::open(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool is_folder = std::filesystem::is_directory(path, ignored);
  const bool is_model =
      !is_folder && path.extension() != ".heads" && path.extension() != ".avatar" && !isPictureFile(path);
  if (!is_model) {
    openAnyModel();
  }
  if (is_folder) {  // a run's, or one that says what it is not
    training_->show();
    training_->raise();
    training_->panel().attach(path);
  } else if (path.extension() == ".heads") {
    openProject(path);
  } else if (isPictureFile(path)) {
    choosePhotoUse({path});
  } else if (path.extension() == ".avatar") {
    openAvatar(path);
  } else {
    openModel(path);
  }
}

void MainWindow::openAnyModel() {
  if (!wanted_model_.empty()) {
    return;
  }
  try {
    openModel(defaultModelPath());
  } catch (const Error& error) {
    showError(error);
  }
}

void MainWindow::openProject(const std::filesystem::path& path) {
  leaveProject([this, path] { openLeftProject(path); });
}

void MainWindow::openLeftProject(const std::filesystem::path& path) {
  const std::filesystem::path sidecar = document_.leftBehind(path);
  if (sidecar.empty() || path == document_.path()) {  // the sidecar is this window's own: back to the file
    document_.open(path);
    return;
  }
  auto* box = new QMessageBox(
      QMessageBox::Question,
      tr("Unsaved changes"),
      tr("The program ended before changes of '%1' were saved.").arg(toQString(path.filename())),
      QMessageBox::NoButton,
      this);
  box->setObjectName("recoveryDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* recover = box->addButton(tr("Bring them back"), QMessageBox::AcceptRole);
  box->addButton(tr("Open the saved one"), QMessageBox::RejectRole);
  connect(box, &QMessageBox::finished, this, [this, box, recover, sidecar, path] {
    if (box->clickedButton() == static_cast<QAbstractButton*>(recover)) {
      document_.recover(sidecar, path);
    } else {
      document_.open(path);
    }
  });
  box->open();
}

bool MainWindow::offerRecovery() {
  const std::filesystem::path sidecar = document_.leftBehind({});
  if (sidecar.empty()) {
    return false;
  }
  auto* box = new QMessageBox(QMessageBox::Question,
                              tr("Unsaved project"),
                              tr("The program ended before a project was saved."),
                              QMessageBox::NoButton,
                              this);
  box->setObjectName("recoveryDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* recover = box->addButton(tr("Bring it back"), QMessageBox::AcceptRole);
  box->addButton(tr("Throw it away"), QMessageBox::DestructiveRole);
  connect(box, &QMessageBox::finished, this, [this, box, recover, sidecar] {
    if (box->clickedButton() == static_cast<QAbstractButton*>(recover)) {
      document_.recover(sidecar, {});
    } else {
      std::error_code ignored;
      std::filesystem::remove(sidecar, ignored);
    }
  });
  box->open();
  return true;
}

void MainWindow::openPhoto(const std::filesystem::path& path) {
  session_.start(
      tr("Reading %1").arg(toQString(path.filename())),
      [path](JobContext&) { return readBackdrop(path); },
      [this, path](std::shared_ptr<const Image> image) {
        background_panel_->setPhoto(std::move(image), path);
      });
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
  auto* box = new QMessageBox(QMessageBox::Warning,
                              tr("Unsaved changes"),
                              tr("Save the changes of this project first?"),
                              QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel,
                              this);
  box->setObjectName("unsavedDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  connect(box, &QMessageBox::finished, this, [this, then](int answer) {
    if (answer == QMessageBox::Discard) {
      then();
    } else if (answer == QMessageBox::Save) {
      after_save_ = then;
      saveProject();
    }
  });
  box->open();
}

void MainWindow::askForModel() {
  askToOpen(this,
            tr("Open model or avatar"),
            "openDialog",
            {tr("Models and avatars (*.safetensors *.pkl *.pt *.pth *.avatar)"), tr("All files (*)")},
            [this](const std::filesystem::path& file) {
              file.extension() == ".avatar" ? openAvatar(file) : openModel(file);
            });
}

void MainWindow::askForMissingModel(const std::filesystem::path& path) {
  auto* box = new QMessageBox(QMessageBox::Warning,
                              tr("Model missing"),
                              tr("The model of this project is not there:\n%1\nSHA-256 %2\n\nThe heads are shown "
                                 "with the open model until you choose it.")
                                  .arg(toQString(path), toQString(document_.project().model.sha256)),
                              QMessageBox::NoButton,
                              this);
  box->setObjectName("missingModelDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* choose = box->addButton(tr("Choose the file\u2026"), QMessageBox::AcceptRole);
  box->addButton(tr("Go on without"), QMessageBox::RejectRole);
  connect(box, &QMessageBox::finished, this, [this, box, choose] {
    if (box->clickedButton() == static_cast<QAbstractButton*>(choose)) {
      askForModel();
    }
  });
  box->open();
}

void MainWindow::askAboutChangedModel(const std::filesystem::path& path,
                                      const std::string& wanted,
                                      const std::string& found) {
  auto* box = new QMessageBox(QMessageBox::Warning,
                              tr("Another model"),
                              tr("'%1' is not the model that this project was made with: heads may look "
                                 "different.\n\nproject: SHA-256 %2\nfile: SHA-256 %3")
                                  .arg(toQString(path.filename()), toQString(wanted), toQString(found)),
                              QMessageBox::NoButton,
                              this);
  box->setObjectName("changedModelDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* choose = box->addButton(tr("Choose another file\u2026"), QMessageBox::AcceptRole);
  box->addButton(tr("Use this one"), QMessageBox::RejectRole);
  connect(box, &QMessageBox::finished, this, [this, box, choose] {
    if (box->clickedButton() == static_cast<QAbstractButton*>(choose)) {
      askForModel();
    }
  });
  box->open();
}

void MainWindow::offerBackup(const std::filesystem::path& path, const Error& error) {
  std::filesystem::path backup = path;
  backup += "~";
  std::error_code ignored;
  if (!std::filesystem::exists(backup, ignored)) {
    showError(error);
    return;
  }
  auto* box = new QMessageBox(QMessageBox::Warning,
                              tr("Damaged project"),
                              QString::fromUtf8(error.what()) +
                                  tr("\n\nThe version before it was kept as '%1'.").arg(toQString(backup.filename())),
                              QMessageBox::Cancel,
                              this);
  box->setObjectName("backupDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* open = box->addButton(tr("Open the backup"), QMessageBox::AcceptRole);
  connect(box, &QMessageBox::finished, this, [this, box, open, backup, path] {
    if (box->clickedButton() == static_cast<QAbstractButton*>(open)) {
      document_.recover(backup, path);
    }
  });
  box->open();
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

void MainWindow::askForPhoto() {
  askToOpen(this,
            tr("Picture behind the head"),
            "photoDialog",
            {backdropFilter(), tr("All files (*)")},
            [this](const std::filesystem::path& file) { openPhoto(file); });
}

void MainWindow::askForPicture() {
  askToSave(
      this,
      tr("Save picture"),
      "saveDialog",
      tr("Pictures (*.png)"),
      "png",
      tr("head_%1.png").arg(session_.options().seed),
      [this](const std::filesystem::path& file) { session_.savePicture(file, viewport_->refinedView()); });
}

// grab() leaves out what OpenGL drew.
QImage MainWindow::windowPicture() {
  QPixmap picture = grab();
  QPainter painter(&picture);
  painter.drawImage(QRect(viewport_->mapTo(this, QPoint(0, 0)), viewport_->size()),
                    viewport_->grabFramebuffer());
  painter.end();
  return picture.toImage();
}

void MainWindow::askForWindowPicture() {
  askToSave(this,
            tr("Save picture of the window"),
            "saveWindowDialog",
            tr("Pictures (*.png)"),
            "png",
            tr("window.png"),
            [this, image = windowPicture()](const std::filesystem::path& file) {
              session_.start(
                  tr("Saving %1").arg(toQString(file.filename())),
                  [image, file](JobContext&) {
                    writePng(file, toImage(image));
                    return file;
                  },
                  [this](const std::filesystem::path& written) {
                    statusBar()->showMessage(tr("Saved %1").arg(toQString(written)), 5000);
                  });
            });
}

void MainWindow::askForFilm() {
  const Project& project = document_.project();
  if (project.key_frames.empty()) {
    showError(
        OptionError(tr("There is no key frame yet").toStdString(),
                    tr("turn the head, press K, move the playhead, turn again, press K").toStdString()));
    return;
  }
  QFileDialog* dialog = makeFileDialog(
      this,
      tr("Render film"),
      "filmDialog",
      {tr("Films (*.mp4 *.webm *.webp)"), tr("Folder of PNG files, with alpha (*)")},
      [this](const std::filesystem::path& file) {
        session_.start(
            tr("Film"),
            [request = keyFrameFilm(session_.head(), document_.project(), file)](JobContext& context) {
              return renderFilm(request, context);
            },
            [this](const FilmResult& made) { statusBar()->showMessage(toQString(made.told), 8000); });
      });
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->selectFile(tr("film.mp4"));
  dialog->open();
}

void MainWindow::askForCameras() {
  askToSave(this,
            tr("Save cameras"),
            "camerasDialog",
            tr("Cameras (*.json)"),
            "json",
            tr("cameras.json"),
            [this](const std::filesystem::path& file) {
              session_.start(
                  tr("Cameras"),
                  [request = keyFrameFilm(session_.head(), document_.project(), file)](JobContext&) {
                    writeFilmCameras(request);
                    return 0;
                  },
                  [this](int) { statusBar()->showMessage(tr("Saved the cameras"), 5000); });
            });
}

void MainWindow::copyPicture() {
  if (const HeadPtr head = session_.head()) {
    session_.start(
        tr("Copying the picture"),
        [head, view = viewport_->refinedView()](JobContext& context) {
          return renderFrame(*head, view, context).picture;
        },
        [this](const Image& picture) {
          copyToClipboard(toQImage(picture));
          statusBar()->showMessage(tr("The picture is in the clipboard"), 5000);
        });
  }
}

void MainWindow::copyToClipboard(const QImage& image) { QGuiApplication::clipboard()->setImage(image); }

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
  if (!confirmClose() || !photo_panel_->confirmClose() || !training_->confirmClose()) {
    event->ignore();
    return;
  }
  document_.removeSidecar();
  settings_.setValue("window/geometry", saveGeometry());
  settings_.setValue("window/state", saveState());
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  const bool local = !urls.isEmpty() && std::ranges::all_of(urls, &QUrl::isLocalFile);
  const bool pictures = local && std::ranges::all_of(urls, [](const QUrl& url) {
                          return isPictureFile(toPath(url.toLocalFile()));
                        });
  if (pictures || (local && urls.size() == 1)) {
    event->acceptProposedAction();
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  std::vector<std::filesystem::path> paths;
  for (const QUrl& url : event->mimeData()->urls()) {
    paths.push_back(toPath(url.toLocalFile()));
  }
  if (paths.size() == 1) {
    open(paths.front());
  } else if (!paths.empty()) {
    openAnyModel();
    choosePhotoUse(paths);
  }
  event->acceptProposedAction();
}

}  // namespace panohead::ui
