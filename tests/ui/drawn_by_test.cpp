// What the window says of what draws its pictures.
#include "tests/support/fake_device.h"
#include "tests/ui/main_window_fixture.h"
#include "ui/stage_names.h"

#include <gmock/gmock.h>

namespace panohead::ui {
namespace {

using testing::HasSubstr;

/// A viewport that previews all it can by OpenGL, and a head that another device draws.
class DeviceInViewport : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::haveDisplay()) {
      GTEST_SKIP() << "no display: run under xvfb-run";
    }
    test::qtApplication();
    qputenv("PANOHEAD_PREVIEW", "on");
    viewport_ = std::make_unique<ViewportWidget>();
    qunsetenv("PANOHEAD_PREVIEW");
    viewport_->resize(300, 300);
    viewport_->show();
    SilentContext context;
    model_ = fake_.open(kModel, DeviceChoice::Auto, context);
    head_ = makeHead(model_, {}, context);
    QObject::connect(viewport_.get(), &ViewportWidget::frameShown, [this] {
      ++(viewport_->frameIsPreview() ? previews_ : viewport_->frame().refined ? refined_ : coarse_);
    });
  }

  /// Turns the head until the condition holds.
  template <typename Condition>
  bool turnUntil(Condition condition) {
    for (int i = 0; i < 200 && !condition(); ++i) {
      viewport_->setCamera({.yaw_degrees = 3.0 * i});
      const int before = coarse_ + previews_;
      test::waitUntil([&] { return coarse_ + previews_ > before || refined_ > 0; }, 10000);
      refined_ = 0;
    }
    return condition();
  }
  std::string footer() const { return viewport_->scene().hud.footer; }

  test::FakeDevice fake_;
  ModelPtr model_;
  HeadPtr head_;
  std::unique_ptr<ViewportWidget> viewport_;
  int previews_ = 0, refined_ = 0, coarse_ = 0;
};

TEST_F(DeviceInViewport, IsNamedAsLongAsItDraws) {
  viewport_->setHead(head_);
  ASSERT_TRUE(test::waitUntil([this] { return refined_ > 0; }));
  EXPECT_EQ(footer(), deviceName(drawnBy(*model_).device).toStdString());
  EXPECT_THAT(footer(), HasSubstr(test::FakeDevice::kName));
  EXPECT_TRUE(turnUntil([this] { return coarse_ >= 8; }));
  EXPECT_EQ(previews_, 0) << "OpenGL draws what something faster can";

  fake_.drawing = test::FakeDevice::Failure::Error;
  refined_ = 0;
  viewport_->setCamera({.yaw_degrees = 77});
  ASSERT_TRUE(test::waitUntil([this] { return refined_ > 0; })) << "no picture after the failure";
  EXPECT_EQ(footer(), deviceName(computeDevice()).toStdString());
  EXPECT_TRUE(turnUntil([this] { return previews_ > 0; })) << "the processor's help does not come back";
}

class DeviceInWindow : public MainWindowTest {};

TEST_F(DeviceInWindow, StatusSaysWhatDrawsAndWhyNothingFaster) {
  SilentContext context;
  const DrawnBy by = drawnBy(*panohead::openModel(kModel, context, DeviceChoice::Auto));
  auto* label = window_->findChild<QLabel*>("statusDevice");
  openModel();  // the processor, since nothing else was asked for
  EXPECT_EQ(label->text(), deviceName(computeDevice()));
  EXPECT_FALSE(label->toolTip().isEmpty());
  const QString usual = label->toolTip();
  window_->setDevice(DeviceChoice::Auto);
  openModel();
  EXPECT_TRUE(test::waitUntil([&] { return label->text() == deviceName(by.device); }, 5000));
  if (by.gpu) {
    EXPECT_EQ(label->toolTip(), usual);
  } else {
    EXPECT_TRUE(test::waitUntil([&] { return label->toolTip().contains(toQString(by.reason)); }, 5000))
        << label->toolTip().toStdString();
  }
}

}  // namespace
}  // namespace panohead::ui
