#include "ui/panels/blend_list.h"

#include "ui/buttons.h"
#include "ui/document.h"
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
    return head.avatars.size() == 1 && !head.blend.empty() && head.blend.size() < kMostHeads;
  }
  return head.blend.size() > 1 && head.blend.size() <= kMostHeads && head.blend.front().first == head.seed;
}

}  // namespace

BlendList::BlendList(Document& document, QWidget* parent)
    : QWidget(parent), document_(document), column_(new QVBoxLayout) {
  add_ = makeButton(tr("&Add a head"), "blendAdd", tr("Blends with one more head"));
  add_->setAccessibleName(add_->toolTip());
  connect(add_, &QPushButton::clicked, this, &BlendList::addHead);
  column_->setSpacing(3);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(column_);
  layout->addWidget(add_);
  addRow();
  connect(&document_, &Document::changed, this, &BlendList::show);
  show();
}

void BlendList::addRow() {
  const std::size_t row = rows_.size();
  // The first one has the plain names.
  const QString number = row == 0 ? QString() : QString::number(row + 1);
  Row made;
  made.seed = new SeedBox;
  made.seed->setObjectName("blendSeed" + number);
  made.seed->setAccessibleName(tr("Seed of the other head"));
  made.seed->setToolTip(tr("The head to walk to"));
  made.seed->setMinimumWidth(70);  // all 32 bits would not fit beside the label and the button
  made.seed->setValue(1);
  made.share = new ValueSlider("blendAmount" + number,
                               tr("Share of the other head"),
                               tr("Walks from this seed (0) to the other one (1)"),
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
  first->addWidget(new QLabel(row == 0 ? tr("Blend with seed") : tr("and with seed")));
  first->addWidget(made.seed, 1);
  first->addWidget(made.remove);
  lines->addLayout(first);
  lines->addWidget(made.share);
  column_->addWidget(made.box);
  rows_.push_back(made);
}

BlendList::Shares BlendList::shares() const {
  const HeadOptions& head = document_.project().head;
  const std::ptrdiff_t own = head.avatars.empty() ? 1 : 0;  // the head's own seed is first
  return isOurs(head) ? Shares(head.blend.begin() + own, head.blend.end())
                      : Shares{{rows_.front().seed->seed(), 0}};
}

void BlendList::setSeed(std::size_t row, std::uint32_t seed) {
  if (isOurs(document_.project().head)) {  // else nothing is blended with it yet
    Shares others = shares();
    others[row].first = seed;
    apply(tr("Blend"), QString("blend seed %1").arg(row), others);
  }
}

void BlendList::setShare(std::size_t row, double share) {
  Shares others = shares();
  others[row].second = share;
  double rest = 0;  // of the other rows
  for (std::size_t i = 0; i < others.size(); ++i) {
    rest += i == row ? 0 : others[i].second;
  }
  if (rest + share > 1) {
    for (std::size_t i = 0; i < others.size(); ++i) {
      others[i].second *= i == row ? 1 : (1 - share) / rest;
    }
  }
  apply(tr("Blend"), QString("blend %1").arg(row), others);
}

void BlendList::addHead() {
  Shares others = shares();
  std::uint32_t seed = others.back().first + 1;
  while (seed == document_.project().head.seed ||
         std::ranges::find(others, seed, &Shares::value_type::first) != others.end()) {
    ++seed;
  }
  others.emplace_back(seed, 0);
  apply(tr("Add a head to the blend"), {}, others);
}

void BlendList::removeHead(std::size_t row) {
  Shares others = shares();
  if (row < others.size() && others.size() > 1) {
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(row));
    {  // the project keeps no seed without a share: the row does
      const QSignalBlocker quiet(rows_.front().seed);
      rows_.front().seed->setValue(others.front().first);
    }
    apply(tr("Take a head out of the blend"), {}, others);
  }
}

void BlendList::apply(const QString& text, const QString& merge, const Shares& others) {
  double own = 1;
  for (const auto& [seed, share] : others) {
    own -= share;
  }
  document_.edit(text, merge, [&](Project& project) {
    HeadOptions& head = project.head;
    head.blend.clear();
    const bool blends = others.size() > 1 || others.front().second > 0;
    if (head.avatars.size() == 1) {
      head.avatars.front().weight = blends ? std::max(0.0, own) : 1;
    } else {
      head.avatars.clear();
    }
    if (blends) {
      if (head.avatars.empty()) {
        head.blend.emplace_back(head.seed, std::max(0.0, own));
      }
      head.blend.insert(head.blend.end(), others.begin(), others.end());
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
    rows_[i].seed->setValue(others[i].first);
    rows_[i].share->setValue(others[i].second);
    rows_[i].remove->setVisible(rows_.size() > 1);
  }
  add_->setEnabled(rows_.size() + 1 < kMostHeads);
}

}  // namespace panohead::ui
