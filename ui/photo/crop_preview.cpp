#include "ui/photo/crop_preview.h"

#include "core/jobs/function_job.h"
#include "core/vision/photo_crop.h"
#include "ui/bridge/qt_image.h"
#include "ui/value_slider.h"

#include <QLabel>
#include <QPainter>
#include <QVBoxLayout>

namespace panohead::ui {
namespace {

constexpr int kCropSide = 320;  // pixels
constexpr int kRest = 180;      // ms
constexpr int kGap = 6;         // logical pixels

}  // namespace

/// Made when the first picture of it is drawn; used by the worker alone.
struct CropPreview::MeanHead {
  ModelPtr model;
  HeadPtr head{};
};

CropPreview::CropPreview(QWidget* parent)
    : QWidget(parent),
      slider_(new ValueSlider("cropBlend",
                              tr("Blend"),
                              tr("How much of the average head is seen over the picture, percent"),
                              {0, 100, 1, 0, 0})),
      loop_(head_bridge_.worker(),
            {[this](const Frame& frame) {
               head_ = toQImage(frame.picture);
               update();
             },
             [](const Error&) {}}) {  // the viewport tells what is wrong with a model
  setObjectName("cropPreview");
  setAccessibleName(tr("Picture cut from the photo, and the average head from its camera"));
  setToolTip(
      tr("Left: what the fit will see. Right: the model's average head from that camera. Both should "
         "look the same way, with the head in the same place"));
  slider_->setSuffix(tr(" %"));
  auto* label = new QLabel(tr("&Blend"));
  label->setBuddy(slider_);
  auto* below = new QHBoxLayout;
  below->addWidget(label);
  below->addWidget(slider_, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addStretch(1);
  layout->addLayout(below);
  connect(slider_, &ValueSlider::edited, this, [this](double percent) {
    blend_ = percent / 100;
    update();
  });
  rest_.setSingleShot(true);
  rest_.setInterval(kRest);
  connect(&rest_, &QTimer::timeout, this, [this] { draw(true); });
  setMinimumHeight(120);
}

CropPreview::~CropPreview() = default;

void CropPreview::setModel(ModelPtr model) {
  mean_ = model ? std::make_shared<MeanHead>(MeanHead{std::move(model)}) : nullptr;
  head_ = {};
  if (photo_) {
    draw(true);
  }
  update();
}

void CropPreview::setBlend(double blend) {
  blend_ = blend;
  slider_->setValue(100 * blend);
  update();
}

void CropPreview::show(std::shared_ptr<const Image> photo, const HeadPose& pose) {
  if (photo != photo_) {
    crop_ = {};
  }
  photo_ = std::move(photo);
  pose_ = pose;
  if (!photo_) {
    crop_bridge_.worker().cancelAll();
    rest_.stop();
    loop_.clear();
    update();
    return;
  }
  cut();
  draw(false);
  rest_.start();
}

void CropPreview::cut() {
  crop_bridge_.worker().cancelIfQueued(crop_job_);
  crop_job_ = startFunction(
      crop_bridge_.worker(),
      "crop",
      [photo = photo_, square = pose_.square](JobContext&) {
        return toQImage(cropSquare(*photo, square, kCropSide));
      },
      [this, photo = photo_](QImage crop) {
        if (photo == photo_) {
          crop_ = std::move(crop);
          update();
        }
      });
}

void CropPreview::draw(bool refined) {
  if (!mean_ || !photo_) {
    return;
  }
  ViewOptions view;
  view.camera = alignedCamera(pose_, modelInfo(*mean_->model).pose_offset_pitch);
  view.super_resolution = refined;
  view.refined = refined;
  loop_.submit({refined, [mean = mean_, view](JobContext& context) {
                  if (!mean->head) {
                    HeadOptions average;
                    average.truncation_psi = 0;
                    average.truncation_cutoff = -1;
                    mean->head = makeHead(mean->model, average, context);
                  }
                  return renderFrame(*mean->head, view, context);
                }});
}

void CropPreview::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  const int room = height() - slider_->height() - kGap;
  const int side = std::min((width() - kGap) / 2, room);
  if (side <= 0) {
    return;
  }
  const int left = (width() - 2 * side - kGap) / 2;
  const QRect places[] = {QRect(left, (room - side) / 2, side, side),
                          QRect(left + side + kGap, (room - side) / 2, side, side)};
  painter.setPen(palette().color(QPalette::PlaceholderText));
  for (const QRect& place : places) {
    painter.fillRect(place, palette().color(QPalette::Base));
  }
  if (!crop_.isNull() && photo_) {
    painter.drawImage(places[0], crop_);
    painter.setOpacity(blend_);
    if (!head_.isNull()) {
      painter.drawImage(places[0], head_);
    }
    painter.setOpacity(1);
  }
  if (!head_.isNull() && photo_) {
    painter.drawImage(places[1], head_);
  } else {
    painter.drawText(places[1], Qt::AlignCenter | Qt::TextWordWrap, mean_ ? QString() : tr("No model yet"));
  }
}

}  // namespace panohead::ui
