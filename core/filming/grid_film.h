#pragma once

#include "core/filming/film.h"

#include <memory>
#include <vector>

namespace panohead {

/// Films of one size side by side, row by row, as long as the shortest. Places left over are black (with
/// alpha: nothing). Throws OptionError when there is none, or when their sizes differ.
/// @param columns in a row; 0: as near to a square as it gets
std::unique_ptr<Film> gridFilm(std::vector<std::unique_ptr<Film>> films, int columns);

}  // namespace panohead
