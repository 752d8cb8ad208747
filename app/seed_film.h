#pragma once

#include "app/picture_options.h"
#include "core/filming/film.h"

#include <optional>
#include <string>
#include <vector>

namespace panohead::app {

struct Grid {
  int columns = 2;
  int rows = 2;
};

struct SeedFilmOptions {
  PictureOptions picture;
  std::string kind = "orbit";  // or "interpolate", "grid"; others (path, split) are no films of heads alone
  WantedHeads heads;
  int frames = 0;               // of the whole film; 0 = 120 an orbit, 60 an interpolated head
  bool closed = true;           // interpolation returns to the first head
  std::optional<Grid> grid;     // only of the kind "grid"
  std::optional<double> turns;  // of the camera around the head, each orbit or the whole film
  double yaw = 0;               // degrees, of the first frame
  double pitch = 0;             // degrees of elevation
  int size = 0;                 // pixels a side of each head; 0 = the model's
  void check() const;           // throws OptionError
  Grid layout() const;          // places side by side
};

/// Frames of moving heads: one or a grid of places, each of which shows one head after the other
/// (orbit) or runs along a cubic spline in w through its heads (interpolate, grid).
class SeedFilm final : public Film {
 public:
  /// @param heads as many as options.heads asks for
  SeedFilm(const SeedFilmOptions& options,
           ModelPtr model,
           const std::vector<WantedHead>& heads,
           const ViewOptions& view);

  int frames() const override { return frames_; }
  int width() const override { return grid_.columns * size_; }
  int height() const override { return grid_.rows * size_; }
  bool hasAlpha() const override { return has_alpha_; }
  Image frame(int index, JobContext& context) override;
  std::string settings() const override;

 private:
  struct Place {
    std::vector<HeadOptions> heads;
    HeadPtr head;              // of the last frame
    std::size_t position = 0;  // of its options, where heads do not flow into each other
  };

  void moveHead(Place& place, int index, JobContext& context);
  double turnsUntil(int index) const;

  SeedFilmOptions options_;
  ModelPtr model_;
  ViewOptions view_;
  bool orbit_ = false;
  bool has_alpha_ = false;
  Grid grid_;
  int size_ = 0;
  int frames_ = 0;
  std::vector<Place> places_;
};

}  // namespace panohead::app
