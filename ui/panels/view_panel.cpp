#include "ui/panels/view_panel.h"

#include "ui/viewport_widget.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QPushButton>
#include <QSignalBlocker>

namespace panohead::ui {

ViewPanel::ViewPanel(ViewportWidget& viewport, QWidget* parent)
    : QGroupBox(tr("View"), parent), viewport_(viewport), fov_(new QDoubleSpinBox) {
  setObjectName("viewPanel");
  auto* mode = new QComboBox;
  mode->setObjectName("renderMode");
  mode->setAccessibleName(tr("Render type"));
  mode->setToolTip(tr("Picture: super-resolved. Raw: as volume-rendered. Depth and mask: of the volume"));
  mode->addItem(tr("Picture"), static_cast<int>(RenderMode::Picture));
  mode->addItem(tr("Raw"), static_cast<int>(RenderMode::Raw));
  mode->addItem(tr("Depth"), static_cast<int>(RenderMode::Depth));
  mode->addItem(tr("Mask"), static_cast<int>(RenderMode::Mask));
  connect(mode, &QComboBox::currentIndexChanged, this, [this, mode] {
    viewport_.setRenderMode(static_cast<RenderMode>(mode->currentData().toInt()));
  });

  fov_->setObjectName("fov");
  fov_->setAccessibleName(tr("Field of view"));
  fov_->setToolTip(tr("Field of view in degrees; the models were trained at 18.8"));
  fov_->setRange(render::OrbitCamera::kMinFov, render::OrbitCamera::kMaxFov);
  fov_->setDecimals(1);
  fov_->setSuffix(QString::fromUtf8("\u00b0"));
  fov_->setValue(kHeadFovDegrees);
  connect(fov_, &QDoubleSpinBox::valueChanged, &viewport_, &ViewportWidget::setFov);
  connect(&viewport_, &ViewportWidget::fovChanged, this, [this](double degrees) {
    const QSignalBlocker quiet(fov_);
    fov_->setValue(degrees);
  });

  auto* actual = new QCheckBox(tr("&Actual size"));
  actual->setObjectName("actualSize");
  actual->setToolTip(tr("One pixel of the picture on one pixel of the screen, unscaled"));
  connect(actual, &QCheckBox::toggled, &viewport_, &ViewportWidget::setActualSize);
  auto* hud = new QCheckBox(tr("Stage t&imes"));
  hud->setObjectName("hud");
  hud->setToolTip(tr("Times, resolution and orientation over the picture"));
  hud->setChecked(true);
  connect(hud, &QCheckBox::toggled, &viewport_, &ViewportWidget::setHudVisible);

  auto* layout = new QFormLayout(this);
  layout->setVerticalSpacing(8);
  layout->addRow(tr("Render t&ype"), mode);
  layout->addRow(tr("&Field of view"), fov_);
  layout->addRow(actual);
  layout->addRow(hud);
  layout->addRow(makeNamedViews());
}

QWidget* ViewPanel::makeNamedViews() {
  struct NamedView {
    QString text;
    const char* name;
    render::Snap direction;
    int row, column;
  };
  const NamedView views[] = {{tr("Front"), "viewFront", render::Snap::Front, 0, 0},
                             {tr("Back"), "viewBack", render::Snap::Back, 0, 1},
                             {tr("Left"), "viewLeft", render::Snap::Left, 1, 0},
                             {tr("Right"), "viewRight", render::Snap::Right, 1, 1},
                             {tr("Top"), "viewTop", render::Snap::Top, 2, 0}};
  auto* box = new QWidget;
  auto* grid = new QGridLayout(box);
  grid->setContentsMargins(0, 4, 0, 0);
  grid->setSpacing(6);
  for (const NamedView& view : views) {
    auto* button = new QPushButton(view.text);
    button->setObjectName(view.name);
    button->setToolTip(tr("Look at this side of the head"));
    connect(button, &QPushButton::clicked, this, [this, direction = view.direction] {
      viewport_.snap(direction);
    });
    grid->addWidget(button, view.row, view.column);
  }
  auto* reset = new QPushButton(tr("Reset"));
  reset->setObjectName("viewReset");
  reset->setToolTip(tr("Back to the first view (Home)"));
  connect(reset, &QPushButton::clicked, &viewport_, &ViewportWidget::resetCamera);
  grid->addWidget(reset, 2, 1);
  return box;
}

}  // namespace panohead::ui
