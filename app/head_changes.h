#pragma once

#include "app/picture_options.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace panohead::app {

/// What is done to the heads of --seeds and --avatar before they are drawn.
struct HeadChanges {
  /// Not empty: the two heads give way to those between them, one for each share of the second, 0..1.
  std::vector<double> blend{};
  std::vector<std::string> edits{};  // "hair_length=1.5": sliders that come with the model, in their units
};

/// --blend and --edit.
void addHeadChanges(CLI::App& command, HeadChanges& changes);

/// "anna_ben_0.30" lies between anna and ben. Throws OptionError when there are not two heads.
std::vector<WantedHead> blended(std::vector<WantedHead> heads, const HeadChanges& changes);

/// Moves the model's sliders. Throws OptionError for one that it has not, or a strength that is no number;
/// CheckpointError for a damaged file of them.
void edit(std::vector<WantedHead>& heads, const HeadChanges& changes, const ModelPtr& model);

}  // namespace panohead::app
