#include "ui/panels/model_panel.h"

#include "ui/bridge/qt_convert.h"
#include "ui/elided_label.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace panohead::ui {

ModelPanel::ModelPanel(QWidget* parent)
    : QGroupBox(tr("Model"), parent),
      name_(new ElidedLabel),
      facts_(new QLabel),
      passport_(new QPushButton(tr("Passport\u2026"))) {
  setObjectName("modelPanel");
  name_->setText(tr("No model"));
  name_->setObjectName("modelName");
  name_->setProperty("role", "headline");
  name_->setTextFormat(Qt::PlainText);
  facts_->setObjectName("modelFacts");
  facts_->setProperty("role", "quiet");
  facts_->setWordWrap(true);
  auto* open = new QPushButton(tr("Open\u2026"));
  open->setObjectName("openModel");
  open->setToolTip(
      tr("Open a .pkl, .pt, .pth or .safetensors file (Ctrl+O); dropping it on the window does the same"));
  connect(open, &QPushButton::clicked, this, &ModelPanel::openRequested);

  passport_->setObjectName("modelPassport");
  passport_->setToolTip(tr("What the file holds; nothing of it is ever run"));
  passport_->setEnabled(false);
  connect(passport_, &QPushButton::clicked, this, &ModelPanel::passportRequested);

  auto* layout = new QVBoxLayout(this);
  layout->addWidget(name_);
  layout->addWidget(facts_);
  auto* row = new QHBoxLayout;
  row->addWidget(open, 1);
  row->addWidget(passport_);
  layout->addLayout(row);
}

void ModelPanel::show(const ModelInfo& info) {
  name_->setText(toQString(info.name));
  name_->setToolTip(toQString(info.path));
  passport_->setEnabled(true);
  facts_->setText(tr("%1 px, neural %2 px\n%3 million parameters, %4")
                      .arg(info.image_resolution)
                      .arg(info.neural_resolution)
                      .arg(static_cast<double>(info.parameters) / 1e6, 0, 'f', 1)
                      .arg(toQString(info.network)));
}

}  // namespace panohead::ui
