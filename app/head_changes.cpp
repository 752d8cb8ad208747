#include "app/head_changes.h"

#include "core/base/error.h"
#include "core/base/text_values.h"
#include "core/session/directions.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead::app {
namespace {

constexpr double kMostStrength = 10;  // units of a slider: far beyond what a window's shows

std::string namesOf(const std::vector<DirectionPtr>& directions) {
  std::string names;
  for (const DirectionPtr& direction : directions) {
    names += (names.empty() ? "" : ", ") + direction->name;
  }
  return names;
}

}  // namespace

void addHeadChanges(CLI::App& command, HeadChanges& changes) {
  command
      .add_option_function<std::string>(
          "--blend",
          [&changes](const std::string& text) { changes.blend = parseNumbers(text, 0, 1, "--blend"); },
          "Of two heads: what lies between them, 0 = the first, 1 = the second; a head for each number")
      ->type_name("LIST");
  command
      .add_option("--edit",
                  changes.edits,
                  "A slider that comes with the model, several times: --edit hair_length=1.5")
      ->type_name("NAME=NUMBER")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<WantedHead> blended(std::vector<WantedHead> heads, const HeadChanges& changes) {
  if (changes.blend.empty()) {
    return heads;
  }
  if (heads.size() != 2) {
    throw OptionError(fmt::format("--blend lies between two heads, and there are {}", heads.size()),
                      "for example --avatar anna.avatar --avatar ben.avatar --blend 0.5");
  }
  std::vector<WantedHead> between;
  for (const double share : changes.blend) {
    between.push_back({fmt::format("{}_{}_{:.2f}", heads[0].name, heads[1].name, share),
                       interpolated(heads[0].options, heads[1].options, share)});
  }
  return between;
}

void edit(std::vector<WantedHead>& heads, const HeadChanges& changes, const ModelPtr& model) {
  if (changes.edits.empty()) {
    return;
  }
  const std::vector<DirectionPtr> known = shippedDirections(*model);
  for (const std::string& wish : changes.edits) {
    const std::size_t equals = wish.find('=');
    const auto found = std::ranges::find(known, wish.substr(0, equals), &LatentDirection::name);
    if (equals == std::string::npos || found == known.end()) {
      throw OptionError(fmt::format("--edit: '{}' is no slider of this model", wish),
                        known.empty()
                            ? "no sliders come with it: directions.safetensors would lie beside its file"
                            : fmt::format("give NAME=NUMBER, where NAME is one of: {}", namesOf(known)));
    }
    const double strength = parseNumber(
        wish.substr(equals + 1), -kMostStrength, kMostStrength, "--edit " + wish.substr(0, equals));
    for (WantedHead& head : heads) {
      head.options.edits.push_back({*found, strength});
    }
  }
}

}  // namespace panohead::app
