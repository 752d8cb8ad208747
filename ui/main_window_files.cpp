// The window: what comes in. Files that are opened and dropped.
#include "core/base/paths.h"
#include "core/filming/camera_keys.h"
#include "core/session/backdrop.h"
#include "ui/file_dialogs.h"
#include "ui/main_window.h"
#include "ui/opened_file.h"
#include "ui/panels/background_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/panels/training_panel.h"
#include "ui/picture_files.h"
#include "ui/training/training_dock.h"

#include <QDockWidget>
#include <QDragEnterEvent>
#include <QMimeData>
#include <QStatusBar>
#include <QUrl>

#include <algorithm>
#include <vector>

namespace panohead::ui {

void MainWindow::open(const std::filesystem::path& named) {
  // Projects and recent files say where it lies, whatever folder the program was started in.
  const std::filesystem::path path = std::filesystem::absolute(named);
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

void MainWindow::openPhoto(const std::filesystem::path& path) {
  session_.start(
      tr("Reading %1").arg(toQString(path.filename())),
      [path](JobContext&) { return readBackdrop(path); },
      [this, path](std::shared_ptr<const Image> image) {
        background_panel_->setPhoto(std::move(image), path);
      });
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

void MainWindow::askForPhoto() {
  askToOpen(this,
            tr("Picture behind the head"),
            "photoDialog",
            {backdropFilter(), tr("All files (*)")},
            [this](const std::filesystem::path& file) { openPhoto(file); });
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
