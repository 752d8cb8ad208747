#pragma once

#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/pickle_value.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace panohead {

/// JSON text of an object: the pairs of the mapping `base` (anything else counts as empty) with
/// `overlay` on top. Tuples and sets become lists; infinities, not-a-number and integers beyond 64
/// bits become strings ("inf", decimal digits); numpy scalars become numbers; whatever has no JSON
/// meaning becomes a string in angle brackets.
/// Throws CheckpointError when the values are nested too deeply (cycles) or unfold to too much text.
std::string pickleJson(const FileBytes& file,
                       const PickleDocument& document,
                       PickleId base,
                       std::span<const std::pair<std::string_view, PickleId>> overlay = {});

}  // namespace panohead
