#pragma once

#include "core/checkpoint/passport.h"

#include <QDialog>

namespace panohead::ui {

/// What a model file is and holds, that nothing of it is run, and the button that makes a safe file of it.
class PassportDialog final : public QDialog {
  Q_OBJECT

 public:
  explicit PassportDialog(const ModelPassport& passport, QWidget* parent = nullptr);

 signals:
  /// The network that is drawn is wanted as a safetensors file at `to`.
  void convertRequested(const std::filesystem::path& to);

 private:
  void convert();

  std::filesystem::path file_;
};

}  // namespace panohead::ui
