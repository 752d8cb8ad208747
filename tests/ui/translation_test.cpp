// Whatever the window says goes through tr(): a translator that marks all it is asked for leaves nothing
// unmarked but what is no language.
#include "tests/ui/main_window_fixture.h"
#include "ui/hud_text.h"
#include "ui/panels/training_panel.h"
#include "ui/stage_names.h"
#include "ui/training/training_dock.h"

#include <QAction>
#include <QDockWidget>
#include <QGroupBox>
#include <QLineEdit>
#include <QMenuBar>
#include <QTabBar>
#include <QTranslator>

#include <cctype>
#include <set>

namespace panohead::ui {
namespace {

const QString kMark = QString::fromUtf8("\u00a4");

class Marker final : public QTranslator {
 public:
  Marker() { QCoreApplication::installTranslator(this); }
  ~Marker() override { QCoreApplication::removeTranslator(this); }
  bool isEmpty() const override { return false; }
  QString translate(const char* context, const char* source, const char*, int) const override {
    const bool qts_own = context[0] == 'Q' && std::isupper(static_cast<unsigned char>(context[1])) != 0;
    return qts_own ? QString() : kMark + QString::fromUtf8(source);
  }
};

bool isLanguage(const QString& text) {
  return std::ranges::count_if(text, [](QChar letter) { return letter.isLetter(); }) > 1;
}

/// Texts of the window that nobody could translate, with the names of what shows them.
class Untranslated {
 public:
  void look(const QWidget& widget) {
    note(widget, widget.toolTip());
    note(widget, widget.accessibleName());
    note(widget, widget.windowTitle());
    if (const auto* label = qobject_cast<const QLabel*>(&widget)) {
      note(widget, label->text());
    } else if (const auto* button = qobject_cast<const QAbstractButton*>(&widget)) {
      note(widget, button->text());
    } else if (const auto* group = qobject_cast<const QGroupBox*>(&widget)) {
      note(widget, group->title());
    } else if (const auto* box = qobject_cast<const QComboBox*>(&widget)) {
      for (int i = 0; i < box->count(); ++i) {
        note(widget, box->itemText(i));
      }
    } else if (const auto* bar = qobject_cast<const QTabBar*>(&widget)) {
      for (int i = 0; i < bar->count(); ++i) {
        note(widget, bar->tabText(i));
      }
    } else if (const auto* number = qobject_cast<const QDoubleSpinBox*>(&widget)) {
      note(widget, number->suffix());
      note(widget, number->prefix());
    } else if (const auto* count = qobject_cast<const QSpinBox*>(&widget)) {
      note(widget, count->suffix());
      note(widget, count->specialValueText());
    } else if (const auto* line = qobject_cast<const QLineEdit*>(&widget)) {
      note(widget, line->placeholderText());
    }
    for (const QAction* action : widget.actions()) {
      note(widget, action->text());
    }
  }
  std::set<std::string> found;

 private:
  void note(const QWidget& widget, const QString& text) {
    if (isLanguage(text) && !text.contains(kMark)) {
      found.insert(widget.metaObject()->className() +
                   (" " + widget.objectName() + ": " + text).toStdString());
    }
  }
};

TEST_F(MainWindowTest, EveryStringThatIsSeenCanBeTranslated) {
  const Marker marker;
  const test::ScratchFolder places;
  MainWindow window(Places::below(places.path()));
  window.show();
  window.findChild<TrainingDock*>("trainingDock")->panel();
  auto* viewport = window.findChild<ViewportWidget*>("viewport");
  window.openModel(kModel);
  ASSERT_TRUE(
      test::waitUntil([&] { return viewport->frame().refined && !viewport->frame().picture.empty(); }));
  QTest::qWait(400);  // the status bar
  Untranslated all;
  for (const QWidget* widget : window.findChildren<QWidget*>()) {
    all.look(*widget);
  }
  // What is no language: names of files, models, presets and options' values.
  std::erase_if(all.found, [](const std::string& text) {
    return std::ranges::any_of(std::initializer_list<const char*>{"QComboBox preset: ",
                                                                  "QComboBox option_",
                                                                  "QLabel modelName: ",
                                                                  "ModelPanel",
                                                                  "qt_dockwidget",
                                                                  "ScrollLeftButton",
                                                                  "ScrollRightButton",
                                                                  "qt_spinbox_lineedit"},
                               [&](const char* known) { return text.find(known) != std::string::npos; });
  });
  for (const std::string& text : all.found) {
    ADD_FAILURE() << text;
  }
}

TEST(HudText, IsTranslatedWithItsStages) {
  test::qtApplication();
  const Marker marker;
  Frame frame;
  frame.refined = false;
  frame.times = {{"volume rendering", 12}, {"super-resolution", 3}, {"background and raw picture", 1}};
  frame.neural_resolution = 64;
  frame.samples_per_ray = 96;
  frame.picture = Image(256, 256, 3);
  const render::HudContent hud = hudText({&frame,
                                          20,
                                          71234,
                                          stageName("reading model.pkl"),
                                          false,
                                          deviceName("CPU, 2 threads, LibTorch 2.13.0")},
                                         {});
  ASSERT_EQ(hud.lines.size(), 11U);
  for (const render::HudLine& line : hud.lines) {
    EXPECT_TRUE(line.label.starts_with(kMark.toStdString())) << line.label;
  }
  const auto value = [&](std::size_t i) { return hud.lines[i].value; };
  EXPECT_EQ(value(0), kMark.toStdString() + "12.0 ms");
  EXPECT_EQ(value(5), kMark.toStdString() + "coarse");
  EXPECT_EQ(value(9), "71,234");
  EXPECT_EQ(value(10), kMark.toStdString() + "reading model.pkl");
  EXPECT_NE(hud.footer.find(kMark.toStdString() + "2 threads"), std::string::npos) << hud.footer;
  EXPECT_EQ(stageName("something new"), "something new") << "unknown ones stay";
}

}  // namespace
}  // namespace panohead::ui
