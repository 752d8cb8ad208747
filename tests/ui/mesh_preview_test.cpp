// The mesh in the viewport: alone, beside the picture, and made again when heads rest.
#include "tests/ui/main_window_fixture.h"

#include <QCheckBox>

namespace panohead::ui {
namespace {

class MeshPreviewTest : public MainWindowTest {
 protected:
  void choose(const char* name, const QVariant& data) {
    auto& box = child<QComboBox>(name);
    const int index = box.findData(data);
    ASSERT_GE(index, 0) << name;
    box.setCurrentIndex(index);
  }

  MeshPreview& preview() { return viewport_->meshPreview(); }

  void showMesh(render::MeshShading shading, bool split = false) {
    viewport_->setMeshLook({.shown = true, .split = split, .line = 0.5, .shading = shading});
    ASSERT_TRUE(test::waitUntil([this] { return preview().ready(); })) << preview().state().toStdString();
    settle();
  }

  /// Until the viewport has drawn what it was told.
  void settle() {
    viewport_->update();
    for (int i = 0; i < 8; ++i) {  // a mesh comes in pieces, one a picture
      QTest::qWait(30);
    }
  }
};

/// Share of the pixels that either has which both have.
double overlap(const std::vector<bool>& a, const std::vector<bool>& b) {
  int both = 0, either = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    both += a[i] && b[i] ? 1 : 0;
    either += a[i] || b[i] ? 1 : 0;
  }
  return either == 0 ? 0 : static_cast<double>(both) / either;
}

TEST_F(MeshPreviewTest, MeshFollowsTheMouse) {
  openModel();
  child<QAbstractButton>("hud").setChecked(false);
  auto& mode = child<QComboBox>("renderMode");
  mode.setCurrentIndex(mode.findText("Mesh: shaded"));
  ASSERT_TRUE(test::waitUntil([this] { return preview().ready(); }));
  drag({-170, 50}, 12);
  settle();
  const Image clay = grabPicture();
  mode.setCurrentIndex(mode.findText("Mesh: normals"));
  settle();
  const Image normals = grabPicture();
  ASSERT_EQ(clay.pixels.size(), normals.pixels.size());
  EXPECT_GT(viewport_->camera().yaw_degrees, 20);
  EXPECT_LT(viewport_->camera().yaw_degrees, 130);

  SilentContext context;
  ViewOptions view = viewport_->refinedView();
  view.mode = RenderMode::Raw;
  view.neural_resolution = 256;
  const HeadPtr head = makeHead(panohead::openModel(kModel, context), {}, context);
  const std::vector<float> mask = renderFrame(*head, view, context).mask;
  std::vector<bool> expected, seen;
  for (int y = 0; y < clay.height; ++y) {
    for (int x = 0; x < clay.width; ++x) {
      const std::size_t pixel = static_cast<std::size_t>(y * 256 / clay.height) * 256 +
                                static_cast<std::size_t>(x * 256 / clay.width);
      expected.push_back(mask[pixel] > 0.5F);
      const std::uint8_t *a = clay.row(y) + 3 * x, *b = normals.row(y) + 3 * x;  // behind it both are equal
      seen.push_back(std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2]) > 12);
    }
  }
  const double iou = overlap(expected, seen);
  std::printf("mesh after the drag against the neural mask: IoU %.3f\n", iou);
  EXPECT_GT(iou, 0.93);
}

TEST_F(MeshPreviewTest, LineBetweenPictureAndMeshIsDragged) {
  openModel();
  window_->findChild<QAction*>("actionExport")->trigger();
  child<QAbstractButton>("hud").setChecked(false);
  child<QAbstractButton>("actualSize").setChecked(true);
  settle();
  const Image picture = grabPicture();
  showMesh(render::MeshShading::Wireframe, true);
  const Image half = grabPicture();
  ASSERT_EQ(half.pixels.size(), picture.pixels.size());
  const auto same = [&](const Image& image, int column) {
    for (int y = 0; y < image.height; ++y) {
      if (!std::equal(
              image.row(y) + 3 * column, image.row(y) + 3 * column + 3, picture.row(y) + 3 * column)) {
        return false;
      }
    }
    return true;
  };
  const int width = picture.width;
  EXPECT_TRUE(same(half, width / 2 - 20));
  EXPECT_FALSE(same(half, width / 2 + 20));
  EXPECT_FALSE(same(half, width * 3 / 4 - 20));

  const OrbitView before = viewport_->camera();
  const QRect area = viewport_->pictureRect();
  const QPoint line(area.left() + area.width() / 2, viewport_->height() / 3);
  QTest::mousePress(viewport_, Qt::LeftButton, {}, line);
  moveMouse(line + QPoint(area.width() / 8, 3));
  moveMouse(line + QPoint(area.width() / 4, 5));
  QTest::mouseRelease(viewport_, Qt::LeftButton, {}, line + QPoint(area.width() / 4, 5));
  EXPECT_NEAR(viewport_->meshLook().line, 0.75, 0.01);
  EXPECT_EQ(viewport_->camera(), before) << "the head turned as well";
  EXPECT_NEAR(child<QDoubleSpinBox>("previewLine").value(), 0.75, 0.011);
  settle();
  const Image quarter = grabPicture();
  EXPECT_TRUE(same(quarter, width * 3 / 4 - 20));
  EXPECT_FALSE(same(quarter, width * 3 / 4 + 20));

  child<QDoubleSpinBox>("previewLine").setValue(0.25);
  EXPECT_NEAR(viewport_->meshLook().line, 0.25, 1e-9);
  viewport_->setFocus();
  QTest::keyClick(viewport_, Qt::Key_Period);
  EXPECT_GT(viewport_->meshLook().line, 0.26);
  child<QAbstractButton>("previewSplit").setChecked(false);
  EXPECT_FALSE(viewport_->meshLook().split);
  EXPECT_FALSE(child<QAbstractButton>("meshSplit").isChecked()) << "both panels tell the same";
  choose("previewShading", -1);
  EXPECT_FALSE(viewport_->meshLook().shown);
  const double line_then = viewport_->meshLook().line;
  viewport_->setFocus();
  QTest::keyClick(viewport_, Qt::Key_Comma);
  EXPECT_EQ(viewport_->meshLook().line, line_then) << "there is no line to move";
  ASSERT_TRUE(waitForRefined());
  settle();
  EXPECT_EQ(grabPicture().pixels, picture.pixels);
}

