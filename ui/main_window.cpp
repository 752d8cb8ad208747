#include "ui/main_window.h"

#include "core/base/paths.h"
#include "core/jobs/thread_turns.h"
#include "ui/bridge/qt_convert.h"
#include "ui/panels/background_panel.h"
#include "ui/panels/edit_panel.h"
#include "ui/panels/export_panel.h"
#include "ui/panels/gallery_panel.h"
#include "ui/panels/generate_panel.h"
#include "ui/panels/model_panel.h"
#include "ui/panels/photo_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/panels/view_panel.h"
#include "ui/stage_names.h"
#include "ui/training/training_dock.h"
#include "ui/viewport_widget.h"

#include <QDockWidget>
#include <QEvent>
#include <QLabel>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QStatusBar>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr int kDockWidth = 250;     // logical pixels
constexpr int kStatusMs = 250;      // between texts of the status bar while frames come
constexpr int kBottomHeight = 170;  // of gallery and time line at the start

QDockWidget* makeDock(const QString& title, const char* name, QWidget* content) {
  auto* dock = new QDockWidget(title);
  dock->setObjectName(name);
  dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable);
  dock->setWidget(content);
  return dock;
}

/// Scrolls where there is less room than the content wants, rather than taking it from what lies beside.
QScrollArea* makeScroll(QWidget* content) {
  auto* scroll = new QScrollArea;
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setWidget(content);
  return scroll;
}

/// Scrolls up and down only: it is never narrower than what it holds, whatever font and language that has.
class ColumnScroll final : public QScrollArea {
 public:
  explicit ColumnScroll(QWidget* content) {
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setWidget(content);
    fit();
  }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (watched == widget() && event->type() == QEvent::LayoutRequest) {
      fit();
    }
    return QScrollArea::eventFilter(watched, event);
  }

 private:
  void fit() {
    setMinimumWidth(std::max(kDockWidth, widget()->minimumSizeHint().width()) +
                    verticalScrollBar()->sizeHint().width());
  }
};

/// Panels one under the other; scrolls where the window is low.
QWidget* makeColumn(std::initializer_list<QWidget*> panels) {
  auto* column = new QWidget;
  auto* layout = new QVBoxLayout(column);
  layout->setContentsMargins(8, 4, 8, 8);
  layout->setSpacing(8);
  for (QWidget* panel : panels) {
    layout->addWidget(panel);
  }
  layout->addStretch();
  return new ColumnScroll(column);
}

QLabel* statusLabel(const char* name, const QString& help) {
  auto* label = new QLabel;
  label->setObjectName(name);
  label->setToolTip(help);
  return label;
}

}  // namespace

MainWindow::MainWindow(const Places& places, QWidget* parent)
    : QMainWindow(parent),
      places_(places),
      settings_(toQString(places.settings), QSettings::IniFormat),
      document_(places.state),
      session_(places.data / "sliders"),
      viewport_(new ViewportWidget),
      model_panel_(new ModelPanel),
      generate_panel_(new GeneratePanel(document_)),
      edit_panel_(new EditPanel(document_)),
      background_panel_(new BackgroundPanel(document_)),
      view_panel_(new ViewPanel(document_, *viewport_)),
      export_panel_(new ExportPanel(document_, session_, *viewport_)),
      gallery_panel_(new GalleryPanel(document_)),
      photo_panel_(new PhotoPanel(settings_)),
      timeline_panel_(new TimelinePanel(document_)),
      placeholder_(new QLabel),
      resolution_(statusLabel("statusResolution", tr("Volume-rendered and shown pixels on a side"))),
      rate_(statusLabel("statusRate",
                        tr("Frames per second while the camera moves, else the time of the frame"))),
      device_(statusLabel("statusDevice", tr("What computes the pictures"))) {
  answerAtOnce();
  setObjectName("mainWindow");
  resize(1280, 800);
  setAcceptDrops(true);
  setCentralWidget(viewport_);
  placeholder_->setObjectName("placeholder");
  placeholder_->setProperty("role", "quiet");
  placeholder_->setAlignment(Qt::AlignCenter);
  inviteModel();
  auto* over_viewport = new QVBoxLayout(viewport_);
  over_viewport->addWidget(placeholder_);

  makeDocks();
  makeMenus();
  makeStatusBar();
  training_ = new TrainingDock(*this, places_.runs);
  tabifyDockWidget(findChild<QDockWidget*>("timelineDock"), training_);
  findChild<QDockWidget*>("galleryDock")->raise();
  connectAll();
  refreshTitle();
  restoreGeometry(settings_.value("window/geometry").toByteArray());
  fitToScreen();
  restoreState(settings_.value("window/state").toByteArray());
  viewport_->setFocus();
}

