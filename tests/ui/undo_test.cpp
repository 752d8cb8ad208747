// Every control of the project is a step that can be undone.
#include "tests/ui/main_window_fixture.h"

#include <QSlider>
#include <QStyleOptionSlider>

namespace panohead::ui {
namespace {

class UndoTest : public MainWindowTest {
 protected:
  Document& document() { return window_->document(); }
  const Project& project() { return document().project(); }
  void edit(const std::function<void(Project&)>& change) { document().edit("prepare", {}, change); }

  /// Expects one step that `change` made, with that name, there and back.
  template <typename Change>
  void expectOneStep(const QString& name, Change change) {
    document().endMerge();
    const Project before = project();
    const int steps = document().history().count();
    change();
    const Project after = project();
    EXPECT_FALSE(after == before) << name.toStdString() << " changes nothing";
    EXPECT_EQ(document().history().count(), steps + 1) << name.toStdString();
    EXPECT_EQ(document().history().undoText(), name);
    document().history().undo();
    EXPECT_TRUE(project() == before) << name.toStdString();
    document().history().redo();
    EXPECT_TRUE(project() == after) << name.toStdString();
  }
};

TEST_F(UndoTest, BoxesAndListsAreSteps) {
  expectOneStep("Noise", [this] { child<QComboBox>("noise").setCurrentIndex(1); });
  child<QAbstractButton>("mix").click();
  expectOneStep("Style mixing", [this] { child<QDoubleSpinBox>("mixSeed").setValue(7); });
  expectOneStep("Frames per second", [this] { child<QDoubleSpinBox>("frameRate").setValue(24); });
  edit([](Project& changed) {
    changed.head.background =
        ImageBackground{.image = std::make_shared<Image>(8, 8, 3), .source = "photo.png"};
  });
  expectOneStep("Photo", [this] { child<QComboBox>("backgroundFit").setCurrentIndex(1); });
}

TEST_F(UndoTest, KeysAreTheWindowsUnlessAFieldHasSomethingToUndo) {
  auto& seed = child<QDoubleSpinBox>("seed");
  seed.setFocus();
  QTest::keyClick(&seed, Qt::Key_Up);
  ASSERT_EQ(project().head.seed, 1U);
  QTest::keyClick(&seed, Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(project().head.seed, 0U) << "the field kept the key";
  QTest::keyClick(&seed, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  EXPECT_EQ(project().head.seed, 1U);
  seed.selectAll();
  QTest::keyClicks(&seed, "25");
  QTest::keyClick(&seed, Qt::Key_Z, Qt::ControlModifier);
  EXPECT_NE(seed.text(), "25") << "what is typed is the field's to undo";
  EXPECT_EQ(project().head.seed, 1U);
  seed.selectAll();
  QTest::keyClicks(&seed, "25");
  QTest::keyClick(&seed, Qt::Key_Return);
  ASSERT_EQ(project().head.seed, 25U);
  QTest::keyClick(&seed, Qt::Key_Z, Qt::ControlModifier);
  EXPECT_EQ(project().head.seed, 1U);
}

TEST_F(UndoTest, SeedsShownBeforeComeBack) {
  child<QDoubleSpinBox>("seed").setValue(3);
  child<QDoubleSpinBox>("seed").setValue(4);
  auto& history = child<QComboBox>("seedHistory");
  ASSERT_EQ(history.count(), 2);
  expectOneStep("Seed 3", [&] { emit history.activated(1); });
  EXPECT_EQ(project().head.seed, 3U);
}

TEST_F(UndoTest, ResettingTheViewIsAStep) {
  openModel();
  edit([](Project& changed) { changed.camera = {.yaw_degrees = 70, .pitch_degrees = 12, .radius = 3}; });
  expectOneStep("Camera", [this] { click("viewReset"); });
  EXPECT_TRUE(project().camera == OrbitView{});
}

TEST_F(UndoTest, ADraggedSliderIsOneStepWithItsName) {
  auto& slider = child<QSlider>("truncationSlider");
  const auto dragged = [&](int by) {
    QStyleOptionSlider option;
    option.initFrom(&slider);
    option.minimum = slider.minimum();
    option.maximum = slider.maximum();
    option.sliderPosition = option.sliderValue = slider.value();
    const QPoint from =
        slider.style()->subControlRect(QStyle::CC_Slider, &option, QStyle::SC_SliderHandle, &slider).center();
    // Not by QTest, which adds the buttons that other tests left pressed: then no slider is taken.
    const auto send = [&](QEvent::Type type, QPoint at, Qt::MouseButton button, Qt::MouseButtons held) {
      QMouseEvent event(type, at, slider.mapToGlobal(at), button, held, Qt::NoModifier);
      QApplication::sendEvent(&slider, &event);
    };
    send(QEvent::MouseButtonPress, from, Qt::LeftButton, Qt::LeftButton);
    for (int i = 1; i <= 10; ++i) {
      send(QEvent::MouseMove, from + QPoint(by * i / 10, 0), Qt::NoButton, Qt::LeftButton);
    }
    send(QEvent::MouseButtonRelease, from + QPoint(by, 0), Qt::LeftButton, Qt::NoButton);
  };
  expectOneStep("Truncation", [&] { dragged(30); });
  EXPECT_TRUE(window_->findChild<QAction*>("actionUndo")->text().contains("Truncation"));
  const int steps = document().history().count();
  dragged(-20);
  dragged(10);
  EXPECT_EQ(document().history().count(), steps + 2) << "each drag is a step";
}

TEST_F(UndoTest, EditsAreCopiedPastedAndReset) {
  openModel();
  EXPECT_FALSE(child<QAbstractButton>("pasteEdits").isEnabled()) << "nothing was copied";
  child<QDoubleSpinBox>("edit_age").setValue(1.5);
  child<QDoubleSpinBox>("edit_smile").setValue(-1);
  const std::vector<LatentEdit> edits = project().head.edits;
  ASSERT_EQ(edits.size(), 2U);
  child<QAbstractButton>("copyEdits").click();
  expectOneStep("Reset edits", [this] { child<QAbstractButton>("resetEdits").click(); });
  EXPECT_TRUE(project().head.edits.empty());
  EXPECT_EQ(child<QDoubleSpinBox>("edit_age").value(), 0);
  child<QDoubleSpinBox>("seed").setValue(8);
  child<QDoubleSpinBox>("edit_smile").setValue(2);
  expectOneStep("Paste edits", [this] { child<QAbstractButton>("pasteEdits").click(); });
  EXPECT_EQ(project().head.edits, edits);
  EXPECT_EQ(project().head.seed, 8U);
  EXPECT_EQ(child<QDoubleSpinBox>("edit_age").value(), 1.5);
  EXPECT_EQ(child<QDoubleSpinBox>("edit_smile").value(), -1);
}

}  // namespace
}  // namespace panohead::ui
