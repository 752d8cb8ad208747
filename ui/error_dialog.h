#pragma once

#include "core/base/error.h"

#include <QDialog>

namespace panohead::ui {

/// Says what went wrong, what to do, and, folded away, the details for a report.
class ErrorDialog final : public QDialog {
  Q_OBJECT

 public:
  ErrorDialog(const Error& error, QWidget* parent);
};

}  // namespace panohead::ui
