#include "ui/export/views_page.h"

#include "core/base/quantity_text.h"
#include "ui/bridge/qt_convert.h"
#include "ui/export/form_rows.h"

#include <fmt/format.h>

namespace panohead::ui {
namespace {

enum Ground { Transparent, OfHead };

}  // namespace

ViewsPage::ViewsPage(QWidget* parent)
    : ExportPage(parent),
      pattern_(new QComboBox),
      count_(new QSpinBox),
      size_(new QComboBox),
      points_(new QSpinBox),
      background_(new QComboBox) {
  setObjectName("viewsPage");
  pattern_->addItem(tr("rings"), static_cast<int>(CameraPattern::Kind::Rings));
  pattern_->addItem(tr("sphere"), static_cast<int>(CameraPattern::Kind::Sphere));
  count_->setRange(2, 10'000);
  count_->setValue(CameraPattern{}.count);
  size_->addItem(tr("the model's"), 0);
  for (const int side : {256, 512, 1024}) {
    size_->addItem(tr("%1 px").arg(side), side);
  }
  points_->setRange(0, 1'000'000);
  points_->setSingleStep(10'000);
  points_->setGroupSeparatorShown(true);
  points_->setValue(ViewSetOptions{}.points);
  points_->setSpecialValueText(tr("none"));
  background_->addItem(tr("transparent"), Transparent);
  background_->addItem(tr("as shown"), OfHead);

  QFormLayout* form = makeForm(this);
  addRow(this,
         *form,
         pattern_,
         "viewsPattern",
         tr("Cameras"),
         tr("Rings: three circles around the head; sphere: evenly from below to above"));
  addRow(this, *form, count_, "viewsCount", tr("C&ount"), tr("Pictures in all"));
  addRow(this, *form, size_, "viewsSize", tr("Si&ze"), tr("Pixels on a side of the pictures"));
  addRow(this,
         *form,
         points_,
         "viewsPoints",
         tr("&Points"),
         tr("Of the cloud that reconstruction may begin with, at most"));
  addRow(this,
         *form,
         background_,
         "viewsBackground",
         tr("&Background"),
         tr("Transparent suits reconstruction: the background of a head turns with the camera"));
}

ViewSetOptions ViewsPage::options() const {
  ViewSetOptions options;
  options.pattern.kind = static_cast<CameraPattern::Kind>(pattern_->currentData().toInt());
  options.pattern.count = count_->value();
  options.size = size_->currentData().toInt();
  options.points = points_->value();
  return options;
}

QString ViewsPage::name() const { return tr("Views"); }

ExportPlace ViewsPage::place(const Head& head) const {
  return {tr("Views"), tr("%1_views").arg(fileNameOf(headOptions(head))), {}, {tr("New folder (*)")}};
}

ExportForecast ViewsPage::forecast(const Head& head) const {
  const ViewSetOptions wanted = options();
  const int side = wanted.size > 0 ? wanted.size : modelInfo(*headModel(head)).image_resolution;
  QString text =
      tr("%1 pictures of %2 px with depth and masks, transforms.json (nerfstudio), COLMAP text files, "
         "a point cloud")
          .arg(wanted.pattern.count)
          .arg(side);
  if (const auto expected = forecastViewSet(head, wanted)) {
    text += tr("\nAbout %1, %2")
                .arg(toQString(durationText(expected->seconds)), toQString(bytesText(expected->bytes)));
  }
  return {text};
}

ExportWork ViewsPage::work(const HeadPtr& head, const std::filesystem::path& file) const {
  const bool transparent = background_->currentData().toInt() == Transparent;
  return [head, wanted = options(), transparent, file](JobContext& context) {
    const HeadPtr drawn = transparent ? withBackground(head, NoBackground{}, context) : head;
    const int points = writeViewSet(drawn, {}, wanted, file, context);
    return Exported{{file}, fmt::format("{} views, {} points", wanted.pattern.count, points)};
  };
}

}  // namespace panohead::ui
