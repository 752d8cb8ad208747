#include "app/seed_film.h"

#include "core/base/error.h"
#include "core/base/image_ops.h"
#include "core/base/spline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace panohead::app {
namespace {

constexpr int kFramesPerOrbit = 120;
constexpr int kFramesPerHead = 60;

}  // namespace

void SeedFilmOptions::check() const {
  heads.check();
  if (kind == "interpolate" && heads.size() < 2) {
    throw OptionError("--seeds: interpolation needs at least two heads", "for example --seeds 0-3");
  }
  if (grid && kind != "grid") {
    throw OptionError(fmt::format("--grid: a film of the kind '{}' has no grid", kind), "add --kind grid");
  }
  const auto [columns, rows] = layout();
  const auto places = static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
  if (heads.size() % places != 0) {
    throw OptionError(
        fmt::format("--seeds: {} heads cannot be shared by {} x {} places", heads.size(), columns, rows),
        fmt::format("give {} heads or a multiple, or another --grid", places));
  }
  if (!closed && (kind == "orbit" || heads.size() == places)) {
    throw OptionError("--open: no head of this film flows into another",
                      "add --kind interpolate, or give more heads than the grid has places");
  }
}

Grid SeedFilmOptions::layout() const {
  return kind == "grid" ? grid.value_or(Grid{}) : Grid{.columns = 1, .rows = 1};
}

SeedFilm::SeedFilm(const SeedFilmOptions& options,
                   ModelPtr model,
                   const std::vector<WantedHead>& heads,
                   const ViewOptions& view)
    : options_(options),
      model_(std::move(model)),
      view_(view),
      orbit_(options.kind == "orbit"),
      has_alpha_(std::ranges::any_of(
          heads, [](const WantedHead& head) { return isTransparent(shownBackground(head.options)); })),
      grid_(options.layout()) {
  size_ = options.size > 0 ? options.size : modelInfo(*model_).image_resolution;
  const std::size_t share =
      heads.size() / (static_cast<std::size_t>(grid_.columns) * static_cast<std::size_t>(grid_.rows));
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (i % share == 0) {
      places_.emplace_back();
    }
    places_.back().heads.push_back(heads[i].options);
  }
  const bool flows = !orbit_ && share > 1;
  frames_ = options.frames > 0 ? options.frames
                               : static_cast<int>(share) * (flows ? kFramesPerHead : kFramesPerOrbit);
  options_.turns = options.turns.value_or(flows ? 0 : 1);
}

Image SeedFilm::frame(int index, JobContext& context) {
  view_.camera = orbitLabel({.yaw_degrees = options_.yaw + 360 * turnsUntil(index),
                             .pitch_degrees = options_.pitch,
                             .fov_degrees = options_.picture.fov});
  std::vector<Image> pictures;
  for (Place& place : places_) {
    context.checkpoint();
    moveHead(place, index, context);
    pictures.push_back(resized(
        withChannels(renderFrame(*place.head, view_, context).picture, hasAlpha() ? 4 : 3), size_, size_));
  }
  return tiled(pictures, grid_.columns);
}

void SeedFilm::moveHead(Place& place, int index, JobContext& context) {
  const auto knots = static_cast<int>(place.heads.size());
  if (orbit_ || knots == 1) {
    const std::size_t position =
        static_cast<std::size_t>(index) * place.heads.size() / static_cast<std::size_t>(frames_);
    if (!place.head || position != place.position) {
      place.position = position;
      place.head = makeHead(model_, place.heads[position], context);
    }
    return;
  }
  const double t = options_.closed ? double(index) / frames_ * knots
                                   : double(index) / std::max(1, frames_ - 1) * (knots - 1);
  const std::vector<double> weights = splineWeights(knots, t, options_.closed);
  HeadOptions between = place.heads.front();
  between.avatars.clear();
  between.truncation_psi = 0;
  std::vector<WeightedHead> parts;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (std::abs(weights[i]) > 1e-12) {
      const HeadOptions& part = place.heads[i];
      parts.emplace_back(&part, weights[i]);
      between.truncation_psi += weights[i] * part.truncation_psi;
      if (part.avatars.empty()) {
        between.blend.emplace_back(part.seed, weights[i]);
      } else {
        between.avatars.push_back({part.avatars.front().avatar, weights[i]});
      }
    }
  }
  between.truncation_psi = std::clamp(between.truncation_psi, -2.0, 2.0);
  between.background = backgroundBetween(parts);
  place.head = makeHead(model_, between, context);
}

double SeedFilm::turnsUntil(int index) const {
  const double part = double(index) / frames_ * (orbit_ ? static_cast<double>(options_.heads.size()) : 1);
  return *options_.turns * (orbit_ ? part - std::floor(part) : part);
}

std::string SeedFilm::settings() const {
  std::string avatars;
  for (const std::filesystem::path& avatar : options_.heads.avatars) {
    avatars += hashOf(avatar) + " ";
  }
  return fmt::format(
      "kind: {}\nseeds: {}\navatars: {}\nframes: {}\nloop: {}\ngrid: {}x{}\nturns: {}\nyaw: {}\npitch: "
      "{}\nsize: {}\n{}",
      options_.kind,
      fmt::join(options_.heads.seeds, " "),
      avatars,
      frames_,
      options_.closed,
      grid_.columns,
      grid_.rows,
      *options_.turns,
      options_.yaw,
      options_.pitch,
      size_,
      settingsOf(options_.picture));
}

}  // namespace panohead::app
