#include "ui/panels/gallery_panel.h"

#include "core/jobs/function_job.h"
#include "ui/bridge/qt_convert.h"
#include "ui/document.h"
#include "ui/seed_box.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace panohead::ui {
namespace {

constexpr int kSeeds = 24;
constexpr int kThumbnail = 96;  // logical pixels

QPixmap pixmapOf(const Image& image) {
  const QImage view(image.pixels.data(),
                    image.width,
                    image.height,
                    static_cast<qsizetype>(image.rowBytes()),
                    image.channels == 4 ? QImage::Format_RGBA8888 : QImage::Format_RGB888);
  return QPixmap::fromImage(
      view.scaled(kThumbnail, kThumbnail, Qt::KeepAspectRatio, Qt::SmoothTransformation));
}

}  // namespace

GalleryPanel::GalleryPanel(Document& document, QWidget* parent)
    : QWidget(parent),
      document_(document),
      list_(new QListWidget),
      first_(new SeedBox),
      forget_(new QPushButton(tr("Forget"))) {
  setObjectName("galleryPanel");
  list_->setObjectName("gallery");
  list_->setAccessibleName(tr("Gallery of heads"));
  list_->setToolTip(tr("Click a head to show it"));
  list_->setViewMode(QListView::IconMode);
  list_->setFlow(QListView::LeftToRight);
  list_->setWrapping(true);
  list_->setResizeMode(QListView::Adjust);
  list_->setMovement(QListView::Static);
  list_->setIconSize({kThumbnail, kThumbnail});
  list_->setGridSize({kThumbnail + 12, kThumbnail + 26});
  list_->setUniformItemSizes(true);
  first_->setObjectName("galleryFirst");
  first_->setAccessibleName(tr("First seed of the gallery"));
  first_->setToolTip(tr("The gallery shows the seeds from here on"));
  auto* keep = new QPushButton(tr("Keep this head"));
  keep->setObjectName("galleryKeep");
  keep->setToolTip(tr("Puts the head that is shown into the gallery (Ctrl+D)"));
  forget_->setObjectName("galleryForget");
  forget_->setToolTip(tr("Takes the chosen kept head out of the gallery"));
  auto* more = new QPushButton(tr("More"));
  more->setObjectName("galleryMore");
  more->setToolTip(tr("The next seeds"));

  connect(keep, &QPushButton::clicked, this, &GalleryPanel::keep);
  connect(more, &QPushButton::clicked, this, [this] { first_->setValue(first_->value() + kSeeds); });
  connect(first_, &QDoubleSpinBox::valueChanged, this, &GalleryPanel::fill);
  connect(list_, &QListWidget::itemClicked, this, [this](QListWidgetItem* widget) {
    const auto item = std::ranges::find(items_, widget, &Item::widget);
    if (item != items_.end()) {
      document_.edit(tr("Head of the gallery"), {}, [&](Project& project) { project.head = item->head; });
    }
  });
  connect(list_, &QListWidget::currentRowChanged, this, [this](int row) {
    forget_->setEnabled(row >= 0 && row < static_cast<int>(kept_.size()));
  });
  connect(forget_, &QPushButton::clicked, this, [this] {
    const int row = list_->currentRow();
    document_.edit(tr("Forget head"), {}, [row](Project& project) {
      if (row >= 0 && row < static_cast<int>(project.gallery.size())) {
        project.gallery.erase(project.gallery.begin() + row);
      }
    });
  });
  connect(&document_, &Document::changed, this, &GalleryPanel::show);
  forget_->setEnabled(false);

  auto* side = new QVBoxLayout;
  side->addWidget(keep);
  side->addWidget(forget_);
  auto* label = new QLabel(tr("Seeds from"));
  label->setProperty("role", "quiet");
  side->addWidget(label);
  side->addWidget(first_);
  side->addWidget(more);
  side->addStretch();
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(10, 6, 10, 8);
  layout->addWidget(list_, 1);
  layout->addLayout(side);
}

void GalleryPanel::setModel(ModelPtr model) {
  model_ = std::move(model);
  fill();
}

void GalleryPanel::keep() {
  document_.edit(tr("Keep head"), {}, [](Project& project) {
    project.gallery.push_back({"head " + std::to_string(project.gallery.size() + 1), project.head});
  });
}

int GalleryPanel::waiting() const {
  return static_cast<int>(std::ranges::count(items_, false, &Item::drawn));
}

void GalleryPanel::show() {
  const Project& project = document_.project();
  if (project.gallery != kept_) {
    fill();
  }
}

HeadOptions GalleryPanel::ofSeed(std::uint32_t seed) const {
  HeadOptions head;
  head.seed = seed;
  return head;
}

void GalleryPanel::fill() {
  if (!model_) {
    return;
  }
  ++generation_;
  kept_ = document_.project().gallery;
  items_.clear();
  const QSignalBlocker quiet(list_);
  list_->clear();
  const auto add = [this](const QString& text, const HeadOptions& head) {
    auto* widget = new QListWidgetItem(text, list_);
    widget->setTextAlignment(Qt::AlignHCenter | Qt::AlignBottom);
    QPixmap blank(kThumbnail, kThumbnail);
    blank.fill(QColor(0x23, 0x26, 0x2c));
    widget->setIcon(blank);
    items_.push_back({head, widget, false});
  };
  for (const KeptHead& kept : kept_) {
    add(toQString(kept.name), kept.head);
  }
  for (int i = 0; i < kSeeds; ++i) {
    const std::uint32_t seed = first_->seed() + static_cast<std::uint32_t>(i);
    add(QString::number(seed), ofSeed(seed));
  }
  drawNext();
}

void GalleryPanel::drawNext() {
  const auto next = std::ranges::find(items_, false, &Item::drawn);
  if (drawing_ || next == items_.end()) {
    return;
  }
  drawing_ = true;
  const auto index = static_cast<std::size_t>(next - items_.begin());
  const auto generation = generation_;
  const auto settle = [this, index, generation](const Image* picture) {
    drawing_ = false;
    if (generation == generation_) {
      items_[index].drawn = true;
      if (picture != nullptr) {
        items_[index].widget->setIcon(pixmapOf(*picture));
      }
    }
    drawNext();
  };
  JobCallbacks callbacks;  // a head that cannot be drawn stays blank; showing it will tell why
  callbacks.failed = [settle](const Error&) { settle(nullptr); };
  callbacks.cancelled = [settle] { settle(nullptr); };
  startFunction(
      bridge_.worker(),
      "Thumbnail",
      [model = model_, head = next->head](JobContext& context) {
        ViewOptions view;
        view.camera = orbitLabel({});
        return renderFrame(*makeHead(model, head, context), view, context).picture;
      },
      [settle](const Image& picture) { settle(&picture); },
      std::move(callbacks));
}

}  // namespace panohead::ui
