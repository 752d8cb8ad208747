#pragma once

#include "core/doctor/examination.h"
#include "core/session/model.h"

#include <functional>
#include <memory>

namespace panohead::test {

/// What is wrong with a head. Each is a change of its volume, or of what is drawn of it.
struct Damage {
  /// Where the volume is looked up for a point of the world. [1, M, 3] -> [1, M, 3]
  std::function<at::Tensor(const at::Tensor& points)> lookup{};
  /// Changes raw density [1, M, 1] at points.
  std::function<at::Tensor(const at::Tensor& points, const at::Tensor& density)> density{};
  /// Changes what a camera sees.
  std::function<FeatureImage(const FeatureImage& image, const at::Tensor& label)> image{};
  bool one_slice = false;  // every grid loses its depth: EG3D's tri-plane
};

/// Draws a head by plain operations with its damage: one pass of even samples.
std::unique_ptr<HeadRenderer> damagedRenderer(const Head& head, Damage damage);

// Damages, `amount` in [0, 1] or world units.
Damage faceOnBothSides();            // the front half's volume, copied to the back
Damage oneSlice();                   // a network of depth 1
Damage holed(double radius);         // a ball taken out of the back of the head, world units
Damage withFloaters(double radius);  // three balls beside the head, world units
Damage flattened(double factor);     // squashed along z
Damage transparent(double amount);   // this share of the light passes the head
Damage flickering(double amount);    // noise of every camera's own, as a share of the features' deviation

}  // namespace panohead::test
