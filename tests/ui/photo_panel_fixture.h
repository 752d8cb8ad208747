#pragma once

#include "tests/ui/main_window_fixture.h"
#include "tests/ui/photo_fixture.h"
#include "ui/panels/photo_panel.h"
#include "ui/photo/photo_canvas.h"

#include <QMessageBox>
#include <QTimer>

#include <vector>

namespace panohead::ui {

/// The window with its photo panel, and the portrait to put into it.
class PhotoPanelTest : public MainWindowTest {
 protected:
  void SetUp() override {
    MainWindowTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    if (astronautFile().empty()) {
      GTEST_SKIP() << "PANOHEAD_SHARED names no folder with photos/wild/astronaut.png";
    }
    panel_ = window_->findChild<PhotoPanel*>("photoPanel");
    ASSERT_NE(panel_, nullptr);
  }

  void TearDown() override { window_.reset(); }  // before the folders that its fits lie in

  void drop(QWidget* on, const std::vector<std::filesystem::path>& files) {
    QMimeData data;
    QList<QUrl> urls;
    for (const std::filesystem::path& file : files) {
      urls.push_back(QUrl::fromLocalFile(toQString(file)));
    }
    data.setUrls(urls);
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(on, &enter);
    EXPECT_TRUE(enter.isAccepted());
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(on, &event);
  }

  bool outlined() {
    return test::waitUntil(
        [this] { return panel_->desk().current() != nullptr && panel_->desk().current()->isOutlined(); },
        60000);
  }

  void addAstronaut() {
    window_->headFromPhoto(astronautFile());
    ASSERT_TRUE(outlined());
  }

  /// A fit of a few steps on the embedded model.
  void start(int latent, int tuning) {
    openModel();
    addAstronaut();
    panel_->showStep(PhotoPanel::SetUp);
    child<QAbstractButton>("fitAllOptions").setChecked(true);
    child<QDoubleSpinBox>("option_latent_steps").setValue(latent);
    child<QDoubleSpinBox>("option_tuning_steps").setValue(tuning);
    before_ = window_->document().project();
    ASSERT_TRUE(child<QAbstractButton>("fitStart").isEnabled())
        << child<QLabel>("fitObstacle").text().toStdString();
    child<QAbstractButton>("fitStart").click();
    EXPECT_EQ(panel_->step(), PhotoPanel::Fit);
  }

  FitRun& run() { return panel_->run(); }
  bool waitFor(FitPhase phase) {
    return test::waitUntil([&] { return run().phase() == phase || hasError(); }, 180000) &&
           run().phase() == phase;
  }
  bool waitForStep(std::int64_t step) {
    return test::waitUntil(
        [&] { return (!run().curve().empty() && run().curve().back().step >= step) || hasError(); }, 180000);
  }
  bool hasError() {
    auto* dialog = window_->findChild<QDialog*>("errorDialog");
    if (dialog != nullptr) {
      ADD_FAILURE() << dialog->findChild<QLabel*>("errorMessage")->text().toStdString();
    }
    return dialog != nullptr;
  }
  /// Presses a button of the question that is asked next.
  void answer(const char* button) {
    QTimer::singleShot(100, [this, button] {
      auto* box = window_->findChild<QMessageBox*>("fitCloseDialog");
      ASSERT_NE(box, nullptr) << "nothing was asked";
      box->findChild<QAbstractButton*>(button)->click();
    });
  }
  void expectWindowAsItWas() {
    EXPECT_TRUE(window_->document().project() == before_);
    EXPECT_FALSE(window_->document().isModified());
  }

  PhotoPanel* panel_ = nullptr;
  Project before_;
};

}  // namespace panohead::ui
