#include "core/avatar/avatar_file.h"
#include "core/session/avatar_session.h"
#include "ui/file_dialogs.h"
#include "ui/main_window.h"
#include "ui/panels/edit_panel.h"
#include "ui/panels/photo_panel.h"
#include "ui/picture_files.h"
#include "ui/question_box.h"

#include <QDockWidget>
#include <QPushButton>
#include <QStatusBar>
#include <QTimer>

#include <algorithm>

namespace panohead::ui {
namespace {

constexpr int kPhotoWidth = 430;  // logical pixels, of the right docks while the photo panel is in front
constexpr int kSceneWidth = 262;

/// A path in a folder that no file has yet.
std::filesystem::path freePath(const std::filesystem::path& folder, const std::string& name) {
  std::error_code ignored;
  std::filesystem::path path = folder / (name + ".avatar");
  for (int i = 2; std::filesystem::exists(path, ignored); ++i) {
    path = folder / (name + " " + std::to_string(i) + ".avatar");
  }
  return path;
}

/// What a file may be called.
std::string fileName(const Avatar& avatar) {
  std::string name = avatar.name.empty() ? "head" : avatar.name;
  std::ranges::replace(name, '/', '_');
  return name;
}

}  // namespace

void MainWindow::makePhotoDock() {
  auto* dock = new QDockWidget(tr("Photo"));
  dock->setObjectName("photoDock");
  dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable);
  dock->setWidget(photo_panel_);
  auto* scene = findChild<QDockWidget*>("sceneDock");
  tabifyDockWidget(scene, dock);
  dock->setTitleBarWidget(new QWidget(dock));  // the tab says it already
  // It needs more room than what it shares its place with.
  connect(dock, &QDockWidget::visibilityChanged, this, [this, dock](bool visible) {
    if (visible) {  // later: what is being laid out now would undo it
      QTimer::singleShot(0, this, [this, dock] {
        if (dock->isVisible() && dock->width() < kPhotoWidth) {
          resizeDocks({dock}, {kPhotoWidth}, Qt::Horizontal);
        }
      });
    }
  });
  for (QDockWidget* other : {scene, findChild<QDockWidget*>("exportDock")}) {
    connect(other, &QDockWidget::visibilityChanged, this, [this, other](bool visible) {
      if (visible && other->width() >= kPhotoWidth) {
        resizeDocks({other}, {kSceneWidth}, Qt::Horizontal);
      }
    });
  }
}

void MainWindow::connectPhotos() {
  connect(photo_panel_, &PhotoPanel::photosRequested, this, [this] {  // of the person who is there
    askForHeadPhotos([this](const Paths& paths) { headFromPhotos(paths); });
  });
  connect(photo_panel_, &PhotoPanel::useRequested, this, &MainWindow::useAvatar);
  connect(photo_panel_, &PhotoPanel::saveRequested, this, &MainWindow::askToSaveAvatar);
  connect(photo_panel_, &PhotoPanel::failed, this, &MainWindow::showError);
  photo_panel_->setFitFolder(places_.state / "fits");
}

void MainWindow::headFromPhoto(const std::filesystem::path& path) {
  auto* dock = findChild<QDockWidget*>("photoDock");
  dock->show();
  dock->raise();
  photo_panel_->addPhoto(path);
}

void MainWindow::headFromPhotos(const Paths& paths) {
  for (const std::filesystem::path& path : paths) {
    headFromPhoto(path);
  }
}

// A fit takes all photos of the panel for one person's: those of somebody else must not join them unasked.
std::vector<Answer> MainWindow::headAnswers(const Paths& paths) {
  const auto add = [this, paths] { headFromPhotos(paths); };
  if (photo_panel_->desk().photos().empty()) {
    return {{paths.size() == 1 ? tr("&Head from this photo") : tr("&Head from these photos, of one person"),
             QMessageBox::AcceptRole,
             add,
             "useAsHead"}};
  }
  const auto replace = [this, paths] {
    photo_panel_->clear();
    headFromPhotos(paths);
  };
  return {{tr("&Add: the same person"), QMessageBox::AcceptRole, add, "samePerson"},
          {tr("Re&place: a new person"), QMessageBox::AcceptRole, replace, "newPerson"}};
}

void MainWindow::askWhoseHead(const Paths& paths) {
  if (photo_panel_->desk().photos().empty()) {
    headFromPhotos(paths);
    return;
  }
  Question{"whoseHeadDialog",
           tr("Head from photo"),
           paths.size() == 1
               ? tr("Photos of a person are there already. Whom does '%1' show?")
                     .arg(toQString(paths.front().filename()))
               : tr("Photos of a person are there already. Whom do these %1 photos show?").arg(paths.size()),
           headAnswers(paths),
           {{QMessageBox::Cancel}},
           QMessageBox::Question}
      .ask(this);
}

