// The wheel over columns of controls.
#include "tests/ui/main_window_fixture.h"
#include "ui/training/number_box.h"

#include <QDockWidget>
#include <QScrollArea>
#include <QSlider>
#include <QVBoxLayout>
#include <QWheelEvent>

namespace panohead::ui {
namespace {

/// As from the window system: only such events give focus, and go on to the parents of who does not take
/// them.
void turnWheel(QWidget& over) {
  const QPointF centre = over.rect().center();
  QWheelEvent wheel(centre,
                    over.mapToGlobal(centre),
                    {},
                    {0, -120},
                    Qt::NoButton,
                    Qt::NoModifier,
                    Qt::NoScrollPhase,
                    false);
  QSpontaneKeyEvent::setSpontaneous(&wheel);
  qApp->notify(&over, &wheel);
}

/// The bar of the column that a control is in.
QScrollBar* barOf(QWidget* control) {
  for (QWidget* parent = control->parentWidget(); parent != nullptr; parent = parent->parentWidget()) {
    if (auto* scroll = qobject_cast<QScrollArea*>(parent)) {
      return scroll->verticalScrollBar();
    }
  }
  return nullptr;
}

TEST_F(MainWindowTest, TheWheelScrollsColumnsAndChangesNothing) {
  openModel();
  window_->resize(1100, 560);
  QTest::qWait(100);
  viewport_->setFocus();
  const Project before = window_->document().project();
  for (const char* name : {"distance", "renderMode", "truncationSlider", "seed"}) {
    auto& control = child<QWidget>(name);
    QScrollBar* bar = barOf(&control);
    ASSERT_NE(bar, nullptr) << name;
    ASSERT_GT(bar->maximum(), 0) << name << ": nothing to scroll";
    bar->setValue(0);
    turnWheel(control);
    EXPECT_GT(bar->value(), 0) << name;
    EXPECT_FALSE(control.hasFocus()) << name;
  }
  EXPECT_TRUE(window_->document().project() == before);

  // A box that was clicked is another matter.
  auto& distance = child<QDoubleSpinBox>("distance");
  distance.setFocus();
  turnWheel(distance);
  EXPECT_NE(window_->document().project().camera.radius, before.camera.radius);
}

TEST_F(MainWindowTest, TheWheelGivesNoControlTheFocus) {
  openModel();
  int boxes = 0;
  for (const char* name : {"headDock", "editDock", "sceneDock", "exportDock", "timelineDock"}) {
    auto& dock = child<QDockWidget>(name);
    dock.show();
    dock.raise();
    QTest::qWait(50);
    for (const QWidget* widget : dock.findChildren<QWidget*>()) {
      const bool box =
          qobject_cast<const QAbstractSpinBox*>(widget) || qobject_cast<const QComboBox*>(widget);
      if (box && widget->isVisible()) {
        ++boxes;
        EXPECT_NE(widget->focusPolicy(), Qt::WheelFocus) << widget->objectName().toStdString();
      }
    }
  }
  EXPECT_GT(boxes, 30);
}

TEST(WheelGuard, NumbersOfFormsNeedAClick) {
  if (!test::haveDisplay()) {
    GTEST_SKIP() << "no display: run under xvfb-run";
  }
  test::qtApplication();
  QWidget form;
  auto* layout = new QVBoxLayout(&form);
  auto* box = new NumberBox(0, 10, false);
  auto* slider = new QSlider(Qt::Horizontal);
  layout->addWidget(box);
  layout->addWidget(slider);
  box->setValue(5);
  form.show();
  form.activateWindow();
  ASSERT_TRUE(QTest::qWaitForWindowActive(&form));
  slider->setFocus();
  turnWheel(*box);
  EXPECT_EQ(box->value(), 5);
  box->setFocus();
  turnWheel(*slider);
  EXPECT_EQ(slider->value(), 0);
  turnWheel(*box);
  EXPECT_LT(box->value(), 5);
}

}  // namespace
}  // namespace panohead::ui
