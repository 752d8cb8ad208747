#pragma once

#include "app/picture_options.h"

#include <optional>
#include <string>
#include <vector>

namespace panohead::app {

struct Grid {
  int columns = 2;
  int rows = 2;
};

struct FilmOptions {
  PictureOptions picture;
  std::string kind = "orbit";  // or "interpolate", "grid"
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
class Film {
 public:
  /// @param heads as many as options.heads asks for
  Film(const FilmOptions& options, ModelPtr model, std::vector<WantedHead> heads, const ViewOptions& view);

  int frames() const noexcept { return frames_; }
  int width() const noexcept { return grid_.columns * size_; }  // pixels
  int height() const noexcept { return grid_.rows * size_; }
  Image frame(int index, JobContext& context);

 private:
  struct Place {
    std::vector<HeadOptions> heads;
    HeadPtr head;              // of the last frame
    std::size_t position = 0;  // of its options, where heads do not flow into each other
  };

  void moveHead(Place& place, int index, JobContext& context);
  double turnsUntil(int index) const;

  FilmOptions options_;
  ModelPtr model_;
  ViewOptions view_;
  bool orbit_ = false;
  Grid grid_;
  int size_ = 0;
  int frames_ = 0;
  std::vector<Place> places_;
};

}  // namespace panohead::app
