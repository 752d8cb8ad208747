#pragma once

namespace panohead::app {

/// Parses the command line and does what it asks for.
/// @returns the exit code of the window, or 0. Throws OptionError for wrong use, other Errors for failures.
int runCommandLine(int argc, char** argv);

}  // namespace panohead::app
