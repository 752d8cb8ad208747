#include "ui/panels/gallery_panel.h"

#include "core/jobs/function_job.h"
#include "ui/bridge/qt_convert.h"
#include "ui/document.h"
#include "ui/seed_box.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace panohead::ui {
namespace {

constexpr int kSeeds = 24;
constexpr int kThumbnail = 96;  // logical pixels

constexpr std::size_t kMostPictures = 240;  // some 35 MB at twice the pixels

/// @param scale device pixels of a logical one
QPixmap pixmapOf(const Image& image, qreal scale) {
  const QImage view(image.pixels.data(),
                    image.width,
                    image.height,
                    static_cast<qsizetype>(image.rowBytes()),
                    image.channels == 4 ? QImage::Format_RGBA8888 : QImage::Format_RGB888);
  const int side = qRound(kThumbnail * scale);
  QPixmap made = QPixmap::fromImage(view.scaled(side, side, Qt::KeepAspectRatio, Qt::SmoothTransformation));
  made.setDevicePixelRatio(scale);
  return made;
}

}  // namespace

GalleryPanel::GalleryPanel(Document& document, QWidget* parent)
    : QWidget(parent),
      document_(document),
      list_(new QListWidget),
      first_(new SeedBox),
      forget_(new QPushButton(tr("Forget"))),
      sort_(new QPushButton(tr("Sort by &grade"))),
      grading_(new QLabel) {
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
  sort_->setObjectName("gallerySort");
  sort_->setCheckable(true);
  sort_->setToolTip(
      tr("Examines the heads and shows the best first; the grade of each lies under it, its reasons in its "
         "tooltip"));
  grading_->setObjectName("galleryGrading");
  grading_->setProperty("role", "quiet");

  connect(sort_, &QPushButton::toggled, this, [this](bool on) {
    if (!on) {
      bridge_.worker().cancel(std::exchange(grade_job_, 0));
    }
    arrange();
    drawNext();
  });
  connect(keep, &QPushButton::clicked, this, &GalleryPanel::keep);
  connect(more, &QPushButton::clicked, this, [this] { first_->setValue(first_->value() + kSeeds); });
  connect(first_, &QDoubleSpinBox::valueChanged, this, &GalleryPanel::fill);
  for (const auto chosen : {&QListWidget::itemClicked, &QListWidget::itemActivated}) {  // by mouse, by Enter
    connect(list_, chosen, this, [this](QListWidgetItem* widget) {
      if (const Item* item = itemOf(widget)) {
        document_.edit(tr("Head of the gallery"), {}, [&](Project& project) { project.head = item->head; });
      }
    });
  }
  connect(list_, &QListWidget::currentItemChanged, this, &GalleryPanel::refreshForget);
  connect(forget_, &QPushButton::clicked, this, [this] {
    const Item* item = itemOf(list_->currentItem());
    document_.edit(tr("Forget head"), {}, [kept = item != nullptr ? item->kept : -1](Project& project) {
      if (kept >= 0 && kept < static_cast<int>(project.gallery.size())) {
        project.gallery.erase(project.gallery.begin() + kept);
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
  side->addWidget(sort_);
  side->addWidget(grading_);
  side->addStretch();
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(10, 6, 10, 8);
  layout->addWidget(list_, 1);
  layout->addLayout(side);
}

void GalleryPanel::setModel(ModelPtr model) {
  model_ = std::move(model);
  grades_.clear();
  pictures_.clear();
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

int GalleryPanel::ungraded() const {
  const auto graded = [](const Item& item) { return item.grade.has_value(); };
  return sort_->isChecked() ? static_cast<int>(std::ranges::count(items_, false, graded)) : 0;
}

GalleryPanel::Item* GalleryPanel::itemOf(const QListWidgetItem* widget) {
  const auto item = std::ranges::find_if(items_, [widget](const Item& one) { return one.widget == widget; });
  return item != items_.end() ? &*item : nullptr;
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
  kept_ = document_.project().gallery;
  std::optional<Item> current;
  if (const Item* item = itemOf(list_->currentItem())) {
    current = *item;
  }
  const int scrolled = list_->verticalScrollBar()->value();
  items_.clear();
  const QSignalBlocker quiet(list_);
  list_->clear();
  const auto add = [&](const QString& text, const HeadOptions& head, int kept) {
    auto* widget = new QListWidgetItem(text, list_);
    widget->setTextAlignment(Qt::AlignHCenter | Qt::AlignBottom);
    items_.push_back({head, widget, text, kept});
    if (const QPixmap* picture = pictureOf(head)) {
      widget->setIcon(*picture);
      items_.back().drawn = true;
    } else {
      QPixmap blank(kThumbnail, kThumbnail);
      blank.fill(QColor(0x23, 0x26, 0x2c));
      widget->setIcon(blank);
    }
    if (current && current->name == text && current->head == head && (current->kept < 0) == (kept < 0)) {
      list_->setCurrentItem(widget);
    }
    const auto known =
        std::ranges::find_if(grades_, [&](const auto& one) { return sameIdentity(one.first, head); });
    if (known != grades_.end()) {
      takeGrade(items_.back(), known->second);
    }
  };
  for (std::size_t i = 0; i < kept_.size(); ++i) {
    add(toQString(kept_[i].name), kept_[i].head, static_cast<int>(i));
  }
  for (int i = 0; i < kSeeds; ++i) {
    const std::uint32_t seed = first_->seed() + static_cast<std::uint32_t>(i);
    add(QString::number(seed), ofSeed(seed), -1);
  }
  arrange();
  list_->doItemsLayout();  // now: without it there is nothing to scroll
  list_->verticalScrollBar()->setValue(scrolled);
  refreshForget();
  drawNext();
}

void GalleryPanel::refreshForget() {
  const Item* item = itemOf(list_->currentItem());
  forget_->setEnabled(item != nullptr && item->kept >= 0);
}

const QPixmap* GalleryPanel::pictureOf(const HeadOptions& head) const {
  const auto known = std::ranges::find(pictures_, head, &std::pair<HeadOptions, QPixmap>::first);
  return known != pictures_.end() ? &known->second : nullptr;
}

void GalleryPanel::arrange() {
  const bool sorted = sort_->isChecked() && ungraded() == 0;
  std::vector<const Item*> order;
  for (const Item& item : items_) {
    order.push_back(&item);
  }
  if (sorted) {
    std::ranges::stable_sort(
        order, std::ranges::greater(), [](const Item* item) { return item->grade->grade; });
  }
  {
    const QSignalBlocker quiet(list_);
    QListWidgetItem* current = list_->currentItem();
    for (std::size_t i = 0; i < order.size(); ++i) {
      QListWidgetItem* widget = order[i]->widget;
      if (const int row = list_->row(widget); row != static_cast<int>(i)) {
        list_->takeItem(row);
        list_->insertItem(static_cast<int>(i), widget);
      }
      widget->setText(sort_->isChecked() && order[i]->grade
                          ? QString("%1 \u00b7 %2").arg(order[i]->name).arg(qRound(order[i]->grade->grade))
                          : order[i]->name);
    }
    list_->setCurrentItem(current);
  }
  const int all = static_cast<int>(items_.size());
  grading_->setText(sort_->isChecked() && !sorted ? tr("%1 of %2 graded").arg(all - ungraded()).arg(all)
                                                  : QString());
}

void GalleryPanel::takeGrade(Item& item, const HeadGrade& grade) {
  item.grade = grade;
  QStringList lines{tr("Grade %1 of 100").arg(grade.grade, 0, 'f', 1)};
  for (const std::string& reason : grade.reasons) {
    lines += toQString(reason);
  }
  item.widget->setToolTip(lines.join('\n'));
}

void GalleryPanel::gradeNext() {
  const auto next = std::ranges::find_if(items_, [](const Item& item) { return !item.grade; });
  if (drawing_ || !sort_->isChecked() || next == items_.end()) {
    return;
  }
  drawing_ = true;
  // By what the head is: the list may be another one by then, with the same head in it.
  const auto settle = [this, model = model_, head = next->head](const HeadGrade& grade) {
    drawing_ = false;
    grade_job_ = 0;
    if (model == model_) {
      grades_.emplace_back(head, grade);
      for (Item& item : items_) {
        if (!item.grade && sameIdentity(item.head, head)) {
          takeGrade(item, grade);
        }
      }
      arrange();
    }
    drawNext();
  };
  JobCallbacks callbacks;  // what cannot be drawn is no good head; showing it will tell why
  callbacks.failed = [settle](const Error& error) { settle({0, {}, {error.what()}}); };
  callbacks.cancelled = [this] {  // no grade is known; it may be asked for again
    drawing_ = false;
    grade_job_ = 0;
    drawNext();
  };
  HeadOptions bare = next->head;
  bare.background = OwnBackground{};  // what is measured does not hang on it
  grade_job_ = startFunction(
      bridge_.worker(),
      "Grade",
      [model = model_, bare = std::move(bare)](JobContext& context) {
        return checkHead(*makeHead(model, bare, context), context);
      },
      [settle](const HeadGrade& grade) { settle(grade); },
      std::move(callbacks));
}

void GalleryPanel::drawNext() {
  const auto next = std::ranges::find(items_, false, &Item::drawn);
  if (drawing_) {
    return;
  }
  if (next == items_.end()) {
    gradeNext();
    return;
  }
  drawing_ = true;
  // By what the head is: the list may be another one by then, with the same head in it.
  const auto settle = [this, model = model_, head = next->head](const Image* picture) {
    drawing_ = false;
    if (model == model_) {
      if (picture != nullptr) {
        pictures_.emplace_back(head, pixmapOf(*picture, devicePixelRatioF()));
        if (pictures_.size() > kMostPictures) {
          pictures_.pop_front();
        }
      }
      for (Item& item : items_) {
        if (item.head == head) {
          item.drawn = true;
          if (picture != nullptr) {
            item.widget->setIcon(pictures_.back().second);
          }
        }
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
