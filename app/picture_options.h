#pragma once

#include "app/terminal.h"
#include "core/session/project.h"
#include "core/session/studio.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace panohead::app {

/// The options that every command which draws heads has, as they were written.
struct PictureOptions {
  std::filesystem::path model{};  // empty: the model that ships with the program
  std::optional<double> psi{};    // empty: 0.7, and 1 for avatars
  int cutoff = 14;
  double fov = kHeadFovDegrees;  // degrees
  int resolution = 0;            // of volume rendering, pixels; 0 = the model's
  std::string samples{};         // "96" or "48+48"; empty = the model's
  std::string background = "own";
  std::string noise = "const";
  std::string mode = "picture";
  bool exact = false;
  DeviceChoice device = DeviceChoice::Auto;
};

/// A head that the command line asks for by name.
struct WantedHead {
  std::string name;  // "seed0003", "anna": for files
  HeadOptions options;
};

/// --seeds and --avatar, of which one at least must be given.
struct WantedHeads {
  std::vector<std::uint32_t> seeds{};
  std::vector<std::filesystem::path> avatars{};
  std::size_t size() const noexcept { return seeds.size() + avatars.size(); }
  /// The one at a place, in the order of wantedHeads().
  WantedHeads only(std::size_t place) const;
  void check() const;  // throws OptionError when there is none
};
void addHeads(CLI::App& command, WantedHeads& heads, const std::string& help);
/// Seeds first. Reads the avatars. Throws CheckpointError.
std::vector<WantedHead> wantedHeads(const WantedHeads& heads, const PictureOptions& options);

/// --psi and --cutoff.
void addTruncation(CLI::App& command, PictureOptions& options);
/// --device.
void addDevice(CLI::App& command, DeviceChoice& device);
/// @param with_mode whether the command draws anything but pictures, too
void addPictureOptions(CLI::App& command, PictureOptions& options, bool with_mode = true);

/// For commands that were given a project: throws OptionError naming --psi, --cutoff or --noise where one of
/// them is given, since the project says these of its heads.
void refuseHeadOptions(const CLI::App& command);

/// Reads a project and says what of it is missing. Its model becomes the options', unless they name one.
/// Throws as readProject().
Project openProject(const std::filesystem::path& path, PictureOptions& options, Terminal& terminal);

/// The files that drawing these heads reads, for requireOtherFile(). Some names may be empty, or of no file.
std::vector<std::filesystem::path> readFiles(const WantedHeads& heads, const PictureOptions& options);

ModelPtr openChosenModel(const PictureOptions& options, Terminal& terminal);

/// Both check everything that can be checked without the model. Throw OptionError, ImageError.
HeadOptions makeHeadOptions(const PictureOptions& options);
ViewOptions makeViewOptions(const PictureOptions& options);

/// Everything of the options that decides pixels, lines of "name: value"; the files that they name count by
/// their contents. What draws is not among them: it may change within a film, and nobody sees it. Throws
/// ImageError.
std::string settingsOf(const PictureOptions& options);

/// SHA-256 of a file's bytes; of none when there is no such file.
std::string hashOf(const std::filesystem::path& path);

/// "own", "none", a seed, a colour or the name of a picture, in this order.
Background parseBackground(const std::string& text);

}  // namespace panohead::app
