// The Export panel in its window.
#include "ui/panels/export_panel.h"

#include "core/base/image_ops.h"
#include "core/session/mesh_export.h"
#include "tests/support/file_size_limit.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/export/export_page.h"
#include "ui/export/exported_file.h"
#include "ui/film_job.h"

#include <QCheckBox>
#include <QDockWidget>
#include <QDrag>
#include <QProgressBar>
#include <QPushButton>
#include <QTabWidget>
#include <QUrl>

#include <cstring>
#include <fstream>

namespace panohead::ui {
namespace {

class ExportPanelTest : public MainWindowTest {
 protected:
  void openPanel() {
    openModel();
    window_->findChild<QAction*>("actionExport")->trigger();
    panel_ = window_->findChild<ExportPanel*>("exportPanel");
    ASSERT_NE(panel_, nullptr);
    EXPECT_TRUE(test::waitUntil([this] { return panel_->isVisible(); }, 5000));
    choose("meshResolution", 64);
    choose("meshTexture", 512);
  }

  void choose(const char* name, const QVariant& data) {
    auto& box = child<QComboBox>(name);
    const int index = box.findData(data);
    ASSERT_GE(index, 0) << name;
    box.setCurrentIndex(index);
  }

  /// By the button and the file dialog.
  void exportTo(const QString& name) {
    child<QPushButton>("exportStart").click();
    chooseFile("exportDialog", name);
    EXPECT_TRUE(panel_->isExporting());
  }

  bool waitForEnd() {
    return test::waitUntil([this] { return !panel_->isExporting(); });
  }

  int filesLeft() const {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      ++count;
    }
    return count;
  }

  ExportPanel* panel_ = nullptr;
};

std::string beginning(const std::filesystem::path& file, std::size_t bytes) {
  std::string text(bytes, '\0');
  std::ifstream(file, std::ios::binary).read(text.data(), static_cast<std::streamsize>(bytes));
  return text;
}

/// The triangles of a binary STL file.
Mesh stlMesh(const std::filesystem::path& path) {
  const std::string bytes = beginning(path, std::filesystem::file_size(path));
  Mesh mesh;
  for (std::size_t at = 84; at + 50 <= bytes.size(); at += 50) {
    for (std::size_t corner = 0; corner < 3; ++corner) {
      glm::vec3 place;
      std::memcpy(&place, bytes.data() + at + 12 + 12 * corner, sizeof(place));
      mesh.indices.push_back(static_cast<std::uint32_t>(mesh.positions.size()));
      mesh.positions.push_back(place);
    }
  }
  return mesh;
}

TEST_F(ExportPanelTest, AStillHasTheResolutionThatWasChosen) {
  openPanel();
  auto& pages = child<QTabWidget>("exportPages");
  pages.setCurrentWidget(window_->findChild<QWidget*>("stillPage"));
  choose("stillMode", static_cast<int>(RenderMode::Raw));
  choose("stillRays", 128);
  choose("stillSamples", 96);
  choose("stillBackground", 1);  // transparent
  window_->document().edit("Camera", {}, [](Project& project) { project.camera.yaw_degrees = 35; });
  exportTo("still");
  ASSERT_TRUE(waitForEnd());
  const Image still = readImage(folder_ / "still.png");
  SilentContext context;
  HeadOptions options = window_->document().project().head;
  options.background = NoBackground{};
  const HeadPtr head = makeHead(panohead::openModel(kModel, context), options, context);
  ViewOptions view;
  view.camera = orbitLabel({.yaw_degrees = 35});
  view.mode = RenderMode::Raw;
  view.neural_resolution = 128;
  view.coarse_samples = view.fine_samples = 96;
  const Image expected = renderFrame(*head, view, context).picture;
  EXPECT_EQ(still.width, 128);
  EXPECT_EQ(still.channels, expected.channels);
  EXPECT_EQ(still.pixels, expected.pixels);
}

TEST_F(ExportPanelTest, EveryFormatIsWritten) {
  openPanel();
  auto& format = child<QComboBox>("meshFormat");
  const auto& forecast = child<QLabel>("exportForecast");
  ASSERT_EQ(format.count(), 5);
  QString last;
  for (int i = 0; i < format.count(); ++i) {
    format.setCurrentIndex(i);
    EXPECT_FALSE(forecast.text().isEmpty());
    EXPECT_NE(forecast.text(), std::exchange(last, forecast.text()));
    QElapsedTimer clock;
    clock.start();
    exportTo("head");  // the suffix comes by itself
    ASSERT_TRUE(waitForEnd());
    ASSERT_EQ(window_->findChild<QDialog*>("errorDialog"), nullptr)
        << window_->findChild<QLabel*>("errorMessage")->text().toStdString();
    EXPECT_TRUE(child<ExportedFile>("exportedFile").isVisible());
    std::printf("%s: %.1f s\n",
                child<QLabel>("exportedName").text().toStdString().c_str(),
                static_cast<double>(clock.elapsed()) / 1000);
  }
  EXPECT_EQ(beginning(folder_ / "head.glb", 4), "glTF");
  EXPECT_EQ(beginning(folder_ / "head.ply", 4), "ply\n");
  EXPECT_GE(std::filesystem::file_size(folder_ / "head.mrc"), 64U * 64 * 64 * sizeof(float));
  EXPECT_GT(std::filesystem::file_size(folder_ / "head.obj"), 10000U);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "head.mtl"));
  std::uint32_t triangles = 0;
  std::memcpy(&triangles, beginning(folder_ / "head.stl", 84).data() + 80, 4);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "head.stl"), 84 + 50ULL * triangles);
  EXPECT_GT(triangles, 3000U);
}

