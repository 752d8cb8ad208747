// Moving frames by OpenGL. Where the processor draws OpenGL they are off unless they are asked for, as here.
#include "core/base/error.h"
#include "tests/support/scoped_environment.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/opengl_probe.h"

#include <QStatusBar>
#include <QSurfaceFormat>

#include <numeric>
#include <optional>

namespace panohead::ui {
namespace {

/// What the processor draws with the rays and samples of a frame.
Frame processorFrame(const HeadOptions& options,
                     const OrbitView& camera,
                     RenderMode mode,
                     const Frame& like) {
  SilentContext context;
  static const ModelPtr model = panohead::openModel(kModel, context);
  ViewOptions view;
  view.camera = orbitLabel(camera);
  view.mode = mode;
  view.super_resolution = false;
  view.neural_resolution = like.neural_resolution;
  view.coarse_samples = view.fine_samples = like.samples_per_ray / 2;
  return renderFrame(*makeHead(model, options, context), view, context);
}

/// @tparam Parameter PANOHEAD_VIEWPORT
class MovingPreviewTest : public MainWindowTest, public testing::WithParamInterface<const char*> {
 protected:
  virtual const char* wanted() const { return "on"; }
  void SetUp() override {
    kind_.emplace("PANOHEAD_VIEWPORT", GetParam());
    preview_.emplace("PANOHEAD_PREVIEW", wanted());
    MainWindowTest::SetUp();
    if (IsSkipped()) {
      return;
    }
    QObject::connect(viewport_, &ViewportWidget::frameShown, [this] {
      if (viewport_->frameIsPreview()) {
        previews_.push_back(viewport_->frame());
      }
    });
    QObject::connect(viewport_, &ViewportWidget::previewFailed, [this](const Error& error) {
      failures_.emplace_back(error.what());
    });
  }
  void TearDown() override {
    QSurfaceFormat::setDefaultFormat(format_);
    MainWindowTest::TearDown();
  }

  /// Drags to and fro until the drivers have compiled.
  bool warmUp() {
    for (int i = 0; i < 100 && previews_.empty(); ++i) {
      drag({i % 2 == 0 ? 20 : -20, 0}, 8);
    }
    return !previews_.empty();
  }

  /// The one frame that one move of the mouse gives, after a rest. On a busy machine the refined one may be
  /// quicker, which then stays: so a few tries.
  Frame moveOnce() {
    EXPECT_TRUE(waitForRefined());
    const QPoint from = viewport_->rect().center();
    previews_.clear();
    for (int i = 0; i < 20 && previews_.empty(); ++i) {
      refined_.clear();
      const QPoint to = from + (i % 2 == 0 ? QPoint(25, 10) : QPoint(-25, -10));
      QTest::mousePress(viewport_, Qt::LeftButton, {}, from);
      moveMouse(to);
      EXPECT_TRUE(test::waitUntil([this] { return !previews_.empty() || !refined_.empty(); }));
      QTest::mouseRelease(viewport_, Qt::LeftButton, {}, to);
    }
    EXPECT_FALSE(previews_.empty()) << "no preview";
    return previews_.empty() ? Frame() : previews_.front();
  }

  void choose(RenderMode mode) {
    child<QComboBox>("renderMode").setCurrentIndex(static_cast<int>(mode));
    EXPECT_TRUE(waitForRefined());
    drag({4, 0}, 1);
  }

  double psnrOfOneMove(const HeadOptions& options, RenderMode mode) {
    const Frame frame = moveOnce();
    if (frame.picture.empty()) {
      return 0;
    }
    EXPECT_FALSE(frame.refined);
    const Frame expected = processorFrame(options, viewport_->camera(), mode, frame);
    const double psnr = mode == RenderMode::Depth ? test::psnr(test::seen(frame.picture, expected),
                                                               test::seen(expected.picture, expected))
                                                  : test::psnr(frame.picture, expected.picture);
    std::printf("mode %d, %d px, %d samples: %.1f dB in %.1f ms\n",
                static_cast<int>(mode),
                frame.neural_resolution,
                frame.samples_per_ray,
                psnr,
                totalMilliseconds(frame.times));
    return psnr;
  }

