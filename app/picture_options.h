#pragma once

#include "app/terminal.h"
#include "core/session/studio.h"

#include <CLI/CLI.hpp>

#include <optional>
#include <string>

namespace panohead::app {

/// The options that every command which draws heads has, as they were written.
struct PictureOptions {
  std::filesystem::path model{};  // empty: the model that ships with the program
  double psi = 0.7;
  int cutoff = 14;
  double fov = kHeadFovDegrees;  // degrees
  int resolution = 0;            // of volume rendering, pixels; 0 = the model's
  std::string samples{};         // "96" or "48+48"; empty = the model's
  std::string background = "own";
  std::string noise = "const";
  std::string mode = "picture";
  bool exact = false;
};

/// @param with_mode whether the command draws anything but pictures, too
void addPictureOptions(CLI::App& command, PictureOptions& options, bool with_mode = true);

ModelPtr openChosenModel(const PictureOptions& options, Terminal& terminal);

/// Both check everything that can be checked without the model. Throw OptionError, ImageError.
HeadOptions makeHeadOptions(const PictureOptions& options);
ViewOptions makeViewOptions(const PictureOptions& options);

/// Everything of the options that decides pixels, lines of "name: value"; the files that they name count by
/// their contents. Throws ImageError.
std::string settingsOf(const PictureOptions& options);

/// SHA-256 of a file's bytes; of none when there is no such file.
std::string hashOf(const std::filesystem::path& path);

/// "own", "none", a seed, a colour or the name of a picture, in this order.
Background parseBackground(const std::string& text);

}  // namespace panohead::app
