#pragma once

#include "core/session/studio.h"

#include <filesystem>

namespace panohead::app {

/// What the command line asks of the window.
struct GuiArguments {
  DeviceChoice device = DeviceChoice::Auto;
  std::filesystem::path
      model;  // or project, picture, run folder; empty: the model that ships with the program
};

/// Opens the window and returns its exit code. Throws DeviceError when there is no display or OpenGL.
/// Only in builds with PANOHEAD_HAVE_GUI.
int runGui(const GuiArguments& arguments);

}  // namespace panohead::app