TEST_F(ExportPanelTest, ControlsReachTheFile) {
  openPanel();
  choose("meshFormat", static_cast<int>(MeshFormat::Stl));
  child<QSpinBox>("meshTriangles").setValue(2000);
  child<QSpinBox>("meshSmoothing").setValue(5);
  EXPECT_FALSE(child<QComboBox>("meshColours").isEnabled()) << "an STL has no colours";
  exportTo("small.stl");
  ASSERT_TRUE(waitForEnd());
  ASSERT_TRUE(std::filesystem::exists(folder_ / "small.stl"));
  EXPECT_LE(std::filesystem::file_size(folder_ / "small.stl"), 84U + 50U * 2000U);
  const Mesh small = stlMesh(folder_ / "small.stl");

  child<QCheckBox>("meshAll").setChecked(true);
  child<QDoubleSpinBox>("meshLevel").setValue(30);
  exportTo("tight.stl");
  ASSERT_TRUE(waitForEnd());
  EXPECT_LT(meshVolume(stlMesh(folder_ / "tight.stl")), 0.99 * meshVolume(small));
  child<QDoubleSpinBox>("meshLevel").setValue(10);
  child<QDoubleSpinBox>("meshMetres").setValue(1);
  exportTo("large.stl");
  ASSERT_TRUE(waitForEnd());
  const auto width = [](const Mesh& mesh) { return meshBounds(mesh).high.x - meshBounds(mesh).low.x; };
  EXPECT_NEAR(width(stlMesh(folder_ / "large.stl")), 2.5F * width(small), 1e-4);

  EXPECT_FALSE(child<QCheckBox>("meshJpeg").isEnabled()) << "an STL has no texture";
  EXPECT_FALSE(child<QSpinBox>("meshViews").isEnabled());
  choose("meshFormat", static_cast<int>(MeshFormat::Glb));
  child<QSpinBox>("meshViews").setValue(4);
  exportTo("png.glb");
  ASSERT_TRUE(waitForEnd());
  const QString png = child<QLabel>("exportForecast").text();
  child<QCheckBox>("meshJpeg").setChecked(true);
  EXPECT_NE(child<QLabel>("exportForecast").text(), png) << "the file becomes smaller";
  child<QCheckBox>("meshExact").setChecked(false);
  exportTo("jpeg.glb");
  ASSERT_TRUE(waitForEnd());
  EXPECT_NE(beginning(folder_ / "jpeg.glb", 4000).find("image/jpeg"), std::string::npos);
  EXPECT_EQ(beginning(folder_ / "png.glb", 4000).find("image/jpeg"), std::string::npos);
}

