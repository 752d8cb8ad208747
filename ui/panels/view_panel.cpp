#include "ui/panels/view_panel.h"

#include "ui/document.h"
#include "ui/mesh_shadings.h"
#include "ui/viewport_widget.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGridLayout>
#include <QPushButton>
#include <QSignalBlocker>

#include <cmath>

namespace panohead::ui {
namespace {

constexpr int kFirstShading = 100;  // data of the render types that are no RenderMode

}  // namespace

ViewPanel::ViewPanel(Document& document, ViewportWidget& viewport, QWidget* parent)
    : QGroupBox(tr("View"), parent),
      document_(document),
      viewport_(viewport),
      mode_(new QComboBox),
      split_(new QCheckBox(tr("Mesh &beside the picture"))),
      yaw_(numberBox("yaw", tr("Yaw"), -180, 180, 5)),
      pitch_(numberBox("pitch", tr("Pitch"), -89, 89, 5)),
      roll_(numberBox("roll", tr("Roll"), -180, 180, 1)),
      roll_lock_(new QCheckBox(tr("Lock roll"))),
      radius_(numberBox("distance",
                        tr("Distance"),
                        render::OrbitCamera::kMinRadius,
                        render::OrbitCamera::kMaxRadius,
                        0.05)),
      fov_(numberBox(
          "fov", tr("Field of view"), render::OrbitCamera::kMinFov, render::OrbitCamera::kMaxFov, 1)) {
  setObjectName("viewPanel");
  mode_->setObjectName("renderMode");
  mode_->setAccessibleName(tr("Render type"));
  mode_->setToolTip(tr(
      "Picture: super-resolved. Raw: as volume-rendered. Depth, mask and normals: of the volume. Mesh: the "
      "surface, as it can be exported"));
  mode_->addItem(tr("Picture"), static_cast<int>(RenderMode::Picture));
  mode_->addItem(tr("Raw"), static_cast<int>(RenderMode::Raw));
  mode_->addItem(tr("Depth"), static_cast<int>(RenderMode::Depth));
  mode_->addItem(tr("Mask"), static_cast<int>(RenderMode::Mask));
  mode_->addItem(tr("Normals"), static_cast<int>(RenderMode::Normals));
  mode_->insertSeparator(mode_->count());
  for (const auto& [shading, name] : meshShadings()) {
    mode_->addItem(name, kFirstShading + static_cast<int>(shading));
  }
  connect(mode_, &QComboBox::currentIndexChanged, this, &ViewPanel::chooseMode);
  split_->setObjectName("meshSplit");
  split_->setToolTip(tr("The picture left of a line that can be dragged, the mesh right of it"));
  connect(split_, &QCheckBox::toggled, this, &ViewPanel::chooseMode);
  connect(&viewport_, &ViewportWidget::meshLookChanged, this, &ViewPanel::showMode);
  fov_->setToolTip(tr("Field of view in degrees; the models were trained at 18.8"));
  radius_->setSuffix({});
  radius_->setDecimals(2);
  radius_->setToolTip(tr("Distance from the point looked at; the models were trained at 2.7"));
  roll_->setToolTip(tr("Turns the picture; 0 keeps the head upright"));
  roll_lock_->setObjectName("rollLock");
  roll_lock_->setToolTip(tr("Keeps the head upright; unlocked, Alt and drag turn the picture"));
  roll_lock_->setChecked(true);
  connect(roll_lock_, &QCheckBox::toggled, this, &ViewPanel::lockRoll);
  connect(&document_, &Document::changed, this, &ViewPanel::show);

  auto* actual = new QCheckBox(tr("&Actual size"));
  actual->setObjectName("actualSize");
  actual->setToolTip(tr("One pixel of the picture on one pixel of the screen, unscaled"));
  connect(actual, &QCheckBox::toggled, &viewport_, &ViewportWidget::setActualSize);
  auto* hud = new QCheckBox(tr("Stage times"));
  hud->setObjectName("hud");
  hud->setToolTip(tr("Times, resolution and orientation over the picture"));
  hud->setChecked(true);
  connect(hud, &QCheckBox::toggled, &viewport_, &ViewportWidget::setHudVisible);

  auto* layout = new QFormLayout(this);
  layout->setVerticalSpacing(8);
  layout->addRow(tr("Render type"), mode_);
  layout->addRow(split_);
  layout->addRow(tr("&Yaw"), yaw_);
  layout->addRow(tr("&Pitch"), pitch_);
  layout->addRow(tr("R&oll"), roll_);
  layout->addRow(QString(), roll_lock_);
  layout->addRow(tr("&Distance"), radius_);
  layout->addRow(tr("Field of view"), fov_);
  layout->addRow(actual);
  layout->addRow(hud);
  layout->addRow(makeNamedViews());
  show();
}

QDoubleSpinBox* ViewPanel::numberBox(
    const char* name, const QString& title, double low, double high, double step) {
  auto* box = new QDoubleSpinBox;
  box->setObjectName(name);
  box->setAccessibleName(title);
  box->setToolTip(tr("%1 of the camera").arg(title));
  box->setRange(low, high);
  box->setSingleStep(step);
  box->setDecimals(1);
  box->setSuffix(QString::fromUtf8("\u00b0"));
  box->setKeyboardTracking(false);
  connect(box, &QDoubleSpinBox::valueChanged, this, &ViewPanel::apply);
  return box;
}

void ViewPanel::apply() {
  document_.edit(tr("Camera"), "camera numbers", [this](Project& project) {
    OrbitView& camera = project.camera;
    // A box shows fewer digits than the camera has: only the one that was changed counts.
    const auto take = [](double& number, const QDoubleSpinBox* box) {
      const double digits = std::pow(10.0, box->decimals());
      if (std::abs(std::round(number * digits) / digits - box->value()) > 0.5 / digits) {
        number = box->value();
      }
    };
    take(camera.yaw_degrees, yaw_);
    take(camera.pitch_degrees, pitch_);
    take(camera.roll_degrees, roll_);
    take(camera.radius, radius_);
    take(camera.fov_degrees, fov_);
  });
}

void ViewPanel::lockRoll(bool lock) {
  viewport_.setRollLocked(lock);
  roll_->setEnabled(!lock);
  if (lock) {
    document_.edit(tr("Lock roll"), {}, [](Project& project) { project.camera.roll_degrees = 0; });
  }
}

// Render types of the neural picture belong to the project, those of the mesh to the window.
void ViewPanel::chooseMode() {
  const int type = mode_->currentData().toInt();
  render::MeshLook look = viewport_.meshLook();
  look.shown = type >= kFirstShading;
  look.split = split_->isChecked();
  if (look.shown) {
    look.shading = static_cast<render::MeshShading>(type - kFirstShading);
  } else {
    document_.edit(
        tr("Render type"), {}, [type](Project& project) { project.mode = static_cast<RenderMode>(type); });
  }
  viewport_.setMeshLook(look);
}

void ViewPanel::showMode() {
  const render::MeshLook& look = viewport_.meshLook();
  const QSignalBlocker quiet[] = {QSignalBlocker(mode_), QSignalBlocker(split_)};
  mode_->setCurrentIndex(mode_->findData(look.shown ? kFirstShading + static_cast<int>(look.shading)
                                                    : static_cast<int>(document_.project().mode)));
  split_->setChecked(look.split);
  split_->setEnabled(look.shown);
}

void ViewPanel::show() {
  const Project& project = document_.project();
  showMode();
  const auto put = [](QDoubleSpinBox* box, double value) {
    const QSignalBlocker silent(box);
    box->setValue(value);
  };
  put(yaw_, std::remainder(project.camera.yaw_degrees, 360.0));
  put(pitch_, project.camera.pitch_degrees);
  put(roll_, project.camera.roll_degrees);
  if (project.camera.roll_degrees != 0 && roll_lock_->isChecked()) {  // of a project, or by undo
    const QSignalBlocker silent(roll_lock_);
    roll_lock_->setChecked(false);
    viewport_.setRollLocked(false);
  }
  roll_->setEnabled(!roll_lock_->isChecked());
  put(radius_, project.camera.radius);
  put(fov_, project.camera.fov_degrees);
}

QWidget* ViewPanel::makeNamedViews() {
  struct NamedView {
    QString text;
    const char* name;
    render::Snap direction;
    int row, column;
  };
  const NamedView views[] = {{tr("Front"), "viewFront", render::Snap::Front, 0, 0},
                             {tr("Back"), "viewBack", render::Snap::Back, 1, 0},
                             {tr("Left"), "viewLeft", render::Snap::Left, 0, 1},
                             {tr("Right"), "viewRight", render::Snap::Right, 1, 1},
                             {tr("Top"), "viewTop", render::Snap::Top, 0, 2}};
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
  auto* turn = new QPushButton(tr("T&urntable"));
  turn->setObjectName("turntable");
  turn->setToolTip(tr("Turns around the head until it is pressed again (T)"));
  turn->setCheckable(true);
  connect(turn, &QPushButton::toggled, &viewport_, &ViewportWidget::setTurning);
  connect(&viewport_, &ViewportWidget::turningChanged, turn, &QPushButton::setChecked);
  grid->addWidget(turn, 2, 0, 1, 3);
  auto* reset = new QPushButton(tr("Reset"));
  reset->setObjectName("viewReset");
  reset->setToolTip(tr("Back to the first view (Home)"));
  connect(reset, &QPushButton::clicked, &viewport_, &ViewportWidget::resetCamera);
  grid->addWidget(reset, 1, 2);
  return box;
}

}  // namespace panohead::ui