// What members still say while they go must not reach panels that are gone already.
MainWindow::~MainWindow() {
  document_.disconnect();
  session_.disconnect();
}

void MainWindow::fitToScreen() {
  if (isMaximized() || isFullScreen()) {
    return;
  }
  // The frame is not known before the window is shown.
  const QRect place =
      screen()->availableGeometry().adjusted(0, style()->pixelMetric(QStyle::PM_TitleBarHeight), 0, 0);
  resize(size().boundedTo(place.size()));
  QRect inside = geometry();
  inside.moveLeft(std::max(place.left(), std::min(inside.left(), place.right() + 1 - inside.width())));
  inside.moveTop(std::max(place.top(), std::min(inside.top(), place.bottom() + 1 - inside.height())));
  if (testAttribute(Qt::WA_Moved) && inside != geometry()) {  // else the window manager finds it a place
    setGeometry(inside);
  }
}

void MainWindow::makeDocks() {
  setDockOptions(AnimatedDocks | AllowTabbedDocks);
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  auto* head = makeDock(tr("Head"), "headDock", makeColumn({model_panel_, generate_panel_}));
  auto* edit = makeDock(tr("Edit"), "editDock", makeColumn({edit_panel_}));
  auto* scene = makeDock(tr("Scene"), "sceneDock", makeColumn({background_panel_, view_panel_}));
  auto* exporting = makeDock(tr("Export"), "exportDock", makeColumn({export_panel_}));
  auto* gallery = makeDock(tr("Gallery"), "galleryDock", gallery_panel_);
  auto* timeline = makeDock(tr("Time line"), "timelineDock", makeScroll(timeline_panel_));
  addDockWidget(Qt::LeftDockWidgetArea, head);
  tabifyDockWidget(head, edit);
  addDockWidget(Qt::RightDockWidgetArea, scene);
  tabifyDockWidget(scene, exporting);
  makePhotoDock();
  addDockWidget(Qt::BottomDockWidgetArea, gallery);
  tabifyDockWidget(gallery, timeline);
  setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
  for (QDockWidget* tabbed : {head, edit, scene, exporting, gallery, timeline}) {
    tabbed->setTitleBarWidget(new QWidget(tabbed));  // the tab says it already
  }
  head->raise();
  scene->raise();
  gallery->raise();
  resizeDocks({gallery}, {kBottomHeight}, Qt::Vertical);
  // Else the right ones begin as wide as the photo panel likes.
  resizeDocks({head, scene}, {kDockWidth, kDockWidth}, Qt::Horizontal);
}

