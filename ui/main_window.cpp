#include "ui/main_window.h"

#include "ui/bridge/qt_convert.h"
#include "ui/error_dialog.h"
#include "ui/job_status.h"
#include "ui/panels/background_panel.h"
#include "ui/panels/generate_panel.h"
#include "ui/panels/model_panel.h"
#include "ui/panels/view_panel.h"
#include "ui/training/training_dock.h"
#include "ui/viewport_widget.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QLabel>
#include <QMenuBar>
#include <QMessageBox>
#include <QMimeData>
#include <QStatusBar>
#include <QVBoxLayout>

namespace panohead::ui {
namespace {

constexpr int kDockWidth = 250;  // logical pixels

/// Panels one under the other, at one side of the window.
QDockWidget* makeDock(const QString& title, const char* name, std::initializer_list<QWidget*> panels) {
  auto* column = new QWidget;
  auto* layout = new QVBoxLayout(column);
  layout->setContentsMargins(10, 6, 10, 10);
  layout->setSpacing(10);
  for (QWidget* panel : panels) {
    layout->addWidget(panel);
  }
  layout->addStretch();
  auto* dock = new QDockWidget(title);
  dock->setObjectName(name);
  dock->setFeatures(QDockWidget::DockWidgetMovable);
  dock->setMinimumWidth(kDockWidth);
  dock->setWidget(column);
  return dock;
}

QLabel* statusLabel(const char* name, const QString& help) {
  auto* label = new QLabel;
  label->setObjectName(name);
  label->setToolTip(help);
  return label;
}

}  // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent),
      viewport_(new ViewportWidget),
      model_panel_(new ModelPanel),
      generate_panel_(new GeneratePanel),
      background_panel_(new BackgroundPanel),
      view_panel_(new ViewPanel(*viewport_)),
      placeholder_(new QLabel),
      resolution_(statusLabel("statusResolution", tr("Volume-rendered and shown pixels on a side"))),
      rate_(statusLabel("statusRate",
                        tr("Frames per second while the camera moves, else the time of the frame"))) {
  setObjectName("mainWindow");
  setWindowTitle(tr("PanoHead Studio"));
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
  training_ = new TrainingDock(*this);
  connect(training_, &TrainingDock::openSnapshotRequested, this, [this](const QString& path) {
    openModel(toPath(path));
  });

  connect(model_panel_, &ModelPanel::openRequested, this, &MainWindow::askForModel);
  connect(generate_panel_, &GeneratePanel::edited, this, &MainWindow::applyOptions);
  connect(background_panel_, &BackgroundPanel::edited, this, &MainWindow::applyOptions);
  connect(viewport_, &ViewportWidget::frameShown, this, &MainWindow::refreshStatus);
  connect(viewport_, &ViewportWidget::failed, this, &MainWindow::showError, Qt::QueuedConnection);
  connect(&session_, &StudioSession::failed, this, &MainWindow::showError);
  connect(&session_, &StudioSession::activityChanged, this, [this] {
    if (!session_.activity() && !session_.head()) {
      inviteModel();
    }
  });
  connect(&session_, &StudioSession::modelChanged, this, &MainWindow::modelChanged);
  connect(&session_, &StudioSession::headChanged, this, [this] { viewport_->setHead(session_.head()); });
  connect(&session_, &StudioSession::pictureSaved, this, [this](const QString& path) {
    statusBar()->showMessage(tr("Saved %1").arg(path), 5000);
  });
  viewport_->setFocus();
}

void MainWindow::openModel(const std::filesystem::path& path) {
  placeholder_->setText(tr("Opening %1\u2026").arg(toQString(path.filename())));
  session_.openModel(path);
}

void MainWindow::inviteModel() { placeholder_->setText(tr("Drop a model file here, or press Ctrl+O")); }

void MainWindow::showError(const Error& error) {
  inviteModel();
  if (error_dialog_) {
    return;  // one at a time: a frame that fails, fails at every move of the mouse
  }
  error_dialog_ = new ErrorDialog(error, this);
  error_dialog_->open();
}

void MainWindow::makeDocks() {
  addDockWidget(Qt::LeftDockWidgetArea, makeDock(tr("Head"), "headDock", {model_panel_, generate_panel_}));
  addDockWidget(Qt::RightDockWidgetArea,
                makeDock(tr("Scene"), "sceneDock", {background_panel_, view_panel_}));
}

void MainWindow::makeMenus() {
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addAction(tr("&Open model\u2026"), QKeySequence::Open, this, &MainWindow::askForModel)
      ->setObjectName("actionOpen");
  save_ = file->addAction(tr("&Save picture\u2026"), QKeySequence::Save, this, &MainWindow::askForPicture);
  save_->setObjectName("actionSave");
  save_->setEnabled(false);
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close)->setObjectName("actionQuit");

