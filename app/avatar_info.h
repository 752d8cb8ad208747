#pragma once

#include "core/avatar/avatar.h"

#include <string>

namespace panohead::app {

/// What an avatar file holds: lines for a terminal, and an indented JSON object.
std::string avatarText(const Avatar& avatar);
std::string avatarJson(const Avatar& avatar);

}  // namespace panohead::app