void MainWindow::connectAll() {
  connect(model_panel_, &ModelPanel::openRequested, this, &MainWindow::askForModel);
  connect(model_panel_, &ModelPanel::passportRequested, this, &MainWindow::showPassport);
  connect(background_panel_, &BackgroundPanel::photoRequested, this, &MainWindow::askForPhoto);
  connect(background_panel_, &BackgroundPanel::measureRequested, this, &MainWindow::measureSwap);
  connect(background_panel_, &BackgroundPanel::previewed, &session_, &StudioSession::setOptions);
  connect(background_panel_, &BackgroundPanel::previewEnded, this, &MainWindow::showDocument);
  connect(
      edit_panel_, &EditPanel::findRequested, this, [this](DirectionKind kind, LayerRange layers, int count) {
        if (const HeadPtr head = session_.head()) {
          session_.start(
              tr("Finding sliders"),
              [head, kind, layers, count](JobContext& context) {
                return foundDirections(*headModel(*head), kind, layers, count, context);
              },
              [this](const std::vector<DirectionPtr>& directions) { edit_panel_->addFound(directions); });
        }
      });
  connect(
      edit_panel_, &EditPanel::keepRequested, this, [this] { session_.keepSliders(edit_panel_->found()); });
  connect(edit_panel_, &EditPanel::avatarRequested, this, &MainWindow::askForAvatarToBlend);
  connect(timeline_panel_, &TimelinePanel::previewed, this, &MainWindow::showMoment);
  connect(timeline_panel_, &TimelinePanel::restRequested, this, [this] { viewport_->setTurning(false); });
  connect(viewport_, &ViewportWidget::turningChanged, timeline_panel_, [this](bool turning) {
    if (turning) {  // both would move the camera
      timeline_panel_->play(false);
    }
  });
  connect(timeline_panel_, &TimelinePanel::previewEnded, this, &MainWindow::showDocument);
  connect(timeline_panel_, &TimelinePanel::filmRequested, this, &MainWindow::askForFilm);
  connect(timeline_panel_, &TimelinePanel::camerasRequested, this, &MainWindow::askForCameras);

  connect(export_panel_, &ExportPanel::starting, this, [this] { viewport_->setTurning(false); });
  connect(export_panel_, &ExportPanel::failed, this, &MainWindow::showError);
  connect(export_panel_, &ExportPanel::exported, this, [this](const QString& file) {
    statusBar()->showMessage(tr("Exported %1").arg(file), 5000);
  });

  connectPhotos();
  connect(training_, &TrainingDock::dropped, this, &MainWindow::dropEvent);
  connect(training_, &TrainingDock::openSnapshotRequested, this, [this](const QString& path, bool followed) {
    openModel(toPath(path));
    followed_model_ = followed ? wanted_model_ : std::filesystem::path();
  });

  turn_.setInterval(1);
  connect(&turn_, &QTimer::timeout, this, [this] {
    if (turns_.empty()) {
      turn_.stop();
      return;
    }
    const std::function<void()> step = std::move(turns_.front());
    turns_.pop_front();
    step();
  });
  status_rest_.setSingleShot(true);
  status_rest_.setInterval(kStatusMs);
  connect(&status_rest_, &QTimer::timeout, this, &MainWindow::showStatus);
  connect(viewport_, &ViewportWidget::frameShown, this, &MainWindow::refreshStatus);
  connect(viewport_, &ViewportWidget::previewFailed, this, [this](const Error& error) {
    statusBar()->showMessage(tr("The graphics card draws no moving pictures, the processor does: %1")
                                 .arg(toQString(std::string(error.what()))),
                             8000);
  });
  connect(viewport_, &ViewportWidget::failed, this, &MainWindow::showError, Qt::QueuedConnection);
  connect(
      viewport_, &ViewportWidget::cameraEdited, this, [this](const OrbitView& view, const QString& merge) {
        document_.edit(tr("Camera"), merge, [&view](Project& project) { project.camera = view; });
        timeline_panel_->play(false);
      });
  connect(viewport_, &ViewportWidget::cameraReleased, this, [this] { document_.endMerge(); });

  connect(&document_, &Document::changed, this, [this] {
    confirmed_ = false;
    showDocument();
  });
  connect(&document_, &Document::stateChanged, this, &MainWindow::refreshTitle);
  connect(&document_, &Document::unreadable, this, &MainWindow::offerBackup);
  connect(&document_, &Document::overtaken, this, &MainWindow::leaveProject);
  connect(&document_, &Document::failed, this, [this](const Error& error) {
    after_save_ = {};
    showError(error);
  });
  connect(&document_, &Document::saved, this, [this](const QString& path) {
    if (const auto then = std::exchange(after_save_, {})) {
      // It may close this window. What was changed while it was saved is asked about again.
      QMetaObject::invokeMethod(this, [this, then] { leaveProject(then); }, Qt::QueuedConnection);
    }
    remember("recent/projects", document_.path());
    statusBar()->showMessage(tr("Saved %1").arg(path), 5000);
  });
  connect(&document_, &Document::opened, this, [this](const QStringList& missing) {
    if (!document_.path().empty()) {
      remember("recent/projects", document_.path());
    }
    if (!missing.isEmpty()) {
      showError(ProjectError(tr("Some pictures of the project cannot be read").toStdString(),
                             tr("their heads are shown with their own backgrounds").toStdString(),
                             missing.join('\n').toStdString()));
    }
  });

  connect(&session_, &StudioSession::failed, this, &MainWindow::showError);
  connect(&session_, &StudioSession::noticed, this, [this](const QString& sentence) {
    statusBar()->showMessage(sentence, 15000);
  });
  connect(&session_, &StudioSession::modelChanged, this, &MainWindow::modelChanged);
  connect(&session_, &StudioSession::modelRefused, this, [this] {
    wanted_model_ = shown_model_;
    inviteModel();
  });
  connect(&session_, &StudioSession::slidersKept, this, [this] {
    edit_panel_->setModel(modelInfo(*headModel(*session_.head())), session_.sliders());
  });
  connect(&session_, &StudioSession::headChanged, this, [this] {
    viewport_->setHead(session_.head());
    background_panel_->showChange(-1);  // what was measured was another's
  });
  connect(&session_, &StudioSession::pictureSaved, this, [this](const QString& path) {
    statusBar()->showMessage(tr("Saved %1").arg(path), 5000);
  });
}

