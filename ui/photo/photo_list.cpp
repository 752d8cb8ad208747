#include "ui/photo/photo_list.h"

#include "ui/bridge/qt_convert.h"
#include "ui/buttons.h"
#include "ui/photo/photo_desk.h"

#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace panohead::ui {
namespace {

constexpr int kThumbnail = 64;  // logical pixels

QPixmap thumbnailOf(const PhotoSubject& subject) {
  if (subject.shown.isNull()) {
    QPixmap blank(kThumbnail, kThumbnail);
    blank.fill(QColor(0x23, 0x26, 0x2c));
    return blank;
  }
  return QPixmap::fromImage(
      subject.shown.coarse.scaled(kThumbnail, kThumbnail, Qt::KeepAspectRatio, Qt::SmoothTransformation));
}

QString statusOf(const PhotoSubject& subject) {
  if (!subject.isRead()) {
    return PhotoList::tr("looking for heads\u2026");
  }
  if (subject.isReady()) {
    return subject.head.accepted() ? PhotoList::tr("ready") : PhotoList::tr("placed by hand");
  }
  return QString::fromUtf8(titleOf(subject.head.rejections.front().defect)) +
         PhotoList::tr(": to be checked");
}

}  // namespace

PhotoList::PhotoList(PhotoDesk& desk, QWidget* parent)
    : QWidget(parent),
      desk_(desk),
      invitation_(
          new QLabel(tr("<h3>A head from a photo</h3>"
                        "<p>Drop a photo here, or press Add. One photo from the front is enough; more "
                        "photos of the same person, from other sides, make it better.</p>"
                        "<p>Photos never leave this machine.</p>"))),
      list_(new QListWidget),
      add_(makeButton(tr("&Add\u2026"), "photoAdd", tr("Chooses photos of the person"))),
      remove_(makeButton(tr("Rem&ove"), "photoRemove", tr("Takes the chosen photo out"))),
      next_(makeButton(tr("A&djust \u25b8"), "photoNext", tr("Shows what was found, to be corrected"))),
      left_(new QLabel),
      resume_(makeButton(tr("Go on"), "fitLeftResume", QString())),
      forget_(makeButton(tr("Forget"), "fitLeftForget", tr("Removes its kept steps from the disk"))) {
  setObjectName("photoList");
  invitation_->setObjectName("photoInvitation");
  invitation_->setWordWrap(true);
  list_->setObjectName("photos");
  list_->setAccessibleName(tr("Photos of the person"));
  list_->setToolTip(tr("The photos that are fitted together; the first one is shown beside the fit"));
  list_->setIconSize({kThumbnail, kThumbnail});
  auto* buttons = new QHBoxLayout;
  buttons->addWidget(add_);
  buttons->addWidget(remove_);
  buttons->addStretch();
  buttons->addWidget(next_);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  left_box_ = makeLeft();
  layout->addWidget(left_box_);
  layout->addWidget(invitation_);
  layout->addWidget(list_, 1);
  layout->addLayout(buttons);

  connect(add_, &QPushButton::clicked, this, &PhotoList::addRequested);
  connect(next_, &QPushButton::clicked, this, &PhotoList::adjustRequested);
  connect(list_, &QListWidget::itemActivated, this, &PhotoList::adjustRequested);
  connect(remove_, &QPushButton::clicked, &desk_, [this] { desk_.remove(desk_.currentIndex()); });
  connect(list_, &QListWidget::currentRowChanged, &desk_, &PhotoDesk::setCurrent);
  connect(&desk_, &PhotoDesk::listChanged, this, &PhotoList::show);
  connect(&desk_, &PhotoDesk::currentChanged, this, &PhotoList::showCurrent);
  show();
}

QWidget* PhotoList::makeLeft() {
  left_->setObjectName("fitLeft");
  left_->setWordWrap(true);
  auto* box = new QWidget;
  box->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
  auto* row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->addWidget(left_, 1);
  row->addWidget(resume_);
  row->addWidget(forget_);
  box->hide();
  connect(resume_, &QPushButton::clicked, this, &PhotoList::resumeRequested);
  connect(forget_, &QPushButton::clicked, this, &PhotoList::forgetRequested);
  return box;
}

void PhotoList::showLeft(const QString& text, const QString& obstacle) {
  left_->setText(obstacle.isEmpty() ? text : text + ' ' + obstacle);
  left_box_->setVisible(!text.isEmpty());
  resume_->setEnabled(obstacle.isEmpty());
  resume_->setToolTip(obstacle.isEmpty() ? tr("Goes on with it after its newest kept step") : obstacle);
}

void PhotoList::show() {
  const QSignalBlocker quiet(list_);
  const auto& photos = desk_.photos();
  while (list_->count() > static_cast<int>(photos.size())) {
    delete list_->takeItem(list_->count() - 1);
  }
  for (int i = 0; i < static_cast<int>(photos.size()); ++i) {
    const PhotoSubject& subject = photos[static_cast<std::size_t>(i)];
    QListWidgetItem* item = i < list_->count() ? list_->item(i) : new QListWidgetItem(list_);
    item->setText(QString("%1\n%2").arg(toQString(subject.path.filename()), statusOf(subject)));
    item->setToolTip(toQString(subject.path));
    // Thumbnails are made once: this runs while a square is dragged for the first time, too.
    const auto key = static_cast<qulonglong>(2 * subject.id + (subject.isRead() ? 1 : 0));
    if (item->data(Qt::UserRole).toULongLong() != key) {
      item->setData(Qt::UserRole, key);
      item->setIcon(thumbnailOf(subject));
    }
  }
  list_->setVisible(!photos.empty());
  next_->setEnabled(!photos.empty());
  remove_->setEnabled(!photos.empty());
  showCurrent();
}

void PhotoList::showCurrent() {
  const QSignalBlocker quiet(list_);
  list_->setCurrentRow(desk_.currentIndex());
}

}  // namespace panohead::ui
