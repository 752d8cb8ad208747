#pragma once

#include <QComboBox>
#include <QFormLayout>
#include <QSpinBox>

namespace panohead::ui {

/// A labelled control of a page of exports; the page hears of its changes.
template <typename Page>
void addRow(Page* page,
            QFormLayout& form,
            QWidget* box,
            const char* name,
            const QString& label,
            const QString& help) {
  box->setObjectName(name);
  box->setToolTip(help);
  box->setAccessibleName(QString(label).remove('&'));
  if (auto* combo = qobject_cast<QComboBox*>(box)) {
    combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    combo->setMinimumContentsLength(8);
    QObject::connect(combo, &QComboBox::currentIndexChanged, page, &Page::changed);
  } else if (auto* spin = qobject_cast<QSpinBox*>(box)) {
    spin->setKeyboardTracking(false);
    QObject::connect(spin, &QSpinBox::valueChanged, page, &Page::changed);
  } else if (auto* number = qobject_cast<QDoubleSpinBox*>(box)) {
    number->setKeyboardTracking(false);
    QObject::connect(number, &QDoubleSpinBox::valueChanged, page, &Page::changed);
  }
  form.addRow(label, box);
  form.labelForField(box)->setContentsMargins(0, 0, 3, 0);  // underlined letters are wider than was measured
}

/// The form of a page, as narrow as the dock.
inline QFormLayout* makeForm(QWidget* page) {
  auto* form = new QFormLayout(page);
  form->setContentsMargins(2, 8, 2, 2);
  form->setVerticalSpacing(7);
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  return form;
}

}  // namespace panohead::ui
