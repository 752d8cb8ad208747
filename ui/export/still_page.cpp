#include "ui/export/still_page.h"

#include "core/base/image_io.h"
#include "ui/bridge/qt_convert.h"
#include "ui/document.h"
#include "ui/export/form_rows.h"

#include <QComboBox>

namespace panohead::ui {
namespace {

enum Ground { OfHead, Transparent };

}  // namespace

StillPage::StillPage(Document& document, QWidget* parent)
    : ExportPage(parent),
      document_(document),
      mode_(new QComboBox),
      rays_(new QComboBox),
      samples_(new QComboBox),
      background_(new QComboBox) {
  setObjectName("stillPage");
  mode_->addItem(tr("picture"), static_cast<int>(RenderMode::Picture));
  mode_->addItem(tr("raw picture"), static_cast<int>(RenderMode::Raw));
  mode_->addItem(tr("depth"), static_cast<int>(RenderMode::Depth));
  mode_->addItem(tr("mask"), static_cast<int>(RenderMode::Mask));
  mode_->addItem(tr("normals"), static_cast<int>(RenderMode::Normals));
  rays_->addItem(tr("the model's"), 0);
  for (const int side : {64, 128, 256, 512}) {
    rays_->addItem(tr("%1 px").arg(side), side);
  }
  samples_->addItem(tr("the model's"), 0);
  for (const int count : {48, 96, 192}) {
    samples_->addItem(QString("%1 + %1").arg(count), count);
  }
  background_->addItem(tr("as shown"), OfHead);
  background_->addItem(tr("transparent"), Transparent);

  QFormLayout* form = makeForm(this);
  addRow(this,
         *form,
         mode_,
         "stillMode",
         tr("Type"),
         tr("What the picture shows; raw: before super-resolution"));
  addRow(this,
         *form,
         rays_,
         "stillRays",
         tr("Ra&ys"),
         tr("On a side of the volume-rendered picture; super-resolution enlarges it to the model's size"));
  addRow(this,
         *form,
         samples_,
         "stillSamples",
         tr("Sam&ples"),
         tr("On every ray, coarse and fine: more make fine hair and soft edges steadier"));
  addRow(this,
         *form,
         background_,
         "stillBackground",
         tr("&Background"),
         tr("Transparent: with alpha, for compositing"));
}

ViewOptions StillPage::options() const {
  ViewOptions view;
  view.camera = orbitLabel(document_.project().camera);
  view.mode = static_cast<RenderMode>(mode_->currentData().toInt());
  view.neural_resolution = rays_->currentData().toInt();
  if (const int count = samples_->currentData().toInt(); count > 0) {
    view.coarse_samples = view.fine_samples = count;
  }
  return view;
}

int StillPage::sideOf(const Head& head) const {
  const ModelInfo& info = modelInfo(*headModel(head));
  const ViewOptions view = options();
  return view.mode == RenderMode::Picture ? info.image_resolution
         : view.neural_resolution > 0     ? view.neural_resolution
                                          : info.neural_resolution;
}

QString StillPage::name() const { return tr("Still"); }

ExportPlace StillPage::place(const Head& head) const {
  return {tr("Still"), fileNameOf(headOptions(head)) + ".png", "png", {tr("Pictures (*.png)")}};
}

ExportForecast StillPage::forecast(const Head& head) const {
  const int side = sideOf(head);
  return {tr("%1 \u00d7 %1 pixels, by the camera of the viewport").arg(side)};
}

ExportWork StillPage::work(const HeadPtr& head, const std::filesystem::path& file) const {
  const bool transparent = background_->currentData().toInt() == Transparent;
  return [head, view = options(), transparent, file](JobContext& context) {
    const HeadPtr drawn = transparent ? withBackground(head, NoBackground{}, context) : head;
    writePng(file, renderFrame(*drawn, view, context).picture);
    return Exported{{file}, {}};
  };
}

}  // namespace panohead::ui
