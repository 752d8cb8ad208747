#include "ui/panels/blend_list.h"

#include "ui/bridge/qt_convert.h"
#include "ui/buttons.h"
#include "ui/document.h"
#include "ui/elided_label.h"
#include "ui/seed_box.h"
#include "ui/value_slider.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

namespace panohead::ui {
namespace {

constexpr std::size_t kMostHeads = 8;  // more cannot be told apart

/// A blend of the head's own seed, or of an avatar, with others; the map of seeds, and films, make other
/// ones.
bool isOurs(const HeadOptions& head) {
  if (!head.avatars.empty()) {
    const std::size_t heads = head.avatars.size() + head.blend.size();
    return heads > 1 && heads <= kMostHeads;
  }
  return head.blend.size() > 1 && head.blend.size() <= kMostHeads && head.blend.front().first == head.seed;
}

}  // namespace

BlendList::BlendList(Document& document, QWidget* parent)
    : QWidget(parent), document_(document), column_(new QVBoxLayout) {
  add_ = makeButton(tr("Add a head"), "blendAdd", tr("Blends with one more head"));
  add_->setAccessibleName(add_->toolTip());
  connect(add_, &QPushButton::clicked, this, &BlendList::addHead);
  add_avatar_ = makeButton(tr("Avatar\u2026"), "blendAddAvatar", tr("Blends with a fitted person"));
  add_avatar_->setAccessibleName(add_avatar_->toolTip());
  connect(add_avatar_, &QPushButton::clicked, this, &BlendList::avatarRequested);
  column_->setSpacing(3);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(column_);
  auto* buttons = new QHBoxLayout;
  buttons->setSpacing(4);
  buttons->addWidget(add_);
  buttons->addWidget(add_avatar_);
  layout->addLayout(buttons);
  addRow();
  connect(&document_, &Document::changed, this, &BlendList::show);
  show();
}

void BlendList::addRow() {
  const std::size_t row = rows_.size();
  // The first one has the plain names.
  const QString number = row == 0 ? QString() : QString::number(row + 1);
  Row made;
  made.name = new ElidedLabel;
  made.name->setObjectName("blendName" + number);
  made.seed = new SeedBox;
  made.seed->setObjectName("blendSeed" + number);
  made.seed->setAccessibleName(tr("Seed of the other head"));
  made.seed->setToolTip(tr("The head to walk to"));
  made.seed->setMinimumWidth(70);  // all 32 bits would not fit beside the label and the button
  made.seed->setValue(1);
  made.share = new ValueSlider("blendAmount" + number,
                               tr("Share of the other head"),
                               tr("Walks from this head (0) to the other one (1)"),
                               {0, 1, 0.01, 2, 0});
  made.remove =
      makeButton(QString::fromUtf8("\u2212"), "blendRemove" + number, tr("Takes this head out of the blend"));
  made.remove->setAccessibleName(made.remove->toolTip());
  made.remove->setFixedWidth(26);
  made.remove->setStyleSheet("padding: 4px 0;");
  connect(made.share, &ValueSlider::edited, this, [this, row](double share) { setShare(row, share); });
  connect(made.share, &ValueSlider::released, &document_, &Document::endMerge);
  connect(
      made.seed, &QDoubleSpinBox::valueChanged, this, [this, row] { setSeed(row, rows_[row].seed->seed()); });
  // Queued: the row of the button may be gone afterwards.
  connect(made.remove, &QPushButton::clicked, this, [this, row] { removeHead(row); }, Qt::QueuedConnection);

  made.box = new QWidget;
  auto* lines = new QVBoxLayout(made.box);
  lines->setContentsMargins(0, 0, 0, 0);
  lines->setSpacing(3);
  auto* first = new QHBoxLayout;
  first->addWidget(made.name);
  first->addWidget(made.seed, 1);
  first->addWidget(made.remove);
  lines->addLayout(first);
  lines->addWidget(made.share);
  column_->addWidget(made.box);
  rows_.push_back(made);
}

BlendList::Shares BlendList::shares() const {
  const HeadOptions& head = document_.project().head;
  if (!isOurs(head)) {
    return {{nullptr, rows_.front().seed->seed(), 0}};
  }
  Shares others;  // the head's own avatar, or else its own seed, is the first
  for (const auto& [avatar, weight] : head.avatars) {
    others.push_back({avatar, 0, weight});
  }
  for (const auto& [seed, weight] : head.blend) {
    others.push_back({nullptr, seed, weight});
  }
  others.erase(others.begin());
  return others;
}

void BlendList::setSeed(std::size_t row, std::uint32_t seed) {
  if (isOurs(document_.project().head)) {  // else nothing is blended with it yet
    Shares others = shares();
    others[row].seed = seed;
    apply(tr("Blend"), QString("blend seed %1").arg(row), others);
  }
}

void BlendList::setShare(std::size_t row, double share) {
  Shares others = shares();
  others[row].share = share;
  double rest = 0;  // of the other rows
  for (std::size_t i = 0; i < others.size(); ++i) {
    rest += i == row ? 0 : others[i].share;
  }
  if (rest + share > 1) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      others[i].share *= i == row ? 1 : (1 - share) / rest;
    }
  }
  apply(tr("Blend"), QString("blend %1").arg(row), others);
}

