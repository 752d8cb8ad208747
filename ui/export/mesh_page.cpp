#include "ui/export/mesh_page.h"

#include "core/base/quantity_text.h"
#include "core/base/system_memory.h"
#include "ui/bridge/qt_convert.h"
#include "ui/export/form_rows.h"

#include <QCheckBox>
#include <QLabel>
#include <QLocale>

#include <array>

namespace panohead::ui {
namespace {

constexpr int kDensity = -1;  // in place of a MeshFormat

struct FormatRow {
  int format;
  const char* suffix;
  const char* text;
};
constexpr std::array<FormatRow, 5> kFormats{
    {{static_cast<int>(MeshFormat::Glb), "glb", QT_TRANSLATE_NOOP("MeshPage", "GLB (one file)")},
     {static_cast<int>(MeshFormat::Obj), "obj", QT_TRANSLATE_NOOP("MeshPage", "OBJ + MTL + PNG")},
     {static_cast<int>(MeshFormat::Ply), "ply", QT_TRANSLATE_NOOP("MeshPage", "PLY (vertex colours)")},
     {static_cast<int>(MeshFormat::Stl), "stl", QT_TRANSLATE_NOOP("MeshPage", "STL (shape only)")},
     {kDensity, "mrc", QT_TRANSLATE_NOOP("MeshPage", "MRC (density)")}}};

QString sizeText(std::uint64_t bytes) { return toQString(bytesText(static_cast<double>(bytes))); }

}  // namespace

MeshPage::MeshPage(QWidget* parent)
    : ExportPage(parent),
      format_(new QComboBox),
      resolution_(new QComboBox),
      colours_(new QComboBox),
      texture_(new QComboBox),
      triangles_(new QSpinBox),
      smoothing_(new QSpinBox),
      flat_cut_(new QCheckBox(tr("Cut the &bust flat"))),
      whole_(new QCheckBox(tr("Keep loose &parts"))),
      unlit_(new QCheckBox(tr("&Unlit colours"))),
      level_(new QDoubleSpinBox),
      views_(new QSpinBox),
      metres_(new QDoubleSpinBox),
      exact_(new QCheckBox(tr("Exact density"))),
      jpeg_(new QCheckBox(tr("&JPEG texture"))) {
  setObjectName("meshPage");
  for (const FormatRow& row : kFormats) {
    format_->addItem(tr(row.text), row.format);
  }
  for (const int side : {64, 128, 256, 512, 1024}) {
    resolution_->addItem(QString::number(side) + QChar(0xb3), side);
  }
  resolution_->setCurrentIndex(resolution_->findData(MeshOptions{}.resolution));
  colours_->addItem(tr("texture"), static_cast<int>(MeshColours::Texture));
  colours_->addItem(tr("of vertices"), static_cast<int>(MeshColours::Vertices));
  colours_->addItem(tr("none"), static_cast<int>(MeshColours::None));
  for (const int side : {512, 1024, 2048, 4096}) {
    texture_->addItem(tr("%1 px").arg(side), side);
  }
  texture_->setCurrentIndex(texture_->findData(MeshOptions{}.texture_side));
  triangles_->setRange(0, 5'000'000);
  triangles_->setSingleStep(10'000);
  triangles_->setGroupSeparatorShown(true);
  triangles_->setSpecialValueText(tr("all"));
  triangles_->setValue(static_cast<int>(MeshOptions{}.triangles));
  smoothing_->setRange(0, 100);
  smoothing_->setSpecialValueText(tr("none"));
  flat_cut_->setChecked(MeshOptions{}.flat_cut);
  level_->setRange(-1000, 1000);
  level_->setDecimals(1);
  level_->setValue(MeshOptions{}.level);
  views_->setRange(4, 256);
  views_->setValue(MeshOptions{}.views);
  metres_->setRange(0.001, 1000);
  metres_->setDecimals(3);
  metres_->setSingleStep(0.1);
  metres_->setSuffix(tr(" m"));
  metres_->setValue(MeshFileOptions{}.metres_per_unit);
  exact_->setChecked(MeshOptions{}.exact);
  auto* all = new QCheckBox(tr("All &options"));

  form_ = makeForm(this);
  QFormLayout* form = form_;
  addRow(this, *form, format_, "meshFormat", tr("Format"), tr("What the mesh is written as"));
  addRow(this,
         *form,
         resolution_,
         "meshResolution",
         tr("Resolution"),
         tr("Grid points on a side of the box in which the surface is looked for"));
  addRow(this, *form, colours_, "meshColours", tr("Colours"), tr("Where the mesh carries its colours"));
  addRow(this, *form, texture_, "meshTexture", tr("Texture"), tr("Pixels on a side of the texture"));
  addRow(this,
         *form,
         triangles_,
         "meshTriangles",
         tr("Tri&angles"),
         tr("The mesh is reduced to at most so many, where its shape allows; 0 keeps all"));
  addRow(this,
         *form,
         smoothing_,
         "meshSmoothing",
         tr("Smoothing"),
         tr("Passes of a smoothing that keeps the volume; 0 leaves the surface as it is"));
  addRow(this,
         *form,
         level_,
         "meshLevel",
         tr("Level"),
         tr("Density at the surface: higher gives a tighter head, lower a fuller one; 10 as published"));
  addRow(this,
         *form,
         views_,
         "meshViews",
         tr("Pictures"),
         tr("Pictures of the head that colours are taken from"));
  addRow(this,
         *form,
         metres_,
         "meshMetres",
         tr("U&nit"),
         tr("Metres of a world unit of the networks; 0.4 makes heads life-size"));
  struct Check {
    QCheckBox* box;
    const char* name;
    QString help;
  };
  for (const Check& check :
       {Check{
            flat_cut_,
            "meshFlatCut",
            tr("The bust ends in a plane; without, as the published script leaves it at the end of the box")},
        Check{whole_, "meshWhole", tr("Keeps what floats beside the head, too, not only the largest part")},
        Check{unlit_, "meshUnlit", tr("GLB: the colours carry their light already; viewers shall add none")},
        Check{jpeg_, "meshJpeg", tr("GLB: a fifth of the texture's size, and a little less exact")},
        Check{exact_,
              "meshExact",
              tr("Density by the networks in float32; without, that of the drawn volume, which is made "
                 "already")}}) {
    check.box->setObjectName(check.name);
    check.box->setToolTip(check.help);
    connect(check.box, &QCheckBox::toggled, this, &MeshPage::changed);
    form->addRow(check.box);
  }
  all->setObjectName("meshAll");
  all->setToolTip(tr("Shows the rarely changed options, too"));
  connect(all, &QCheckBox::toggled, this, &MeshPage::showAll);
  form->addRow(all);
  connect(this, &MeshPage::changed, this, &MeshPage::showWhatCounts);
  showAll(false);
  showWhatCounts();
}

void MeshPage::showAll(bool all) {
  for (QWidget* box : std::initializer_list<QWidget*>{level_, views_, metres_, jpeg_, exact_}) {
    form_->setRowVisible(box, all);
  }
}

std::optional<MeshFormat> MeshPage::format() const {
  const int format = format_->currentData().toInt();
  return format == kDensity ? std::nullopt : std::optional(static_cast<MeshFormat>(format));
}

MeshOptions MeshPage::options() const {
  MeshOptions options;
  options.resolution = resolution_->currentData().toInt();
  options.whole = whole_->isChecked();
  options.flat_cut = flat_cut_->isChecked();
  options.smoothing = smoothing_->value();
  options.triangles = triangles_->value() == 0 ? 0 : std::max(100, triangles_->value());
  options.level = level_->value();
  options.views = views_->value();
  options.exact = exact_->isChecked();
  options.colours = static_cast<MeshColours>(colours_->currentData().toInt());
  options.texture_side = texture_->currentData().toInt();
  if (format() == MeshFormat::Stl) {
    options.colours = MeshColours::None;
  } else if (format() == MeshFormat::Ply && options.colours == MeshColours::Texture) {
    options.colours = MeshColours::Vertices;
  }
  return options;
}

MeshFileOptions MeshPage::fileOptions() const {
  MeshFileOptions how;
  how.metres_per_unit = metres_->value();
  how.unlit = unlit_->isEnabled() && unlit_->isChecked();
  how.jpeg = jpeg_->isEnabled() && jpeg_->isChecked();
  return how;
}

void MeshPage::showWhatCounts() {
  const bool mesh = format().has_value();
  for (QWidget* box : std::initializer_list<QWidget*>{smoothing_, flat_cut_, whole_, level_, metres_}) {
    box->setEnabled(mesh);
  }
  triangles_->setEnabled(mesh && canReduceMesh());
  const MeshColours colours = options().colours;
  colours_->setEnabled(mesh && format() != MeshFormat::Stl);
  texture_->setEnabled(mesh && colours == MeshColours::Texture);
  views_->setEnabled(mesh && colours != MeshColours::None);
  unlit_->setEnabled(format() == MeshFormat::Glb && colours != MeshColours::None);
  jpeg_->setEnabled(format() == MeshFormat::Glb && colours == MeshColours::Texture);
}

QString MeshPage::name() const { return tr("Mesh"); }

ExportPlace MeshPage::place(const Head& head) const {
  const FormatRow& row = kFormats[static_cast<std::size_t>(format_->currentIndex())];
  const QString suffix = row.suffix;
  return {format() ? tr("Mesh") : tr("Density"),
          QString("%1.%2").arg(fileNameOf(headOptions(head)), suffix),
          suffix,
          {tr("%1 (*.%2)").arg(suffix.toUpper(), suffix)}};
}

ExportForecast MeshPage::forecast(const Head& head) const {
  if (!format()) {
    const auto side = static_cast<std::uint64_t>(options().resolution);
    return {tr("%1 file").arg(sizeText(side * side * side * sizeof(float)))};
  }
  const MeshForecast expected = forecastMesh(head, options(), *format(), fileOptions().jpeg);
  const std::uint64_t available = availableMemory();
  const bool fits = available == 0 || expected.memory < available;
  QString text = tr("About %1 triangles, file %2\nabout %3, memory %4")
                     .arg(QLocale().toString(static_cast<qlonglong>(expected.triangles)),
                          sizeText(expected.file_bytes),
                          toQString(durationText(expected.seconds)),
                          sizeText(expected.memory));
  if (!fits) {
    text += tr("\nThis machine has %1 left").arg(sizeText(available));
  }
  return {text, fits};
}

ExportWork MeshPage::work(const HeadPtr& head, const std::filesystem::path& file) const {
  const MeshOptions wanted = options();
  if (!format()) {
    return [head, wanted, file](JobContext& context) {
      saveDensityVolume(head, wanted.resolution, wanted.exact, file, context);
      return Exported{{file}, {}};
    };
  }
  return [head, wanted, how = fileOptions(), file](JobContext& context) {
    return Exported{saveMesh(makeMesh(head, wanted, context), file, how, context), {}};
  };
}

}  // namespace panohead::ui