TEST_F(ExportPanelTest, MeshPageBeginsWithTheCommandsDefaults) {
  openPanel();
  const MeshOptions published;
  EXPECT_EQ(child<QSpinBox>("meshTriangles").value(), published.triangles);
  EXPECT_EQ(child<QSpinBox>("meshTriangles").isEnabled(), canReduceMesh());
  EXPECT_FALSE(child<QDoubleSpinBox>("meshLevel").isVisible());
  child<QCheckBox>("meshAll").setChecked(true);
  EXPECT_TRUE(child<QDoubleSpinBox>("meshLevel").isVisible());
  EXPECT_EQ(child<QDoubleSpinBox>("meshLevel").value(), published.level);
  EXPECT_EQ(child<QDoubleSpinBox>("meshMetres").value(), MeshFileOptions{}.metres_per_unit);
  EXPECT_EQ(child<QSpinBox>("meshViews").value(), published.views);
  EXPECT_EQ(child<QCheckBox>("meshExact").isChecked(), published.exact);
  const auto& level = child<QDoubleSpinBox>("meshLevel");
  EXPECT_LE(level.mapTo(panel_, QPoint(level.width(), 0)).x(), panel_->width()) << "wider than the panel";
}

TEST_F(ExportPanelTest, HeadsAreNamedByTheirAvatarOrSeed) {
  EXPECT_EQ(fileNameOf({.seed = 7}), "head_7");
  Avatar avatar;
  avatar.name = "anna/home";
  EXPECT_EQ(fileNameOf(avatarHead(std::make_shared<const Avatar>(avatar))), "anna_home");
  avatar.name.clear();
  EXPECT_EQ(fileNameOf(avatarHead(std::make_shared<const Avatar>(avatar))), "head");
}

TEST_F(ExportPanelTest, FramesAreCountedInWords) {
  openPanel();
  child<QTabWidget>("exportPages").setCurrentIndex(2);
  const auto& forecast = child<QLabel>("exportForecast");
  child<QDoubleSpinBox>("filmRate").setValue(30);
  child<QDoubleSpinBox>("filmSeconds").setValue(4);
  EXPECT_TRUE(forecast.text().startsWith("About 120 frames of ")) << forecast.text().toStdString();
  child<QDoubleSpinBox>("filmRate").setValue(1);
  child<QDoubleSpinBox>("filmSeconds").setValue(1);
  EXPECT_TRUE(forecast.text().startsWith("One frame of ")) << forecast.text().toStdString();
}

TEST_F(ExportPanelTest, BegunFolderGoesOnWhateverTheGalleryKeeps) {
  openPanel();
  child<QTabWidget>("exportPages").setCurrentIndex(2);
  ASSERT_TRUE(test::waitUntil([this] { return child<QLabel>("exportForecast").text().contains(", "); }))
      << "pictures of this model were drawn: " << child<QLabel>("exportForecast").text().toStdString();
  choose("filmFormat", static_cast<int>(FilmKind::Pictures));
  choose("filmSize", 256);
  child<QDoubleSpinBox>("filmSeconds").setValue(2);
  child<QDoubleSpinBox>("filmRate").setValue(12);
  exportTo("orbit");
  ASSERT_TRUE(test::waitUntil(
      [this] { return std::filesystem::exists(folder_ / "orbit.part" / "frame_000001.png"); }));
  click("exportCancel");
  ASSERT_TRUE(waitForEnd());
  ASSERT_TRUE(std::filesystem::exists(folder_ / "orbit.part"));
  window_->document().edit("gallery", {}, [](Project& project) {
    project.gallery = {{"one", {.seed = 1}}};
    project.key_frames.set({0, {}, {.seed = 1}});
  });
  exportTo("orbit");
  ASSERT_TRUE(waitForEnd());
  EXPECT_TRUE(child<QLabel>("exportTold").text().contains("earlier run"))
      << child<QLabel>("exportTold").text().toStdString();
}

