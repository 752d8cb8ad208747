#pragma once

#include <QStackedWidget>

namespace panohead::ui {

/// Pages of which one is seen. It is as wide as the widest, but only as high as the one that is seen must be:
/// else the height of another would push the last rows of this one out of sight.
class PageStack final : public QStackedWidget {
  Q_OBJECT

 public:
  explicit PageStack(QWidget* parent = nullptr);

  QSize minimumSizeHint() const override;
  int heightForWidth(int width) const override;
};

}  // namespace panohead::ui
