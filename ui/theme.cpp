#include "ui/theme.h"

#include "ui/drop_guard.h"
#include "ui/undo_guard.h"
#include "ui/wheel_guard.h"

#include <QApplication>
#include <QFont>
#include <QPalette>
#include <QStyleFactory>

namespace panohead::ui {
namespace {

constexpr char kStyleSheet[] = R"(
QToolTip { background: #2b2f36; color: #dfe2e7; border: 1px solid #454b55; padding: 4px; }
QMenuBar { background: #191b1f; padding: 2px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: #2e333b; }
QMenu { background: #23262c; border: 1px solid #3a3f48; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 20px; border-radius: 4px; }
QMenu::item:selected { background: #2f5f8f; }
QMenu::separator { height: 1px; background: #3a3f48; margin: 4px 8px; }
QStatusBar { background: #191b1f; border-top: 1px solid #2c3037; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: #a3a9b3; padding: 0 6px; }
QMainWindow::separator { background: #191b1f; width: 3px; height: 3px; }
QDockWidget { titlebar-close-icon: none; font-weight: 600; }
QDockWidget::title { background: #1f2227; padding: 7px 10px; }
QGroupBox { border: 1px solid #30343b; border-radius: 6px; margin-top: 9px; padding: 10px 8px 8px 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: #a3a9b3; }
QPushButton, QToolButton {
  background: #2c3037; border: 1px solid #3a3f48; border-radius: 5px; padding: 5px 10px; }
QFileDialog QToolButton { padding: 2px; }
QToolButton[popupMode="2"] { padding: 4px 18px 4px 8px; }
QPushButton::menu-indicator, QToolButton::menu-indicator {
  subcontrol-origin: padding; subcontrol-position: right center; right: 6px; }
QPushButton:hover, QToolButton:hover { background: #363b44; }
QPushButton:pressed, QToolButton:pressed { background: #24282e; }
QPushButton:checked, QToolButton:checked { background: #2f5f8f; border-color: #4a86c5; }
QPushButton:focus, QToolButton:focus { border-color: #5b9bd5; outline: none; }
QPushButton:disabled { color: #6b717b; background: #25282d; }
QLineEdit, QPlainTextEdit {
  background: #17191c; border: 1px solid #3a3f48; border-radius: 4px; padding: 3px 6px; }
QRadioButton::indicator, QCheckBox::indicator {
  width: 13px; height: 13px; border: 1px solid #5a616d; background: #17191c; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator:checked { border-color: #5b9bd5;
  background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0.5 #5b9bd5, stop: 0.62 #17191c); }
QCheckBox::indicator:checked { border-color: #5b9bd5; background: #4a86c5; }
QRadioButton::indicator:focus, QCheckBox::indicator:focus { border-color: #cfd4db; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QSlider::groove:horizontal { height: 4px; background: #3a3f48; border-radius: 2px; }
QSlider::sub-page:horizontal { background: #4a86c5; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; margin: -5px 0; border-radius: 7px; background: #cfd4db; }
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus { background: #ffffff; }
QProgressBar { background: #17191c; border: 1px solid #3a3f48; border-radius: 5px; text-align: center; }
QProgressBar::chunk { background: #4a86c5; border-radius: 4px; }
QToolButton[role="caption"] { background: transparent; border: none; padding: 0; text-align: left; }
QLabel[role="value"] { color: #dfe2e7; }
QLabel[role="quiet"] { color: #8b919c; }
QLabel[role="small"] { font-size: 11px; color: #cfd3da; }
QLabel[role="headline"] { font-size: 15px; font-weight: 600; color: #eceef1; }
)";

}  // namespace

void applyTheme(QApplication& application) {
  application.setStyle(QStyleFactory::create("Fusion"));
  const QColor text(0xcf, 0xd3, 0xda);
  const QColor faint(0x6b, 0x71, 0x7b);
  const QColor accent(0x4a, 0x86, 0xc5);
  QPalette palette(QColor(0x2c, 0x30, 0x37), QColor(0x1f, 0x22, 0x27));
  palette.setColor(QPalette::WindowText, text);
  palette.setColor(QPalette::Text, text);
  palette.setColor(QPalette::ButtonText, text);
  palette.setColor(QPalette::Base, QColor(0x17, 0x19, 0x1c));
  palette.setColor(QPalette::AlternateBase, QColor(0x1c, 0x1f, 0x23));
  palette.setColor(QPalette::ToolTipBase, QColor(0x2b, 0x2f, 0x36));
  palette.setColor(QPalette::ToolTipText, text);
  palette.setColor(QPalette::PlaceholderText, faint);
  palette.setColor(QPalette::Highlight, accent);
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, accent);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, faint);
  }
  application.setPalette(palette);
  // A label with an underlined letter is drawn in parts, without kerning between them, but measured with it:
  // the last letter of "Yaw" was cut.
  QFont font = application.font();
  font.setKerning(false);
  application.setFont(font);
  application.setStyleSheet(kStyleSheet);
  new WheelGuard(&application);
  new DropGuard(&application);
  new UndoGuard(&application);
}

}  // namespace panohead::ui