TEST_F(MeshPreviewTest, MeshIsRemadeWhenHeadsRestAndKept) {
  openModel();
  showMesh(render::MeshShading::Clay);
  const auto first = preview().mesh();
  ASSERT_NE(first, nullptr);
  for (const int seed : {1, 2, 3, 4}) {
    child<QDoubleSpinBox>("seed").setValue(seed);
    ASSERT_TRUE(test::waitUntil([this] { return !window_->findChild<QWidget*>("jobStatus")->isVisible(); }));
  }
  ASSERT_TRUE(test::waitUntil([this] { return !preview().ready(); }));
  EXPECT_EQ(preview().mesh(), first) << "the old one is shown until then";
  ASSERT_TRUE(test::waitUntil([this] { return preview().ready(); }));
  EXPECT_NE(preview().mesh(), first);
  child<QDoubleSpinBox>("seed").setValue(0);
  ASSERT_TRUE(test::waitUntil([this, &first] { return preview().mesh() == first; }));
  EXPECT_TRUE(preview().ready());
  choose("previewShading", -1);
  child<QDoubleSpinBox>("seed").setValue(5);
  ASSERT_TRUE(waitForRefined());
  QTest::qWait(400);
  EXPECT_EQ(preview().mesh(), first) << "nobody looks: nothing is made";
}

TEST_F(MeshPreviewTest, NoMeshOfAnotherModelIsShown) {
  openModel();
  showMesh(render::MeshShading::Clay);
  const auto first = preview().mesh();
  window_->openModel(kModel);  // another one, as far as the preview can tell
  ASSERT_TRUE(test::waitUntil([&] { return preview().mesh() != first; }));
  EXPECT_EQ(preview().mesh(), nullptr);
  EXPECT_FALSE(preview().ready());
  ASSERT_TRUE(test::waitUntil([this] { return preview().ready(); }));
  EXPECT_NE(preview().mesh(), nullptr);
}

TEST_F(MeshPreviewTest, WindowGoesOnWhileMeshesAreMadeAndShown) {
  openModel();
  std::vector<double> gaps;
  QElapsedTimer since_tick;
  QTimer ticker;
  ticker.setTimerType(Qt::PreciseTimer);
  QObject::connect(&ticker, &QTimer::timeout, [&] {
    gaps.push_back(static_cast<double>(since_tick.nsecsElapsed()) / 1e6);
    since_tick.restart();
  });
  const auto measured = [&](const char* what, auto work) {
    gaps.clear();
    since_tick.start();
    ticker.start(1);
    work();
    ticker.stop();
    std::ranges::sort(gaps);
    ASSERT_FALSE(gaps.empty());
    std::printf("event loop while %-30s longest gap %5.1f ms, 99 of 100 below %5.1f ms (%zu ticks)\n",
                what,
                gaps.back(),
                gaps[gaps.size() * 99 / 100],
                gaps.size());
    EXPECT_LT(gaps.back(), 1000);
  };
  for (const auto shading : {render::MeshShading::Clay,
                             render::MeshShading::Wireframe,
                             render::MeshShading::Colours,
                             render::MeshShading::Normals}) {
    const std::string name = std::to_string(static_cast<int>(shading));
    measured(("mesh appears, shading " + name).c_str(), [&] { showMesh(shading); });
    measured(("mesh is turned, shading " + name).c_str(), [&] { drag({120, 20}, 20); });
  }
  measured("split is turned", [&] {
    showMesh(render::MeshShading::Clay, true);
    drag({-200, 20}, 20);
  });
}

}  // namespace
}  // namespace panohead::ui