TEST_F(ExportPanelTest, ViewsForReconstructionAreWritten) {
  openPanel();
  child<QTabWidget>("exportPages").setCurrentIndex(1);
  child<QSpinBox>("viewsCount").setValue(3);
  child<QSpinBox>("viewsPoints").setValue(500);
  exportTo("views");
  ASSERT_TRUE(waitForEnd());
  EXPECT_TRUE(std::filesystem::exists(folder_ / "views" / "transforms.json"));
  EXPECT_EQ(readImage(folder_ / "views" / "images" / "view_0002.png").channels, 4);
  EXPECT_TRUE(child<QLabel>("exportTold").text().contains("3 views"));
}

TEST_F(ExportPanelTest, FilmsOfEveryKindAreWritten) {
  openPanel();
  child<QTabWidget>("exportPages").setCurrentIndex(2);
  auto& subject = child<QComboBox>("filmSubject");
  const auto& forecast = child<QLabel>("exportForecast");
  choose("filmFormat", static_cast<int>(FilmKind::Pictures));
  choose("filmSize", 256);
  child<QDoubleSpinBox>("filmSeconds").setValue(0.4);
  child<QDoubleSpinBox>("filmRate").setValue(10);
  const auto film = [&](FilmSubject kind, const char* name) {
    subject.setCurrentIndex(subject.findData(static_cast<int>(kind)));
    exportTo(name);
    EXPECT_TRUE(waitForEnd());
    return readImage(folder_ / name / "frame_000003.png");
  };
  const Image orbit = film(FilmSubject::Orbit, "orbit");
  EXPECT_EQ(orbit.width, 256);
  EXPECT_GT(test::psnr(orbit, resized(sessionPicture({}, {.yaw_degrees = -90}), 256, 256)), 40)
      << "four frames: the last one looks from the right";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "orbit" / "frame_000004.png"))
      << "a loop ends before its beginning";

  subject.setCurrentIndex(subject.findData(static_cast<int>(FilmSubject::Grid)));
  EXPECT_TRUE(forecast.text().contains("gallery"));
  window_->document().edit("gallery", {}, [](Project& project) {
    project.gallery = {{"one", {.seed = 1}}, {"two", {.seed = 2}}};
    project.key_frames.set({0, {}, {.seed = 1}});
    project.key_frames.set({0.3, {.yaw_degrees = 40}, {.seed = 1}});
    project.frames_per_second = 10;
  });
  EXPECT_EQ(film(FilmSubject::Grid, "grid").width, 512);
  EXPECT_GT(test::psnr(film(FilmSubject::KeyFrames, "path"),
                       resized(sessionPicture({.seed = 1}, {.yaw_degrees = 40}), 256, 256)),
            40);
  EXPECT_EQ(film(FilmSubject::Interpolation, "through").width, 256);

  subject.setCurrentIndex(subject.findData(static_cast<int>(FilmSubject::BeforeAfter)));
  exportTo("same");  // without edits there is nothing to compare
  QDialog* dialog = nullptr;
  ASSERT_TRUE(
      test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }));
  dialog->accept();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "same"));
}

