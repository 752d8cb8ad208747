#pragma once

#include "ui/document.h"
#include "ui/places.h"
#include "ui/studio_session.h"

#include <QMainWindow>
#include <QPointer>
#include <QSettings>
#include <QTimer>

#include <deque>
#include <functional>
#include <vector>

class QLabel;
class QMenu;

namespace panohead::ui {

class BackgroundPanel;
class EditPanel;
class ErrorDialog;
class ExportPanel;
class GalleryPanel;
class GeneratePanel;
class ModelPanel;
class PhotoPanel;
class TimelinePanel;
class TrainingDock;
class TrainingPanel;
class ViewPanel;
class ViewportWidget;
struct Answer;
struct OpenedFile;

/// The window: a viewport in the middle, panels at its sides, what happens at the bottom. The document is
/// what it shows: controls edit it, and whatever changed in it goes to the session (head), the viewport
/// (camera) and back to the controls.
class MainWindow final : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(const Places& places = Places::ofUser(), QWidget* parent = nullptr);
  ~MainWindow() override;

  /// Opens a model, project or avatar on a worker, asks what a picture is to be, watches a training run's
  /// folder, makes a data set that of the next run, or key frames of cameras; an error is shown and leaves
  /// everything as it was.
  void open(const std::filesystem::path& path);
  void openModel(const std::filesystem::path& path);
  /// What draws the models that are opened from now on.
  void setDevice(DeviceChoice device) { session_.setDevice(device); }
  void openProject(const std::filesystem::path& path);
  /// Puts a picture behind the head.
  void openPhoto(const std::filesystem::path& path);
  /// A file of cameras becomes the time line.
  void openCameras(const std::filesystem::path& path);
  /// A person who was fitted to photos becomes the head. Made with another model: an error says which.
  void openAvatar(const std::filesystem::path& path);
  /// Adds a photo to those that the next head is made from.
  void headFromPhoto(const std::filesystem::path& path);
  /// Offers what a crash left behind, of a project without a name or of a recent one; nothing to offer:
  /// returns false.
  bool offerRecovery();
  void showError(const Error& error);
  Document& document() noexcept { return document_; }

 signals:
  /// A background swap was measured (mean levels inside the mask).
  void swapMeasured(double levels);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  /// Never larger than the screen, nor beside it: what lies outside cannot be reached.
  void fitToScreen();
  void makeDocks();
  void makeStatusBar();
  // Menus and what they do (main_window_menus.cpp).
  void makeMenus();
  void makeFileMenu();
  void makeViewMenu();
  void showRecent(QMenu& menu, const QString& key);
  void remember(const QString& key, const std::filesystem::path& path);
  void showKeys();
  void showPassport();
  void convertModel(const std::filesystem::path& from, const std::filesystem::path& to);
  // What comes in (main_window_files.cpp).
  /// Something must be drawn: the default model, where none was asked for yet.
  void openAnyModel();
  void use(const OpenedFile& file);
  TrainingPanel& showTraining();
  void askForModel();
  void askForPhoto();

  // The project, and what is asked before it is left (main_window_project.cpp).
  void newProject();
  /// Asks about unsaved changes first; `then` runs when nothing is lost by it, or the user says so.
  bool offerRecent();
  void leaveProject(const std::function<void()>& then);
  void openLeftProject(const std::filesystem::path& path);
  void askForProject();
  void saveProject();
  void saveProjectAs();
  void askForMissingModel(const std::filesystem::path& path);
  void askAboutChangedModel(const std::filesystem::path& path,
                            const std::string& wanted,
                            const std::string& found);
  void offerBackup(const std::filesystem::path& path, const Error& error);
  bool confirmClose();
  /// False, and asks: an export is under way that closing would end.
  bool confirmEndOfExport();

  // What goes out (main_window_captures.cpp).
  /// Whether there is a head to draw; says so when there is none.
  bool haveHead();
  void askForPicture();
  void askForWindowPicture();
  void askForFilm();
  void askForCameras();
  void copyPicture();
  static void copyToClipboard(const QImage& image);
  QImage windowPicture();

  // Heads from photos (main_window_photos.cpp).
  void makePhotoDock();
  void connectPhotos();
  using Paths = std::vector<std::filesystem::path>;
  /// Asks what pictures are to be; only one can be a background.
  void choosePhotoUse(const Paths& paths);
  /// Adds them all to the photos of the panel.
  void headFromPhotos(const Paths& paths);
  /// The same, or instead of those that are there: asks where there are any.
  void askWhoseHead(const Paths& paths);
  std::vector<Answer> headAnswers(const Paths& paths);
  void askForHeadPhotos(const std::function<void(const Paths&)>& use);
  void askToSaveAvatar(const AvatarPtr& avatar);
  void useAvatar(const AvatarPtr& avatar);
  void showAvatar(const AvatarPtr& avatar);
  void askForAvatarToBlend();
  /// Reads an avatar of the model that is open, on a worker. @param use hears it
  void readFitting(const std::filesystem::path& path, const std::function<void(const AvatarPtr&)>& use);

  void showNextError();
  void connectAll();
  void inviteModel();
  void showDocument();
  void modelChanged();
  /// Does these soon, one in each turn of the event loop, instead of what was to be done so before.
  void inTurns(std::deque<std::function<void()>> steps);
  void refreshStatus();
  void showStatus();
  void showDevice();
  void refreshTitle();
  void showMoment(const Moment& moment);
  void measureSwap();
  std::filesystem::path modelPath() const;

  Places places_;
  QSettings settings_;
  Document document_;
  StudioSession session_;
  ViewportWidget* viewport_;
  ModelPanel* model_panel_;
  GeneratePanel* generate_panel_;
  EditPanel* edit_panel_;
  BackgroundPanel* background_panel_;
  ViewPanel* view_panel_;
  ExportPanel* export_panel_;
  GalleryPanel* gallery_panel_;
  PhotoPanel* photo_panel_;
  TimelinePanel* timeline_panel_;
  TrainingDock* training_ = nullptr;
  QLabel* placeholder_;  // over the viewport, until the first frame
  QLabel* resolution_;
  QLabel* rate_;
  QLabel* device_;
  QString told_of_device_;  // why the last GPU that failed was given up
  QTimer status_rest_;
  QTimer turn_;
  std::deque<std::function<void()>> turns_;
  QList<QAction*> needs_head_;            // actions that only make sense with a head
  std::filesystem::path shown_model_;     // that the session has open
  std::filesystem::path wanted_model_;    // that was asked for
  std::filesystem::path document_model_;  // that of the document when it was shown last
  std::filesystem::path followed_model_;  // that a run was asked for, without anybody choosing it
  bool confirmed_ = false;                // closing was agreed to, and nothing has changed since
  JobId passport_job_ = 0;
  JobId agreed_export_ = 0;           // the newest that may end with the window
  std::function<void()> after_save_;  // what waits for the document to be saved
  QPointer<ErrorDialog> error_dialog_;
  std::deque<Error> errors_;  // that wait for the dialog
};

}  // namespace panohead::ui
