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
  if (kind == "interpolate" && seeds.size() < 2) {
    throw OptionError("--seeds: interpolation needs at least two heads", "for example --seeds 0-3");
  }
  if (grid && kind != "grid") {
    throw OptionError(fmt::format("--grid: a film of the kind '{}' has no grid", kind), "add --kind grid");
  }
  const auto [columns, rows] = layout();
  const auto places = static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
  if (seeds.size() % places != 0) {
    throw OptionError(
        fmt::format("--seeds: {} heads cannot be shared by {} x {} places", seeds.size(), columns, rows),
        fmt::format("give {} seeds or a multiple, or another --grid", places));
  }
  if (!closed && (kind == "orbit" || seeds.size() == places)) {
    throw OptionError("--open: no head of this film flows into another",
                      "add --kind interpolate, or give more seeds than the grid has places");
  }
}

Grid SeedFilmOptions::layout() const {
  return kind == "grid" ? grid.value_or(Grid{}) : Grid{.columns = 1, .rows = 1};
}

SeedFilm::SeedFilm(const SeedFilmOptions& options, ModelPtr model, HeadOptions head, const ViewOptions& view)
    : options_(options),
      model_(std::move(model)),
      head_(std::move(head)),
      view_(view),
      orbit_(options.kind == "orbit"),
      grid_(options.layout()) {
  size_ = options.size > 0 ? options.size : modelInfo(*model_).image_resolution;
  const std::size_t share =
      options.seeds.size() / (static_cast<std::size_t>(grid_.columns) * static_cast<std::size_t>(grid_.rows));
  for (auto seed = options.seeds.begin(); seed != options.seeds.end();) {
    const auto end = seed + static_cast<std::ptrdiff_t>(share);
    places_.push_back({{seed, end}, nullptr});
    seed = end;
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
  const auto knots = static_cast<int>(place.seeds.size());
  if (orbit_ || knots == 1) {
    const std::size_t position =
        static_cast<std::size_t>(index) * place.seeds.size() / static_cast<std::size_t>(frames_);
    if (!place.head || position != place.position) {
      head_.seed = place.seeds[position];
      place.position = position;
      place.head = makeHead(model_, head_, context);
    }
    return;
  }
  const double t = options_.closed ? double(index) / frames_ * knots
                                   : double(index) / std::max(1, frames_ - 1) * (knots - 1);
  const std::vector<double> weights = splineWeights(knots, t, options_.closed);
  head_.blend.clear();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (std::abs(weights[i]) > 1e-12) {
      head_.blend.emplace_back(place.seeds[i], weights[i]);
    }
  }
  place.head = makeHead(model_, head_, context);
}

double SeedFilm::turnsUntil(int index) const {
  const double part = double(index) / frames_ * (orbit_ ? static_cast<double>(options_.seeds.size()) : 1);
  return *options_.turns * (orbit_ ? part - std::floor(part) : part);
}

std::string SeedFilm::settings() const {
  return fmt::format(
      "kind: {}\nseeds: {}\nframes: {}\nloop: {}\ngrid: {}x{}\nturns: {}\nyaw: {}\npitch: {}\nsize: {}\n{}",
      options_.kind,
      fmt::join(options_.seeds, " "),
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