void MainWindow::choosePhotoUse(const Paths& paths) {
  const bool one = paths.size() == 1;
  std::vector<Answer> answers = headAnswers(paths);
  const char* first = answers.front().name;
  answers.push_back({tr("Use as &background"),
                     QMessageBox::AcceptRole,
                     [this, paths] { openPhoto(paths.front()); },
                     "useAsBackground"});
  QMessageBox* box = Question{"photoUseDialog",
                              tr("Photo"),
                              one ? tr("What is '%1' to be?").arg(toQString(paths.front().filename()))
                                  : tr("What are these %1 photos to be?").arg(paths.size()),
                              answers,
                              {{QMessageBox::Cancel}},
                              QMessageBox::Question}
                         .ask(this);
  box->setDefaultButton(box->findChild<QPushButton*>(first));
  if (const bool possible = one && isBackdropFile(paths.front()); !possible) {
    box->findChild<QPushButton*>("useAsBackground")->setEnabled(false);
    if (one) {
      box->setInformativeText(tr("For a background, save it as PNG, JPEG or WebP."));
    }
  }
}

void MainWindow::askForHeadPhotos(const std::function<void(const Paths&)>& use) {
  auto* dialog = new QFileDialog(this, tr("Photos of one person"));
  dialog->setObjectName("headPhotoDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setNameFilters({pictureFilter(), tr("All files (*)")});
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, [use](const QStringList& files) {
    Paths paths;
    for (const QString& file : files) {
      paths.push_back(toPath(file));
    }
    use(paths);
  });
  dialog->open();
}

void MainWindow::askToSaveAvatar(const AvatarPtr& avatar) {
  askToSave(this,
            tr("Save avatar"),
            "saveAvatarDialog",
            tr("Avatars (*.avatar)"),
            "avatar",
            toQString(fileName(*avatar) + ".avatar"),
            [this, avatar](const std::filesystem::path& file) {
              session_.start(
                  tr("Saving %1").arg(toQString(file.filename())),
                  [avatar, file](JobContext& context) { return writeAvatar(file, *avatar, context); },
                  [this, avatar, file](const AvatarPtr& written) {
                    photo_panel_->run().setKept(avatar, written);
                    remember("recent/avatars", file);
                    statusBar()->showMessage(tr("Saved %1").arg(toQString(file)), 5000);
                  });
            });
}

/// Projects refer to avatars by their files: one that was never saved gets a file of its own.
void MainWindow::useAvatar(const AvatarPtr& avatar) {
  if (!avatar->source.empty()) {
    showAvatar(avatar);
    return;
  }
  session_.start(
      tr("Keeping the avatar"),
      [avatar, folder = places_.data / "avatars"](JobContext& context) {
        std::error_code ignored;
        std::filesystem::create_directories(folder, ignored);
        return writeAvatar(freePath(folder, fileName(*avatar)), *avatar, context);
      },
      [this, avatar](const AvatarPtr& written) {
        photo_panel_->run().setKept(avatar, written);
        remember("recent/avatars", written->source);
        statusBar()->showMessage(tr("Kept as %1").arg(toQString(written->source)), 8000);
        showAvatar(written);
      });
}

void MainWindow::showAvatar(const AvatarPtr& avatar) {
  document_.edit(tr("Head from photo"), {}, [&avatar](Project& project) {
    project.head = avatarHead(avatar);
    project.mode = RenderMode::Picture;
  });
}

void MainWindow::openAvatar(const std::filesystem::path& path) {
  readFitting(path, [this](const AvatarPtr& avatar) { showAvatar(avatar); });
}

void MainWindow::askForAvatarToBlend() {
  askToOpen(this,
            tr("Blend with an avatar"),
            "blendAvatarDialog",
            {tr("Avatars (*.avatar)")},
            [this](const std::filesystem::path& path) {
              readFitting(path, [this](const AvatarPtr& avatar) { edit_panel_->blendWith(avatar); });
            });
}

void MainWindow::readFitting(const std::filesystem::path& path,
                             const std::function<void(const AvatarPtr&)>& use) {
  // The model that was asked for before is there when this job runs.
  session_.start(
      tr("Reading %1").arg(toQString(path.filename())),
      [path](JobContext&) { return readAvatar(path); },
      [this, path, use](const AvatarPtr& avatar) {
        const HeadPtr head = session_.head();
        if (!head) {
          return;  // no model could be opened, which was said
        }
        session_.start(
            tr("Comparing the model"),
            [avatar, model = headModel(*head)](JobContext& context) {
              requireModelOf(*avatar, modelInfo(*model).name, modelSha256(*model, context));
              return avatar;
            },
            [this, path, use](const AvatarPtr& fitting) {
              remember("recent/avatars", path);
              use(fitting);
            });
      });
}

}  // namespace panohead::ui