TEST_F(ExportPanelTest, CancelLeavesNothing) {
  openPanel();
  choose("meshResolution", 512);
  exportTo("never.glb");
  ASSERT_TRUE(test::waitUntil([this] { return child<QProgressBar>("exportProgress").value() > 0; }));
  EXPECT_FALSE(child<QPushButton>("exportStart").isEnabled());
  QElapsedTimer clock;
  clock.start();
  click("exportCancel");
  ASSERT_TRUE(waitForEnd());
  std::printf("cancelled in %lld ms\n", static_cast<long long>(clock.elapsed()));
  EXPECT_EQ(filesLeft(), 0);
  EXPECT_FALSE(child<ExportedFile>("exportedFile").isVisible());
  EXPECT_TRUE(child<QPushButton>("exportStart").isEnabled());
  EXPECT_FALSE(child<QProgressBar>("exportProgress").isVisible());
}

TEST_F(ExportPanelTest, FullDiskIsExplained) {
  openPanel();
  choose("meshColours", static_cast<int>(MeshColours::None));
  QDialog* dialog = nullptr;
  {
    const test::FileSizeLimit limit(20000);
    exportTo("never.glb");
    ASSERT_TRUE(
        test::waitUntil([&] { return (dialog = window_->findChild<QDialog*>("errorDialog")) != nullptr; }));
  }
  const QString message = dialog->findChild<QLabel*>("errorMessage")->text();
  EXPECT_TRUE(message.contains("never.glb")) << message.toStdString();
  dialog->accept();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "never.glb"));
  EXPECT_EQ(filesLeft(), 0);
  exportTo("now.glb");
  ASSERT_TRUE(waitForEnd());
  EXPECT_TRUE(std::filesystem::exists(folder_ / "now.glb"));
}

TEST_F(ExportPanelTest, FinishedFileIsDraggedOut) {
  openPanel();
  choose("meshFormat", static_cast<int>(MeshFormat::Obj));
  exportTo("head.obj");
  ASSERT_TRUE(waitForEnd());
  auto& file = child<ExportedFile>("exportedFile");
  ASSERT_TRUE(file.isVisible());
  QList<QUrl> urls;
  QTimer::singleShot(200, [&] {  // QDrag::exec() runs an event loop of its own
    if (const auto* drag = file.findChild<QDrag*>()) {
      urls = drag->mimeData()->urls();
    }
    QDrag::cancel();
  });
  const QPoint from(20, 10);
  QTest::mousePress(&file, Qt::LeftButton, {}, from);
  for (int i = 1; i <= 4; ++i) {
    const QPoint to = from + QPoint(10 * i, 0);
    QMouseEvent move(
        QEvent::MouseMove, to, file.mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&file, &move);
    if (!urls.isEmpty()) {
      break;
    }
  }
  ASSERT_FALSE(urls.isEmpty()) << "no drag began";
  EXPECT_EQ(urls.front(), QUrl::fromLocalFile(toQString(folder_ / "head.obj")));
  EXPECT_GT(urls.size(), 1) << "the material belongs to it";
  for (const QUrl& url : urls) {
    EXPECT_TRUE(std::filesystem::exists(toPath(url.toLocalFile())));
  }
  QUrl shown;
  QObject::disconnect(&file, &ExportedFile::folderRequested, nullptr, nullptr);
  QObject::connect(&file, &ExportedFile::folderRequested, [&](const QUrl& url) { shown = url; });
  click("exportedFolder");
  EXPECT_EQ(shown, QUrl::fromLocalFile(toQString(folder_.path())));
}

TEST_F(ExportPanelTest, ClosingWhileAMeshIsMadeStopsIt) {
  openPanel();
  viewport_->setMeshLook({.shown = true});
  choose("meshResolution", 1024);
  exportTo("never.glb");
  QTest::qWait(200);
  QElapsedTimer clock;
  clock.start();
  window_.reset();
  EXPECT_LT(clock.elapsed(), 10000);
  EXPECT_EQ(filesLeft(), 0);
}

}  // namespace
}  // namespace panohead::ui