  std::optional<test::ScopedEnvironment> kind_, preview_;
  const QSurfaceFormat format_ = QSurfaceFormat::defaultFormat();
  std::vector<Frame> previews_;
  std::vector<std::string> failures_;
};

TEST_P(MovingPreviewTest, DragShowsWhatTheProcessorWouldDraw) {
  openModel();
  ASSERT_TRUE(warmUp());
  EXPECT_EQ(viewport_->scene().hud.footer, "OpenGL: " + openGlProbe().renderer);
  EXPECT_GT(psnrOfOneMove({}, RenderMode::Picture), 40);
  for (const RenderMode mode : {RenderMode::Raw, RenderMode::Mask, RenderMode::Depth}) {
    choose(mode);
    EXPECT_GT(psnrOfOneMove({}, mode), 35);
  }
  choose(RenderMode::Normals);
  previews_.clear();
  coarse_.clear();
  drag({40, 0}, 8);
  ASSERT_TRUE(waitForRefined());
  EXPECT_FALSE(coarse_.empty());
  EXPECT_TRUE(previews_.empty()) << "normals are the processor's";
  EXPECT_TRUE(failures_.empty());
}

TEST_P(MovingPreviewTest, RestIsThePictureWithoutAPreview) {
  openModel();
  ASSERT_TRUE(warmUp());
  drag({80, 20}, 10);
  ASSERT_TRUE(waitForRefined());
  EXPECT_FALSE(viewport_->frameIsPreview());
  EXPECT_TRUE(viewport_->scene().hud.footer.starts_with("CPU")) << viewport_->scene().hud.footer;
  EXPECT_EQ(viewport_->frame().picture.pixels, sessionPicture({}, viewport_->camera()).pixels);
}

TEST_P(MovingPreviewTest, AnotherHeadIsDrawnInTheMiddleOfADrag) {
  openModel();
  ASSERT_TRUE(warmUp());
  ASSERT_TRUE(waitForRefined());
  const QPoint from = viewport_->rect().center();
  QTest::mousePress(viewport_, Qt::LeftButton, {}, from);
  child<QDoubleSpinBox>("seed").setValue(5);
  double psnr = 0;
  bool front = false;
  ASSERT_TRUE(test::waitUntil([&] {  // the hand goes on while the head is made
    front = !front;
    moveMouse(from + QPoint(front ? 1 : 0, 0));
    previews_.clear();
    test::waitUntil([&] { return !previews_.empty(); }, 1000);
    if (!previews_.empty()) {
      const Frame& frame = previews_.back();
      psnr = test::psnr(frame.picture,
                        processorFrame({.seed = 5}, viewport_->camera(), RenderMode::Picture, frame).picture);
    }
    return psnr > 30;
  }));
  QTest::mouseRelease(viewport_, Qt::LeftButton, {}, from);
  EXPECT_GT(psnrOfOneMove({.seed = 5}, RenderMode::Picture), 40);
}

TEST_P(MovingPreviewTest, CutOutIsLaidOverItsBackground) {
  openModel();
  ASSERT_TRUE(warmUp());
  click("backgroundNone");
  EXPECT_GT(psnrOfOneMove({.background = NoBackground{}}, RenderMode::Picture), 35);
}

TEST_P(MovingPreviewTest, ProcessorDrawsWhereThereIsNoContext) {
  viewport_->grabFramebuffer();  // the window's own context is made
  QSurfaceFormat impossible = format_;
  impossible.setRenderableType(QSurfaceFormat::OpenGLES);
  impossible.setVersion(2, 0);
  QSurfaceFormat::setDefaultFormat(impossible);
  openModel();
  ASSERT_TRUE(test::waitUntil([this] { return !failures_.empty(); }, 20000));
  std::printf("%s\n", failures_.front().c_str());
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains(QString::fromStdString(failures_.front())));
  QSurfaceFormat::setDefaultFormat(format_);
  coarse_.clear();
  drag({60, 0}, 16);
  ASSERT_TRUE(waitForRefined());
  EXPECT_EQ(failures_.size(), 1U) << "tried again with every frame";
  EXPECT_FALSE(coarse_.empty());
  EXPECT_TRUE(previews_.empty());
  EXPECT_EQ(window_->findChild<QDialog*>("errorDialog"), nullptr);

  window_->openModel(kModel);  // another model is another try
  ASSERT_TRUE(waitForRefined());
  EXPECT_TRUE(warmUp());
}

TEST_P(MovingPreviewTest, EventLoopGoesOnWhileHeadsAreUploaded) {
  openModel();
  test::EventLoopGaps gaps;
  ASSERT_TRUE(warmUp());
  const qint64 while_warming = gaps.takeLongest();
  ASSERT_TRUE(waitForRefined());
  previews_.clear();
  QElapsedTimer clock;
  clock.start();
  drag({300, 40}, 100);
  const qint64 dragged = clock.elapsed();
  const qint64 longest = gaps.takeLongest();
  double drawing = 0;
  for (const Frame& frame : previews_) {
    drawing += totalMilliseconds(frame.times) / static_cast<double>(previews_.size());
  }
  ASSERT_FALSE(previews_.empty());
  std::printf(
      "%s viewport: %.1f previews/s of %d px, %d samples, %.1f ms each; longest gap %lld ms, %lld ms "
      "while the driver compiled\n",
      GetParam(),
      1000.0 * static_cast<double>(previews_.size()) / static_cast<double>(dragged),
      previews_.back().neural_resolution,
      previews_.back().samples_per_ray,
      drawing,
      static_cast<long long>(longest),
      static_cast<long long>(while_warming));
  EXPECT_LT(longest, 2000);
  EXPECT_LT(while_warming, 2000);
}

INSTANTIATE_TEST_SUITE_P(Viewports,
                         MovingPreviewTest,
                         testing::Values("threaded", "direct"),
                         [](const auto& info) { return info.param; });

class NoMovingPreviewTest : public MovingPreviewTest {
 protected:
  const char* wanted() const override { return "off"; }
};

TEST_P(NoMovingPreviewTest, ProcessorDrawsAll) {
  openModel();
  coarse_.clear();
  for (int i = 0; i < 4; ++i) {
    drag({40, 0}, 20);
  }
  ASSERT_TRUE(waitForRefined());
  EXPECT_FALSE(coarse_.empty());
  EXPECT_TRUE(previews_.empty());
}

INSTANTIATE_TEST_SUITE_P(Viewports, NoMovingPreviewTest, testing::Values("threaded"), [](const auto& info) {
  return info.param;
});

TEST_F(MainWindowTest, MovingFramesOfASoftwareDriverAreTheProcessors) {
  if (qEnvironmentVariableIsSet("PANOHEAD_PREVIEW") || !openGlProbe().software) {
    GTEST_SKIP() << "a graphics card draws here, or PANOHEAD_PREVIEW chooses";
  }
  openModel();
  bool preview = false;
  QObject::connect(
      viewport_, &ViewportWidget::frameShown, [&] { preview = preview || viewport_->frameIsPreview(); });
  for (int i = 0; i < 4; ++i) {
    drag({40, 0}, 20);
  }
  ASSERT_TRUE(waitForRefined());
  EXPECT_FALSE(preview);
}

}  // namespace
}  // namespace panohead::ui
