#include "ui/export/mesh_look_box.h"

#include "ui/mesh_shadings.h"
#include "ui/value_slider.h"
#include "ui/viewport_widget.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLocale>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace panohead::ui {
namespace {

constexpr int kNone = -1;

}  // namespace

MeshLookBox::MeshLookBox(ViewportWidget& viewport, QWidget* parent)
    : QGroupBox(tr("Preview"), parent),
      viewport_(viewport),
      shading_(new QComboBox),
      split_(new QCheckBox(tr("Beside the picture"))),
      line_(new ValueSlider("previewLine",
                            tr("Line between picture and mesh"),
                            tr("Where the mesh begins; the line can be dragged in the viewport, too"),
                            {0, 1, 0.01, 2, 0.5})),
      state_(new QLabel) {
  setObjectName("meshLookBox");
  shading_->setObjectName("previewShading");
  shading_->setAccessibleName(tr("Mesh in the viewport"));
  shading_->setToolTip(tr("Shows the mesh of this head in the viewport, coarse, under the same camera"));
  shading_->addItem(tr("Picture only"), kNone);
  for (const auto& [shading, name] : meshShadings()) {
    shading_->addItem(name, static_cast<int>(shading));
  }
  split_->setObjectName("previewSplit");
  split_->setToolTip(tr("The picture left of a line that can be dragged, the mesh right of it"));
  state_->setObjectName("previewState");
  state_->setProperty("role", "quiet");
  state_->setWordWrap(true);
  auto* layout = new QVBoxLayout(this);
  layout->setSpacing(6);
  layout->addWidget(shading_);
  layout->addWidget(split_);
  layout->addWidget(line_);
  layout->addWidget(state_);
  connect(shading_, &QComboBox::currentIndexChanged, this, &MeshLookBox::apply);
  connect(split_, &QCheckBox::toggled, this, &MeshLookBox::apply);
  connect(line_, &ValueSlider::edited, this, &MeshLookBox::apply);
  connect(&viewport_, &ViewportWidget::meshLookChanged, this, &MeshLookBox::show);
  connect(&viewport_.meshPreview(), &MeshPreview::changed, this, &MeshLookBox::showState);
  show();
}

void MeshLookBox::apply() {
  const int shading = shading_->currentData().toInt();
  render::MeshLook look = viewport_.meshLook();
  look.shown = shading != kNone;
  if (look.shown) {
    look.shading = static_cast<render::MeshShading>(shading);
  }
  look.split = split_->isChecked();
  look.line = line_->value();
  viewport_.setMeshLook(look);
}

void MeshLookBox::show() {
  const render::MeshLook& look = viewport_.meshLook();
  const QSignalBlocker quiet[] = {QSignalBlocker(shading_), QSignalBlocker(split_)};
  shading_->setCurrentIndex(shading_->findData(look.shown ? static_cast<int>(look.shading) : kNone));
  split_->setChecked(look.split);
  split_->setEnabled(look.shown);
  line_->setValue(look.line);
  line_->setEnabled(look.shown && look.split);
  showState();
}

void MeshLookBox::showState() {
  const MeshPreview& preview = viewport_.meshPreview();
  QString text;
  if (viewport_.meshLook().shown) {
    text =
        preview.ready()
            ? tr("%1 triangles").arg(QLocale().toString(static_cast<qlonglong>(preview.mesh()->triangles())))
        : preview.failed() ? tr("The mesh cannot be made: %1").arg(preview.state())
                           : tr("Making the mesh: %1").arg(preview.state());
  }
  if (text != state_->text()) {
    state_->setText(text);
  }
}

}  // namespace panohead::ui
