#include "ui/export/film_page.h"

#include "core/base/quantity_text.h"
#include "ui/bridge/qt_convert.h"
#include "ui/document.h"
#include "ui/export/form_rows.h"

#include <array>

namespace panohead::ui {
namespace {

struct FormatRow {
  FilmKind kind;
  const char* suffix;
  const char* text;
};
constexpr std::array<FormatRow, 4> kFormats{
    {{FilmKind::Mp4, "mp4", QT_TRANSLATE_NOOP("FilmPage", "MP4 (H.264)")},
     {FilmKind::WebM, "webm", QT_TRANSLATE_NOOP("FilmPage", "WebM (VP9)")},
     {FilmKind::WebP, "webp", QT_TRANSLATE_NOOP("FilmPage", "animated WebP")},
     {FilmKind::Pictures, "", QT_TRANSLATE_NOOP("FilmPage", "PNG files")}}};

bool ofGallery(FilmSubject subject) {
  return subject == FilmSubject::Interpolation || subject == FilmSubject::Grid;
}

}  // namespace

FilmPage::FilmPage(Document& document, QWidget* parent)
    : ExportPage(parent),
      document_(document),
      subject_(new QComboBox),
      format_(new QComboBox),
      seconds_(new QDoubleSpinBox),
      rate_(new QDoubleSpinBox),
      quality_(new QSpinBox),
      megabits_(new QDoubleSpinBox),
      size_(new QComboBox) {
  setObjectName("filmPage");
  subject_->addItem(tr("once around"), static_cast<int>(FilmSubject::Orbit));
  subject_->addItem(tr("key frames"), static_cast<int>(FilmSubject::KeyFrames));
  subject_->addItem(tr("through the gallery"), static_cast<int>(FilmSubject::Interpolation));
  subject_->addItem(tr("grid of the gallery"), static_cast<int>(FilmSubject::Grid));
  subject_->addItem(tr("before and after edits"), static_cast<int>(FilmSubject::BeforeAfter));
  for (const FormatRow& row : kFormats) {
    format_->addItem(tr(row.text), static_cast<int>(row.kind));
  }
  seconds_->setRange(0.1, 3600);
  seconds_->setValue(4);
  seconds_->setDecimals(1);
  seconds_->setSuffix(tr(" s"));
  rate_->setRange(1, 240);
  rate_->setDecimals(0);
  rate_->setValue(30);
  quality_->setRange(1, 100);
  quality_->setValue(FilmFormat{}.quality);
  megabits_->setRange(0, 200);
  megabits_->setDecimals(1);
  megabits_->setSpecialValueText(tr("as the quality needs"));
  megabits_->setSuffix(tr(" Mbit/s"));
  size_->addItem(tr("the model's"), 0);
  for (const int side : {256, 512, 1024}) {
    size_->addItem(tr("%1 px").arg(side), side);
  }

  QFormLayout* form = makeForm(this);
  addRow(this,
         *form,
         subject_,
         "filmSubject",
         tr("Kind"),
         tr("Once around this head; along the key frames of the time line; through the kept heads and back; "
            "all of "
            "them turning; this head without and with its edits, a line sweeping between"));
  addRow(this,
         *form,
         format_,
         "filmFormat",
         tr("Format"),
         tr("WebM, WebP and PNG keep transparency where the head has no background"));
  addRow(this, *form, seconds_, "filmSeconds", tr("Length"), tr("Of the whole film; films are loops"));
  addRow(this, *form, rate_, "filmRate", tr("Frames/s"), tr("Frames per second"));
  addRow(this,
         *form,
         quality_,
         "filmQuality",
         tr("&Quality"),
         tr("100 is the best; in WebP it is lossless; PNG files always are"));
  addRow(
      this, *form, megabits_, "filmMegabits", tr("&Bit rate"), tr("Of MP4 and WebM; 0 as the quality needs"));
  addRow(this, *form, size_, "filmSize", tr("Si&ze"), tr("Pixels on a side of each head"));
  connect(this, &FilmPage::changed, this, &FilmPage::showWhatCounts);
  connect(&document_, &Document::changed, this, [this] {
    if (isVisible()) {
      emit changed();  // key frames and kept heads decide the length
    }
  });
  showWhatCounts();
}

void FilmPage::showWhatCounts() {
  const auto subject = static_cast<FilmSubject>(subject_->currentData().toInt());
  const auto kind = static_cast<FilmKind>(format_->currentData().toInt());
  const bool coded = kind == FilmKind::Mp4 || kind == FilmKind::WebM;
  seconds_->setEnabled(subject != FilmSubject::KeyFrames);
  rate_->setEnabled(subject != FilmSubject::KeyFrames);
  quality_->setEnabled(kind != FilmKind::Pictures && !(coded && megabits_->value() > 0));
  megabits_->setEnabled(coded);
}

FilmRequest FilmPage::request(const HeadPtr& head) const {
  const Project& project = document_.project();
  FilmRequest request;
  request.head = head;
  request.subject = static_cast<FilmSubject>(subject_->currentData().toInt());
  // Only what is shown: a folder that was begun goes on where the request is the same.
  if (request.subject == FilmSubject::KeyFrames) {
    request.frames = project.key_frames;
  } else if (ofGallery(request.subject)) {
    for (const KeptHead& kept : project.gallery) {
      request.heads.push_back(kept.head);
    }
  }
  request.camera = project.camera;
  request.seconds = seconds_->value();
  request.mode = project.mode;
  request.size = size_->currentData().toInt();
  request.format.fps = request.subject == FilmSubject::KeyFrames ? project.frames_per_second : rate_->value();
  request.format.quality = quality_->value();
  request.format.megabits = megabits_->isEnabled() ? megabits_->value() : 0;
  return request;
}

QString FilmPage::name() const { return tr("Film"); }

ExportPlace FilmPage::place(const Head&) const {
  const FormatRow& row = kFormats[static_cast<std::size_t>(format_->currentIndex())];
  const QString suffix = row.suffix;
  if (suffix.isEmpty()) {
    return {tr("Film"), tr("film"), {}, {tr("New folder (*)")}};
  }
  return {tr("Film"), tr("film.%1").arg(suffix), suffix, {tr("%1 (*.%1)").arg(suffix)}};
}

ExportForecast FilmPage::forecast(const Head& head) const {
  const FilmRequest wanted = request(nullptr);
  if (wanted.subject == FilmSubject::KeyFrames && wanted.frames.frames().size() < 2) {
    return {tr("Set two or more key frames (K) in the time line first"), false};
  }
  if (ofGallery(wanted.subject) && wanted.heads.size() < 2) {
    return {tr("Keep two or more heads in the gallery (Ctrl+D) first"), false};
  }
  const int side = wanted.size > 0                      ? wanted.size
                   : wanted.mode == RenderMode::Picture ? modelInfo(*headModel(head)).image_resolution
                                                        : modelInfo(*headModel(head)).neural_resolution;
  const int frames = framesOf(wanted);
  QString text =
      frames == 1 ? tr("One frame of %1 px").arg(side) : tr("About %1 frames of %2 px").arg(frames).arg(side);
  const auto kind = static_cast<FilmKind>(format_->currentData().toInt());
  const FilmForecast expected = forecastFilm(wanted, headModel(head), kind);
  if (expected.seconds > 0) {
    text += tr(", %1").arg(toQString(durationText(expected.seconds)));
  }
  if (expected.bytes > 0) {
    text += tr(", %1").arg(toQString(bytesText(expected.bytes)));
  }
  return {text};
}

ExportWork FilmPage::work(const HeadPtr& head, const std::filesystem::path& file) const {
  FilmRequest wanted = request(head);
  wanted.path = file;
  return [wanted](JobContext& context) {
    const FilmResult made = renderFilm(wanted, context);
    return Exported{{made.path}, made.told};
  };
}

}  // namespace panohead::ui
