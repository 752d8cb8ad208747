#pragma once

#include "ui/studio_session.h"

#include <QMainWindow>
#include <QPointer>

class QLabel;

namespace panohead::ui {

class BackgroundPanel;
class ErrorDialog;
class GeneratePanel;
class ModelPanel;
class TrainingDock;
class ViewPanel;
class ViewportWidget;

/// The window: a viewport in the middle, panels at its sides, what happens at the bottom.
class MainWindow final : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(QWidget* parent = nullptr);

  /// Opens a model on a worker; an error is shown and leaves everything as it was.
  void openModel(const std::filesystem::path& path);
  void showError(const Error& error);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makeDocks();
  void makeMenus();
  void makeStatusBar();
  void inviteModel();
  void applyOptions();
  void modelChanged();
  void refreshStatus();
  void askForModel();
  void askForPicture();
  void showKeys();

  StudioSession session_;
  ViewportWidget* viewport_;
  ModelPanel* model_panel_;
  GeneratePanel* generate_panel_;
  BackgroundPanel* background_panel_;
  ViewPanel* view_panel_;
  TrainingDock* training_ = nullptr;
  QLabel* placeholder_;  // over the viewport, until the first frame
  QLabel* resolution_;
  QLabel* rate_;
  QAction* save_ = nullptr;
  QPointer<ErrorDialog> error_dialog_;
};

}  // namespace panohead::ui
