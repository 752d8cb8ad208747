// The window: what goes out. Pictures, the clipboard, films and cameras.
#include "core/base/image_io.h"
#include "ui/bridge/qt_image.h"
#include "ui/file_dialogs.h"
#include "ui/film_job.h"
#include "ui/main_window.h"
#include "ui/viewport_widget.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QPainter>
#include <QStatusBar>

namespace panohead::ui {

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

}  // namespace panohead::ui