  QMenu* head = menuBar()->addMenu(tr("&Head"));
  head->addAction(tr("&Next seed"), Qt::Key_PageDown, generate_panel_, &GeneratePanel::nextSeed);
  head->addAction(tr("&Previous seed"), Qt::Key_PageUp, generate_panel_, &GeneratePanel::previousSeed);
  head->addAction(tr("&Random seed"), Qt::CTRL | Qt::Key_R, generate_panel_, &GeneratePanel::randomSeed);

  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addAction(tr("&Reset"), Qt::Key_Home, viewport_, &ViewportWidget::resetCamera)
      ->setObjectName("actionReset");
  view->addSeparator();
  const auto add_view = [this, view](const QString& text, QKeyCombination key, render::Snap direction) {
    view->addAction(text, QKeySequence(key), this, [this, direction] { viewport_->snap(direction); });
  };
  const auto keypad = [](Qt::Key key) { return QKeyCombination(Qt::KeypadModifier, key); };
  const auto opposite = [](Qt::Key key) {
    return QKeyCombination(Qt::KeypadModifier | Qt::ControlModifier, key);
  };
  add_view(tr("&Front"), keypad(Qt::Key_1), render::Snap::Front);
  add_view(tr("&Back"), opposite(Qt::Key_1), render::Snap::Back);
  add_view(tr("R&ight"), keypad(Qt::Key_3), render::Snap::Right);
  add_view(tr("&Left"), opposite(Qt::Key_3), render::Snap::Left);
  add_view(tr("&Top"), keypad(Qt::Key_7), render::Snap::Top);
  add_view(tr("B&ottom"), opposite(Qt::Key_7), render::Snap::Bottom);

  QMenu* help = menuBar()->addMenu(tr("H&elp"));
  help->addAction(tr("&Keys and mouse"), QKeySequence::HelpContents, this, &MainWindow::showKeys)
      ->setObjectName("actionKeys");
}

void MainWindow::makeStatusBar() {
  auto* device = statusLabel("statusDevice", tr("What computes the pictures"));
  device->setText(toQString(computeDevice()));
  statusBar()->addWidget(new JobStatus(session_), 1);
  statusBar()->addPermanentWidget(rate_);
  statusBar()->addPermanentWidget(resolution_);
  statusBar()->addPermanentWidget(device);
}

void MainWindow::applyOptions() {
  HeadOptions options = session_.options();
  generate_panel_->apply(options);
  background_panel_->apply(options);
  session_.setOptions(options);
}

void MainWindow::modelChanged() {
  const ModelInfo& info = modelInfo(*headModel(*session_.head()));
  model_panel_->show(info);
  background_panel_->setLimits(info);
  setWindowTitle(tr("%1 \u2013 PanoHead Studio").arg(toQString(info.name)));
  save_->setEnabled(true);
}

void MainWindow::refreshStatus() {
  placeholder_->hide();
  const Frame& frame = viewport_->frame();
  resolution_->setText(tr("%1 \u2192 %2 px").arg(frame.neural_resolution).arg(frame.picture.width));
  const double rate = viewport_->framesPerSecond();
  rate_->setText(rate > 0 ? tr("%1 frames/s").arg(rate, 0, 'f', 1)
                          : tr("%1 ms").arg(totalMilliseconds(frame.times), 0, 'f', 0));
}

void MainWindow::askForModel() {
  auto* dialog = new QFileDialog(this, tr("Open model"));
  dialog->setObjectName("openDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilters({tr("Models (*.safetensors *.pkl *.pt *.pth)"), tr("All files (*)")});
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) { openModel(toPath(file)); });
  dialog->open();
}

void MainWindow::askForPicture() {
  auto* dialog = new QFileDialog(this, tr("Save picture"));
  dialog->setObjectName("saveDialog");
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilter(tr("Pictures (*.png)"));
  dialog->setDefaultSuffix("png");
  dialog->selectFile(tr("head_%1.png").arg(session_.options().seed));
  connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& file) {
    session_.savePicture(toPath(file), viewport_->refinedView());
  });
  dialog->open();
}

void MainWindow::showKeys() {
  auto* box = new QMessageBox(this);
  box->setObjectName("keysDialog");
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setWindowTitle(tr("Keys and mouse"));
  box->setText(
      tr("<h3>Mouse</h3><table cellpadding='3'>"
         "<tr><td>Left drag</td><td>turn around the head</td></tr>"
         "<tr><td>Middle drag</td><td>shift the view</td></tr>"
         "<tr><td>Wheel</td><td>nearer, farther</td></tr>"
         "<tr><td>Drop a file</td><td>open a model</td></tr></table>"
         "<h3>Keys</h3><table cellpadding='3'>"
         "<tr><td>Arrows, +, \u2212</td><td>turn, nearer, farther (viewport focused)</td></tr>"
         "<tr><td>Home</td><td>first view</td></tr>"
         "<tr><td>Keypad 1, 3, 7</td><td>front, right, top; with Ctrl the opposite</td></tr>"
         "<tr><td>Page Down, Page Up</td><td>next, previous seed</td></tr>"
         "<tr><td>Ctrl+R</td><td>random seed</td></tr>"
         "<tr><td>Ctrl+O, Ctrl+S, Ctrl+Q</td><td>open model, save picture, quit</td></tr>"
         "<tr><td>Esc</td><td>cancel the running job</td></tr>"
         "<tr><td>F1</td><td>this page</td></tr></table>"));
  box->open();
}

void MainWindow::closeEvent(QCloseEvent* event) { event->setAccepted(training_->confirmClose()); }

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  const QList<QUrl> urls = event->mimeData()->urls();
  if (urls.size() == 1 && urls.front().isLocalFile()) {
    event->acceptProposedAction();
  }
}

void MainWindow::dropEvent(QDropEvent* event) {
  openModel(toPath(event->mimeData()->urls().front().toLocalFile()));
  event->acceptProposedAction();
}

}  // namespace panohead::ui
