#pragma once

#include <QString>

#include <string>

namespace panohead::ui {

/// The name of a slider, or of one of its ends, in the user's language: those that come with the program's
/// own model, and those that found sliders get. What users and other models call theirs stays as it is.
QString sliderText(const std::string& text);

}  // namespace panohead::ui