void BlendList::addHead() {
  Shares others = shares();
  std::uint32_t seed = others.back().seed + 1;
  while (seed == document_.project().head.seed ||
         std::ranges::find(others, seed, &Other::seed) != others.end()) {
    ++seed;
  }
  others.push_back({nullptr, seed, 0});
  apply(tr("Add a head to the blend"), {}, others);
}

void BlendList::addAvatar(const AvatarPtr& avatar) {
  document_.edit(tr("Blend with %1").arg(toQString(avatar->name)), {}, [&avatar](Project& project) {
    HeadOptions& head = project.head;
    leaveBetween(head);
    if (head.avatars.empty() && head.blend.empty()) {
      head.blend.emplace_back(head.seed, 1);
    }
    for (AvatarShare& share : head.avatars) {
      share.weight *= 0.5;
    }
    for (auto& [seed, weight] : head.blend) {
      weight *= 0.5;
    }
    head.avatars.push_back({avatar, 0.5});
  });
}

void BlendList::removeHead(std::size_t row) {
  Shares others = shares();
  if (row < others.size() && (others.size() > 1 || others[row].avatar)) {
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(row));
    if (others.empty()) {
      others.push_back({nullptr, rows_.front().seed->seed(), 0});
    }
    if (!others.front().avatar) {  // the project keeps no seed without a share: the row does
      const QSignalBlocker quiet(rows_.front().seed);
      rows_.front().seed->setValue(others.front().seed);
    }
    apply(tr("Take a head out of the blend"), {}, others);
  }
}

void BlendList::apply(const QString& text, const QString& merge, const Shares& others) {
  double own = 1;
  for (const Other& other : others) {
    own -= other.share;
  }
  document_.edit(text, merge, [&](Project& project) {
    HeadOptions& head = project.head;
    leaveBetween(head);
    head.blend.clear();
    const bool blends = others.size() > 1 || others.front().avatar || others.front().share > 0;
    if (!head.avatars.empty()) {
      head.avatars.resize(1);
      head.avatars.front().weight = blends ? std::max(0.0, own) : 1;
    } else if (blends) {
      head.blend.emplace_back(head.seed, std::max(0.0, own));
    }
    if (blends) {
      for (const Other& other : others) {
        if (other.avatar) {
          head.avatars.push_back({other.avatar, other.share});
        } else {
          head.blend.emplace_back(other.seed, other.share);
        }
      }
    }
  });
}

void BlendList::show() {
  const Shares others = shares();
  while (rows_.size() > others.size()) {
    delete rows_.back().box;
    rows_.pop_back();
  }
  while (rows_.size() < others.size()) {
    addRow();
  }
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const QSignalBlocker quiet(rows_[i].seed);
    const Other& other = others[i];
    const QString with = i == 0 ? tr("Blend with") : tr("and with");
    rows_[i].name->setText(other.avatar ? tr("%1 %2").arg(with, toQString(other.avatar->name))
                                        : tr("%1 seed").arg(with));
    rows_[i].name->setToolTip(other.avatar ? toQString(other.avatar->name) : QString());
    rows_[i].seed->setVisible(other.avatar == nullptr);
    if (!other.avatar) {
      rows_[i].seed->setValue(other.seed);
    }
    rows_[i].share->setValue(other.share);
    rows_[i].remove->setVisible(rows_.size() > 1 || other.avatar);
  }
  for (QPushButton* add : {add_, add_avatar_}) {
    add->setEnabled(rows_.size() + 1 < kMostHeads);
  }
}

}  // namespace panohead::ui
