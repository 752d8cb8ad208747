#pragma once

#include "core/checkpoint/passport.h"

#include <QDialog>

namespace panohead::ui {

class StudioSession;

/// What a model file is and holds, that nothing of it is run, and the button that makes a safe file of it.
class PassportDialog final : public QDialog {
  Q_OBJECT

 public:
  PassportDialog(const ModelPassport& passport, StudioSession& session, QWidget* parent = nullptr);

 private:
  void convert();

  StudioSession& session_;
  std::filesystem::path file_;
};

}  // namespace panohead::ui
