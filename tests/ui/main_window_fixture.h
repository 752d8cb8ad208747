#pragma once

#include "core/base/image_io.h"
#include "tests/support/control_names.h"
#include "tests/support/event_loop_gaps.h"
#include "tests/support/image_psnr.h"
#include "tests/support/places.h"
#include "tests/support/qt_window.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"
#include "ui/bridge/qt_convert.h"
#include "ui/bridge/qt_image.h"
#include "ui/latent_pad.h"
#include "ui/main_window.h"
#include "ui/panels/edit_panel.h"
#include "ui/panels/gallery_panel.h"
#include "ui/panels/timeline_panel.h"
#include "ui/viewport_widget.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QDialog>
#include <QDoubleSpinBox>
#include <QDropEvent>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QScrollBar>
#include <QSpinBox>
#include <QTest>
#include <gtest/gtest.h>

#include <fstream>

namespace panohead::ui {

inline const std::filesystem::path kModel = test::firstModelFile();

/// Model -> head -> frame, with nothing of the window in between.
inline Image sessionPicture(const HeadOptions& options, const OrbitView& camera) {
  SilentContext context;
  const HeadPtr head = makeHead(panohead::openModel(kModel, context), options, context);
  ViewOptions view;
  view.camera = orbitLabel(camera);
  return renderFrame(*head, view, context).picture;
}

/// What the command line writes into an empty folder.
inline Image commandLinePicture(const OrbitView& camera,
                                const std::filesystem::path& folder,
                                const std::filesystem::path& model = kModel) {
  const auto exact = [](double angle) { return QString::number(angle, 'g', 17).toStdString(); };
  const auto result = test::runProcess({test::studioProgram(),
                                        "render",
                                        "--device",
                                        "cpu",
                                        "--model",
                                        model.string(),
                                        "--seeds",
                                        "0",
                                        "--yaw",
                                        exact(camera.yaw_degrees),
                                        "--pitch",
                                        exact(camera.pitch_degrees),
                                        "--out",
                                        folder.string()});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    return readImage(file.path());
  }
  return {};
}

class MainWindowTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    window_ = std::make_unique<MainWindow>(Places::below(places_.path()));
    window_->resize(1100, 760);
    window_->show();
    window_->activateWindow();  // nobody else does where no window manager runs
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    viewport_ = window_->findChild<ViewportWidget*>("viewport");
    QObject::connect(viewport_, &ViewportWidget::frameShown, [this] {
      (viewport_->frame().refined ? refined_ : coarse_).push_back(viewport_->frame().request);
    });
  }

  void openModel() {
    window_->openModel(kModel);
    ASSERT_TRUE(waitForRefined()) << "no picture of the default model";
  }

  /// Waits for a refined frame that was asked for after this call.
  bool waitForRefined() {
    refined_.clear();
    return test::waitUntil([this] { return !refined_.empty(); });
  }

  /// Drags in the viewport with the left button, in `steps` moves.
  void drag(QPoint by, int steps) {
    const QPoint from = viewport_->rect().center();
    QTest::mousePress(viewport_, Qt::LeftButton, {}, from);
    for (int i = 1; i <= steps; ++i) {
      moveMouse(from + by * i / steps);
      QTest::qWait(15);
    }
    QTest::mouseRelease(viewport_, Qt::LeftButton, {}, from + by);
  }

  void moveMouse(QPoint to) {
    QMouseEvent move(
        QEvent::MouseMove, to, viewport_->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(viewport_, &move);
  }

  /// The part of the viewport's framebuffer that shows the picture.
  Image grabPicture() { return toImage(viewport_->grabFramebuffer().copy(viewport_->pictureRect())); }

  /// Chooses a file of folder_ in an open dialog, as the user does.
  void chooseFile(const char* dialog_name, const QString& file) {
    auto& dialog = child<QFileDialog>(dialog_name);
    dialog.setDirectory(toQString(folder_.path()));
    dialog.selectFile(file);
    static_cast<QDialog&>(dialog).accept();
  }

  template <typename Widget>
  Widget& child(const char* name) {
    const auto find = [this, name] { return window_->findChild<Widget*>(name); };
    if (!test::waitUntil([&] { return find() != nullptr; },
                         5000)) {  // some are made a turn of the event loop later
      throw std::runtime_error(std::string("no child ") + name);
    }
    return *find();
  }

  void click(const char* name) { QTest::mouseClick(&child<QWidget>(name), Qt::LeftButton); }

  std::unique_ptr<MainWindow> window_;
  ViewportWidget* viewport_ = nullptr;
  std::vector<std::uint64_t> coarse_, refined_;  // requests of the frames shown
  test::ScratchFolder folder_;
  test::ScratchFolder places_;
};

}  // namespace panohead::ui
