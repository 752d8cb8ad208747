// What the window does with whatever is dropped on it.
#include "core/export/camera_set.h"
#include "tests/support/dataset_files.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/opened_file.h"
#include "ui/panels/training_panel.h"
#include "ui/training/training_dock.h"

#include <QDockWidget>
#include <QLineEdit>

namespace panohead::ui {
namespace {

class DroppedFiles : public MainWindowTest {
 protected:
  /// As a file manager does. @returns whether the window wanted it
  bool drop(const QList<QUrl>& urls, QWidget* onto = nullptr) {
    QMimeData data;
    data.setUrls(urls);
    data.setText(urls.front().toString());  // what text fields would take
    QWidget* target = onto != nullptr ? onto : window_.get();
    QDragEnterEvent enter({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &enter);
    QDropEvent event({10, 10}, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(target, &event);
    return enter.isAccepted();
  }
  bool drop(const std::filesystem::path& path) { return drop(QList{QUrl::fromLocalFile(toQString(path))}); }

  /// The message of the error dialog and its hint, once it is there; closes it.
  QString error() {
    QDialog* dialog = nullptr;
    const auto told = [&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; };
    if (!test::waitUntil(told, 20000)) {
      return {};
    }
    const QString text = dialog->findChild<QLabel*>("errorMessage")->text() + "\n" +
                         dialog->findChild<QLabel*>("errorHint")->text();
    dialog->accept();
    test::waitUntil([this] { return window_->findChild<QDialog*>("errorDialog") == nullptr; }, 5000);
    return text;
  }

  QString field(const char* name) { return child<QLineEdit>(name).text(); }
  void expectData(const std::filesystem::path& data, const std::filesystem::path& masks) {
    ASSERT_TRUE(test::waitUntil(
        [&] {
          const auto* line = window_->findChild<QLineEdit*>("option_data");
          return line != nullptr && line->text() == toQString(data);
        },
        20000))
        << data;
    EXPECT_EQ(field("option_masks"), toQString(masks));
    EXPECT_TRUE(child<QWidget>("setupMessage").isVisible()) << "the panel is hidden behind something";
  }
};

TEST_F(DroppedFiles, DataSetsFillTheTrainingPanel) {
  openModel();
  const test::DatasetFiles files(4);
  EXPECT_TRUE(drop(files.data));
  expectData(files.data, files.masks);
  EXPECT_TRUE(window_->findChild<QDialog*>("errorDialog") == nullptr);
  const std::filesystem::path masks = test::DatasetFiles::zip(files.masks);
  const std::filesystem::path data = test::DatasetFiles::zip(files.data);
  std::filesystem::rename(masks, files.scratch / "heads_seg.zip");
  std::filesystem::rename(data, files.scratch / "heads_img.zip");
  EXPECT_TRUE(drop(files.scratch / "heads_img.zip"));
  expectData(files.scratch / "heads_img.zip", files.scratch / "heads_seg.zip");
  EXPECT_TRUE(drop(files.scratch.path())) << "as `align` makes it: img and seg in one folder";
  expectData(files.data, files.masks);
  std::filesystem::rename(files.scratch / "heads_img.zip", folder_ / "lonely_img.zip");
  EXPECT_TRUE(drop(folder_ / "lonely_img.zip"));
  expectData(folder_ / "lonely_img.zip", {});
  EXPECT_TRUE(child<QLabel>("setupMessage").text().contains("no masks"));
}

TEST_F(DroppedFiles, CamerasBecomeTheTimeLineAndUndoGoesBack) {
  openModel();
  CameraSet cameras{12, 256, 256, {}};
  for (int i = 0; i <= 24; ++i) {
    cameras.frames.push_back(orbitLabel({.yaw_degrees = -90 + 7.5 * i, .pitch_degrees = 10}));
  }
  writeCameraSet(folder_ / "cameras.json", cameras);
  child<QDoubleSpinBox>("seed").setValue(9);
  EXPECT_TRUE(drop(folder_ / "cameras.json"));
  const auto path = [this]() -> const KeyFrames& { return window_->document().project().key_frames; };
  ASSERT_TRUE(test::waitUntil([&] { return !path().empty(); }));
  EXPECT_NEAR(path().duration(), 2, 1e-9);
  EXPECT_EQ(window_->document().project().frames_per_second, 12);
  for (int i = 0; i <= 24; ++i) {
    const Moment moment = path().at(i / 12.0);
    EXPECT_NEAR(moment.camera.yaw_degrees, -90 + 7.5 * i, 0.1);
    EXPECT_NEAR(moment.camera.pitch_degrees, 10, 0.1);
    EXPECT_EQ(moment.head.seed, 9U);
  }
  EXPECT_NEAR(viewport_->camera().yaw_degrees, -90, 0.1) << "its first camera is seen";
  EXPECT_TRUE(child<QWidget>("timelinePanel").isVisible());
  EXPECT_EQ(window_->document().history().undoText(), "Cameras of cameras.json");
  window_->document().history().undo();
  EXPECT_TRUE(path().empty());

  std::ofstream(folder_ / "cameras.json") << R"({"frames": [{"label": [1, 2]}]})";
  drop(folder_ / "cameras.json");
  EXPECT_TRUE(error().contains("Cannot read the cameras"));
  EXPECT_TRUE(path().empty());
}

TEST_F(DroppedFiles, AnythingElseIsToldWhatCanBeDropped) {
  openModel();
  std::ofstream(folder_ / "letter.txt") << "Dear head, ...";
  std::ofstream(folder_ / "other.json") << "{}";
  std::ofstream(folder_ / "empty");
  std::ofstream(folder_ / "text.zip") << "no zip";
  ZipWriter letters(folder_ / "letters.zip");
  letters.add("letter.txt", std::as_bytes(std::span("Dear")));
  letters.finish();
  for (const char* name : {"letter.txt", "other.json", "empty", "letters.zip", "gone.txt"}) {
    EXPECT_TRUE(drop(folder_ / name)) << name;
    const QString told = error();
    EXPECT_TRUE(told.contains(name) && told.contains("dataset.json") && told.contains(".heads"))
        << name << ": " << told.toStdString();
  }
  drop(folder_ / "text.zip");
  EXPECT_TRUE(error().contains("text.zip"));
  drop({QUrl::fromLocalFile(toQString(folder_ / "letter.txt")), QUrl::fromLocalFile(toQString(kModel))});
  EXPECT_TRUE(error().contains("several"));
  drop({QUrl("https://example.org/head.pkl")});
  EXPECT_TRUE(error().contains("example.org"));
  EXPECT_EQ(window_->document().history().count(), 0);
}

TEST_F(DroppedFiles, FieldsOfTextAndFloatingDocksPassThemOn) {
  openModel();
  std::filesystem::copy(kModel, folder_ / "one.safetensors");
  std::filesystem::copy(kModel, folder_ / "two.safetensors");
  const auto opened = [&](const char* name, QWidget* onto) {
    EXPECT_TRUE(drop({QUrl::fromLocalFile(toQString(folder_ / name))}, onto)) << name;
    return test::waitUntil(
        [&] { return child<QLabel>("modelName").text() == toQString(std::filesystem::path(name).stem()); },
        20000);
  };
  auto* seed = child<QDoubleSpinBox>("seed").findChild<QLineEdit*>();
  EXPECT_TRUE(opened("one.safetensors", seed));
  EXPECT_EQ(seed->text(), "0");
  auto* dock = window_->findChild<TrainingDock*>("trainingDock");
  dock->show();
  dock->panel();
  dock->setFloating(true);
  EXPECT_TRUE(opened("two.safetensors", &child<QWidget>("setupMessage")));
  // Where a path is wanted, it is one.
  drop({QUrl::fromLocalFile(toQString(folder_.path()))}, &child<QLineEdit>("option_data"));
  EXPECT_EQ(field("option_data"), toQString(folder_.path()));
}

TEST_F(DroppedFiles, ModelsAreKnownByWhatTheyHold) {
  std::filesystem::copy(kModel, folder_ / "network");
  EXPECT_TRUE(drop(folder_ / "network"));
  EXPECT_TRUE(waitForRefined());
  EXPECT_EQ(child<QLabel>("modelName").text(), "network");
}

}  // namespace
}  // namespace panohead::ui