void MainWindow::openModel(const std::filesystem::path& path) {
  placeholder_->setText(tr("Opening %1\u2026").arg(toQString(path.filename())));
  wanted_model_ = path;
  followed_model_.clear();
  session_.openModel(path);
}

void MainWindow::inviteModel() { placeholder_->setText(tr("Drop a model file here, or press Ctrl+O")); }

/// The document's model; an empty path stands for the one that ships with the program.
std::filesystem::path MainWindow::modelPath() const {
  const std::filesystem::path& path = document_.project().model.path;
  return path.empty() ? defaultModelPath() : path;
}

void MainWindow::showDocument() {
  const Project& project = document_.project();
  viewport_->setRenderMode(project.mode);
  if (!viewport_->isTurning()) {
    viewport_->setCamera(project.camera);
  }
  session_.setOptions(project.head);
  // Undo, and projects, bring other models along. Before the first one nothing is to be compared with.
  if (!shown_model_.empty()) {
    try {
      const std::filesystem::path path = modelPath();
      std::error_code ignored;
      // An edit while another model is on its way is no wish for the present one.
      const bool same = std::exchange(document_model_, path) == path;
      if (same || path == wanted_model_) {
        return;
      }
      if (std::filesystem::exists(path, ignored)) {
        openModel(path);
      } else {
        wanted_model_ = path;
        askForMissingModel(path);
      }
    } catch (const Error& error) {
      showError(error);
    }
  }
}

void MainWindow::showMoment(const Moment& moment) {
  viewport_->setCamera(moment.camera);
  session_.setOptions(moment.head);
}

// Together they would keep the window from its events for longer than a picture of the screen lasts.
void MainWindow::inTurns(std::deque<std::function<void()>> steps) {
  turns_ = std::move(steps);  // of the model before: nobody waits for them any more
  if (!turn_.isActive()) {
    turn_.start();
  }
}

void MainWindow::modelChanged() {
  const ModelPtr& model = headModel(*session_.head());
  const ModelInfo& info = modelInfo(*model);
  told_of_device_.clear();
  model_panel_->show(info);
  background_panel_->setLimits(info);
  inTurns({[this, info] { edit_panel_->setModel(info, session_.sliders()); },
           [this, model] { gallery_panel_->setModel(model); },
           [this, model] { photo_panel_->setModel(model); }});
  for (QAction* action : needs_head_) {
    action->setEnabled(true);
  }
  const bool first = shown_model_.empty();
  // The newest network of a run, again and again: no step of the history, nothing to go back to.
  const bool followed = !followed_model_.empty() && followed_model_ == info.path;
  shown_model_ = wanted_model_ = info.path;
  ModelReference reference{info.path, session_.modelHash()};
  try {
    if (info.path == defaultModelPath()) {
      reference.path.clear();
    } else if (!followed) {
      remember("recent/models", info.path);
    }
  } catch (const Error&) {  // no shipped model here: the path stays
  }
  const ModelReference before = document_.project().model;
  if (first && !before.sha256.empty() && before.path != reference.path) {
    document_model_.clear();
    showDocument();  // a project was read while its first model was on its way: it has another one
    refreshTitle();
    return;
  }
  if (before.path == reference.path && !before.sha256.empty() && before.sha256 != reference.sha256) {
    askAboutChangedModel(info.path, before.sha256, reference.sha256);
  }
  if (first || followed || before.path == reference.path) {
    document_.amend([&](Project& project) { project.model = reference; });
  } else {
    document_.edit(tr("Model"), {}, [&](Project& project) { project.model = reference; });
  }
  refreshTitle();
}

void MainWindow::measureSwap() {
  const HeadPtr head = session_.head();
  if (!head) {
    return;
  }
  viewport_->setTurning(false);
  timeline_panel_->play(false);
  const HeadOptions options = document_.project().head;
  const OrbitView camera = viewport_->camera();
  session_.start(
      tr("Measuring the swap"),
      [head, view = viewport_->refinedView()](JobContext& context) {
        return backgroundSwapChange(*withBackground(head, OwnBackground{}, context), *head, view, context);
      },
      [this, head, options, camera](double levels) {
        // Under another head, or from another side, the number would be wrong.
        if (session_.head() == head && document_.project().head == options && viewport_->camera() == camera) {
          background_panel_->showChange(levels);
          emit swapMeasured(levels);
        } else {
          statusBar()->showMessage(tr("The head changed while the swap was measured: measure again"), 8000);
        }
      });
}

}  // namespace panohead::ui
