#pragma once

#include "core/avatar/avatar.h"
#include "core/session/studio.h"
#include "ui/photo/fit_forecast.h"
#include "ui/photo/fit_run.h"
#include "ui/photo/photo_desk.h"

#include <QWidget>

class QButtonGroup;
class QLabel;
class QSettings;
class QStackedWidget;

namespace panohead::ui {

class AdjustPage;
class FitPage;
class FitSetup;
class PhotoList;

/// From photos of a person to a head, in four steps: photos, what was found in them, how to fit, and the fit
/// itself. Nothing of the window changes before useRequested().
class PhotoPanel final : public QWidget {
  Q_OBJECT

 public:
  enum Step { Photos, Adjust, SetUp, Fit };

  /// @param settings keep how long steps take on this machine; outlive the panel
  explicit PhotoPanel(QSettings& settings, QWidget* parent = nullptr);

  /// Adds a photo of the person and shows what is found in it.
  void addPhoto(const std::filesystem::path& path);
  /// Takes all photos out, for those of another person. A fit of them stays, and is asked about as ever.
  void clear();
  /// Where fits keep their steps; those that were left there are offered.
  void setFitFolder(const std::filesystem::path& folder);
  /// That the next fit is of.
  void setModel(const ModelPtr& model);
  /// Asks what becomes of a fit that is under way, or whose head was not kept. @returns whether the window
  /// may close
  bool confirmClose();

  PhotoDesk& desk() noexcept { return desk_; }
  FitRun& run() noexcept { return run_; }
  Step step() const;
  void showStep(Step step);

 signals:
  void photosRequested();
  void useRequested(const panohead::AvatarPtr& avatar);
  void saveRequested(const panohead::AvatarPtr& avatar);
  void failed(const panohead::Error& error);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QWidget* makeSteps();
  QWidget* makeActivity();
  QWidget* makeAdjust();
  void connectAll();
  void start();
  void goBack(int kept);
  bool confirmLoss(const QString& leave_text);
  void lookForLeft();
  void showLeft();
  void resumeLeft();
  void forgetLeft();
  void refresh();
  QString obstacle() const;
  FitRates rates() const;
  void rememberRates();
  QString ratesKey() const;

  QSettings& settings_;
  PhotoDesk desk_;
  FitRun run_;
  ModelPtr model_;
  QButtonGroup* steps_;
  QStackedWidget* pages_;
  PhotoList* list_;
  AdjustPage* adjust_;
  FitSetup* setup_;
  FitPage* fit_;
  QWidget* activity_;
  QLabel* activity_text_;
  std::filesystem::path fits_;
  std::vector<LeftFit> left_;  // the newest first
  JobBridge left_bridge_;
};

}  // namespace panohead::ui
