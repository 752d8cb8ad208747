#include "ui/page_stack.h"

#include <QLayout>

namespace panohead::ui {

PageStack::PageStack(QWidget* parent) : QStackedWidget(parent) {
  connect(this, &QStackedWidget::currentChanged, this, &QWidget::updateGeometry);
}

QSize PageStack::minimumSizeHint() const {
  const int width = QStackedWidget::minimumSizeHint().width();
  return {width, currentWidget() != nullptr ? currentWidget()->minimumSizeHint().height() : 0};
}

int PageStack::heightForWidth(int width) const {
  const QWidget* page = currentWidget();
  if (page == nullptr || page->layout() == nullptr || !page->layout()->hasHeightForWidth()) {
    return minimumSizeHint().height();
  }
  return page->layout()->totalMinimumHeightForWidth(width);
}

}  // namespace panohead::ui
