#pragma once

#include <atomic>

namespace panohead {

/// What the works of a model have needed on this machine, seconds: forecasts multiply it. Where no number
/// says "not known" it begins with that of a typical machine and the model that ships with the program.
struct ModelPace {
  static constexpr double kUnknown = 0;

  std::atomic<double> head = kUnknown;     // making one
  std::atomic<double> picture = kUnknown;  // a whole one, by the fast path, as the model's file says

  // Of a mesh:
  std::atomic<double> grids = 0.1;          // float32 tri-grids
  std::atomic<double> square = 7e-6;        // of the grid's side: finding the surface and its normals
  std::atomic<double> removal = 2.6e-6;     // of a triangle by reduction
  std::atomic<double> smoothing = 2e-8;     // a triangle and pass
  std::atomic<double> view = 0.06;          // a picture that colours are taken from
  std::atomic<double> point = 5e-8;         // that a picture may give its colour to
  std::atomic<double> unwrapping = 2.5e-6;  // a triangle
  std::atomic<double> texel = 1.5e-7;       // finding its place and filling
};

}  // namespace panohead
