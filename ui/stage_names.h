#pragma once

#include <QString>

#include <string>
#include <string_view>

namespace panohead::ui {

/// What core calls a stage of a frame or of a job ("super-resolution", "reading model.pkl"), in the user's
/// language. Core knows no Qt: the words it uses stand here once more, to be translated; others stay as
/// they are.
QString stageName(std::string_view stage);

/// The same of what computes: "CPU, 2 threads, LibTorch 2.13.0".
QString deviceName(const std::string& device);

}  // namespace panohead::ui
