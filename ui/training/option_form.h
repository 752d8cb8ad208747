#pragma once

#include "core/training/training_options.h"
#include "ui/table_form.h"

namespace panohead::ui {

using OptionForm = TableForm<TrainingOptions>;

/// A form for every row of trainingOptionTable().
inline OptionForm* makeOptionForm() {
  return new OptionForm(
      trainingOptionTable(),
      {{"Generator", 1}, {"Discriminator", 1}, {"Losses and schedules", 2}, {"Warm-up", 2}});
}

}  // namespace panohead::ui
