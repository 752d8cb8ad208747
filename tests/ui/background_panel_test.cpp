// The background panel in its window.
#include "tests/ui/main_window_fixture.h"

#include <QColorDialog>
#include <QStatusBar>

namespace panohead::ui {
namespace {

class BackgroundPanelTest : public MainWindowTest {
 protected:
  /// Opens the dialog and tries a colour in it.
  QColorDialog& tryColour(const QColor& colour) {
    click("backgroundColourChoose");
    auto& dialog = child<QColorDialog>("colourDialog");
    dialog.setCurrentColor(colour);
    return dialog;
  }
  /// The dialog goes when control is back in the event loop; the next one has its name.
  bool dialogGone() {
    return test::waitUntil([this] { return window_->findChild<QColorDialog*>("colourDialog") == nullptr; });
  }
  const Background& background() { return window_->document().project().head.background; }
  bool pictureHas(const QColor& corner) {
    return test::waitUntil([&] {
      const Image& picture = viewport_->frame().picture;
      return viewport_->frame().refined && std::abs(picture.pixels[0] - corner.red()) < 3 &&
             std::abs(picture.pixels[1] - corner.green()) < 3 &&
             std::abs(picture.pixels[2] - corner.blue()) < 3;
    });
  }
};

TEST_F(BackgroundPanelTest, ACancelledColourLeavesEverythingAsItWas) {
  openModel();
  const Image before = viewport_->frame().picture;
  const Project project = window_->document().project();
  QColorDialog& dialog = tryColour(QColor(0, 200, 0));
  EXPECT_TRUE(pictureHas(QColor(0, 200, 0))) << "it is shown while it is tried";
  dialog.reject();
  EXPECT_TRUE(window_->document().project() == project);
  EXPECT_EQ(window_->document().history().count(), 0);
  EXPECT_TRUE(test::waitUntil(
      [&] { return viewport_->frame().refined && viewport_->frame().picture.pixels == before.pixels; }));
}

TEST_F(BackgroundPanelTest, AColourThatIsTakenIsOneStepHoweverManyWereTried) {
  openModel();
  const Project project = window_->document().project();
  QColorDialog& dialog = tryColour(QColor(0, 200, 0));
  QTest::qWait(1000);  // longer than what lets edits become one
  dialog.setCurrentColor(QColor(200, 0, 0));
  dialog.accept();
  EXPECT_EQ(background(), Background(ColourBackground{200, 0, 0}));
  EXPECT_TRUE(pictureHas(QColor(200, 0, 0)));
  EXPECT_EQ(window_->document().history().count(), 1);
  window_->document().history().undo();
  EXPECT_TRUE(window_->document().project() == project);
}

TEST_F(BackgroundPanelTest, AcceptingTheColourThatIsProposedTakesIt) {
  openModel();
  click("backgroundColourChoose");
  auto& dialog = child<QColorDialog>("colourDialog");
  const QColor proposed = dialog.currentColor();
  dialog.accept();
  ASSERT_TRUE(std::holds_alternative<ColourBackground>(background()));
  EXPECT_EQ(std::get<ColourBackground>(background()).red, proposed.red());
  ASSERT_TRUE(dialogGone());

  // Back to the first after trying another: nothing to undo, and nothing of the other stays on the screen.
  QColorDialog& again = tryColour(QColor(200, 0, 0));
  EXPECT_TRUE(pictureHas(QColor(200, 0, 0)));
  again.setCurrentColor(proposed);
  again.accept();
  EXPECT_EQ(window_->document().history().count(), 1);
  EXPECT_TRUE(pictureHas(proposed));
}

TEST_F(BackgroundPanelTest, AMeasuredSwapIsNotShownUnderAnotherHead) {
  openModel();
  child<QAbstractButton>("backgroundOther").click();
  ASSERT_TRUE(waitForRefined());
  int measured = 0;
  QObject::connect(window_.get(), &MainWindow::swapMeasured, [&] { ++measured; });
  const auto& change = child<QLabel>("backgroundChange");
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return !change.text().isEmpty(); }));
  EXPECT_EQ(measured, 1);

  const Image before = viewport_->frame().picture;
  click("backgroundMeasure");
  child<QDoubleSpinBox>("seed").setValue(5);
  ASSERT_TRUE(test::waitUntil([&] {
    return viewport_->frame().refined && viewport_->frame().picture.pixels != before.pixels;
  })) << "the worker makes this head after it has measured";
  EXPECT_EQ(measured, 1);
  EXPECT_EQ(change.text(), QString());
  EXPECT_TRUE(window_->statusBar()->currentMessage().contains("measure again"));
  window_->statusBar()->clearMessage();

  // The head as it was, from another side: only the camera differs, before the worker can have measured.
  click("backgroundMeasure");
  viewport_->setCamera({.yaw_degrees = 60});
  ASSERT_TRUE(test::waitUntil(
      [this] { return window_->statusBar()->currentMessage().contains("measure again"); }, 20000));
  EXPECT_EQ(measured, 1) << "of another side";
}

TEST_F(BackgroundPanelTest, SwapIsMeasuredInsideTheMask) {
  openModel();
  double levels = -1;
  QObject::connect(window_.get(), &MainWindow::swapMeasured, [&](double measured) { levels = measured; });
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return levels >= 0; }));
  EXPECT_EQ(levels, 0) << "its own background is no swap";
  child<QAbstractButton>("backgroundOther").click();
  ASSERT_TRUE(waitForRefined());
  levels = -1;
  click("backgroundMeasure");
  ASSERT_TRUE(test::waitUntil([&] { return levels >= 0; }));
  EXPECT_GT(levels, 0);
  EXPECT_LT(levels, 12) << "the head is not the background";
  std::printf("background swap: the head changed by %.2f levels\n", levels);
}

TEST_F(BackgroundPanelTest, SlidersSayWhatTheyAre) {
  for (const auto& [name, text] :
       {std::pair{"backgroundTruncation", "Truncation"}, std::pair{"backgroundBlur", "Blur"}}) {
    const QWidget* slider = child<QWidget>(name).parentWidget();
    const auto labels = slider->parentWidget()->findChildren<QLabel*>();
    const auto label = std::ranges::find(labels, slider, &QLabel::buddy);
    ASSERT_NE(label, labels.end()) << name;
    EXPECT_EQ((*label)->text(), text);
  }
}

}  // namespace
}  // namespace panohead::ui
