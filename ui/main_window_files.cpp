#include "core/base/image_io.h"
#include "core/filming/camera_keys.h"
#include "core/session/backdrop.h"
#include "ui/bridge/qt_image.h"
#include "ui/file_dialogs.h"
#include "ui/film_job.h"
#include "ui/main_window.h"
#include "ui/opened_file.h"
#include "ui/panels/background_panel.h"
#include "ui/panels/photo_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/panels/training_panel.h"
#include "ui/picture_files.h"
#include "ui/question_box.h"
#include "ui/training/training_dock.h"
#include "ui/viewport_widget.h"

#include <QClipboard>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QGuiApplication>
#include <QMimeData>
#include <QPainter>
#include <QStatusBar>
#include <QUrl>

#include <algorithm>
#include <vector>

namespace panohead::ui {

void MainWindow::open(const std::filesystem::path& named) {
  // Projects and recent files say where it lies, whatever folder the program was started in.
  const std::filesystem::path path = std::filesystem::absolute(named).lexically_normal();
  if (const OpenedFile known = recogniseByName(path); known.kind != FileKind::Unknown) {
    use(known);
    return;
  }
  session_.start(
      tr("Looking into %1").arg(toQString(path.filename())),
      [path](JobContext&) { return recognise(path); },
      [this](const OpenedFile& file) { use(file); });
}

void MainWindow::use(const OpenedFile& file) {
  if (file.kind != FileKind::Model) {
    openAnyModel();
  }
  switch (file.kind) {
    case FileKind::Model:
      openModel(file.path);
      break;
    case FileKind::Project:
      openProject(file.path);
      break;
    case FileKind::Avatar:
      openAvatar(file.path);
      break;
    case FileKind::Picture:
      choosePhotoUse({file.path});
      break;
    case FileKind::Cameras:
      openCameras(file.path);
      break;
    case FileKind::DataSet:
      showTraining().setData(file.path, file.masks);
      break;
    case FileKind::RunFolder:
      showTraining().attach(file.path);
      break;
    case FileKind::Unknown:
      showError(unusableFile(file.path));
      break;
  }
}

TrainingPanel& MainWindow::showTraining() {
  training_->show();
  training_->raise();
  return training_->panel();
}

void MainWindow::openCameras(const std::filesystem::path& path) {
  struct Opened {
    KeyFrames path;
    double frames_per_second;
  };
  session_.start(
      tr("Reading %1").arg(toQString(path.filename())),
      [path, head = document_.project().head](JobContext& context) {
        const CameraSet cameras = readCameraSet(path);
        return Opened{keyFramesOf(cameras, head, context), cameras.frames_per_second};
      },
      [this, path](Opened opened) {
        const std::size_t count = opened.path.frames().size();
        timeline_panel_->play(false);
        document_.edit(tr("Cameras of %1").arg(toQString(path.filename())), {}, [&opened](Project& project) {
          project.camera = opened.path.frames().front().camera;
          project.key_frames = std::move(opened.path);
          project.frames_per_second = opened.frames_per_second;
        });
        auto* dock = findChild<QDockWidget*>("timelineDock");
        dock->show();
        dock->raise();
        statusBar()->showMessage(tr("Key frames from %1: %2").arg(toQString(path.filename())).arg(count),
                                 8000);
      });
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
            {tr("Open the saved one"), QMessageBox::RejectRole, [this, path] { document_.open(path); }}},
           {},
           QMessageBox::Question}
      .ask(this);
}

bool MainWindow::offerRecovery() {
  const std::filesystem::path sidecar = document_.leftBehind({});
  if (sidecar.empty()) {
    return false;
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
      tr("head_%1.png").arg(session_.head() ? headOptions(*session_.head()).seed : 0),
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

bool MainWindow::haveHead() {
  if (!session_.head()) {
    showError(OptionError(tr("No model is open yet").toStdString(),
                          tr("wait until it is, or open one with File > Open").toStdString()));
  }
  return session_.head() != nullptr;
}

void MainWindow::askForFilm() {
  if (!haveHead()) {
    return;
  }
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
            [this](const FilmResult& made) { statusBar()->showMessage(toQString(made.told), 8000); },
            Lane::Export);
      });
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  // A bare name is a film's as long as films are chosen, else a folder's.
  const auto name_films = [dialog, films = dialog->nameFilters().front()](const QString& filter) {
    dialog->setDefaultSuffix(filter == films ? "mp4" : QString());
  };
  name_films(dialog->selectedNameFilter());
  connect(dialog, &QFileDialog::filterSelected, dialog, name_films);
  dialog->selectFile(tr("film.mp4"));
  dialog->open();
}

void MainWindow::askForCameras() {
  if (!haveHead()) {
    return;
  }
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

bool MainWindow::confirmEndOfExport() {
  const Activity* exporting = session_.activity(Lane::Export);
  if (exporting == nullptr || exporting->id == stopped_export_) {
    return true;
  }
  Question{"exportRunsDialog",
           tr("An export is under way"),
           tr("%1 is not finished. Nothing of it is left when the window closes now.").arg(exporting->title),
           {{tr("Stop it and close"),
             QMessageBox::DestructiveRole,
             [this, id = exporting->id] {
               session_.cancel(id);
               stopped_export_ = id;
               close();
             },
             "exportStop"}},
           {{QMessageBox::Cancel}}}
      .ask(this);
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

// Everything that has an address: what cannot be used is told when it is dropped.
void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) {
    event->acceptProposedAction();
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  std::vector<std::filesystem::path> paths;
  for (const QUrl& url : event->mimeData()->urls()) {
    if (!url.isLocalFile()) {
      showError(OptionError(tr("'%1' is no file of this machine").arg(url.toDisplayString()).toStdString(),
                            tr("save it first, and drop the file").toStdString()));
      return;
    }
    paths.push_back(toPath(url.toLocalFile()));
  }
  if (paths.size() == 1) {
    open(paths.front());
  } else if (std::ranges::all_of(paths, isPictureFile)) {
    openAnyModel();
    choosePhotoUse(paths);
  } else {
    showError(OptionError(tr("Only photos can be dropped several at a time").toStdString(),
                          tr("drop the others one by one").toStdString()));
  }
}

}  // namespace panohead::ui
