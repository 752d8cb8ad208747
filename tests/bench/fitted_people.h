#pragma once

#include "core/generator/generator.h"
#include "core/inversion/fit.h"
#include "core/training/warmup/picture_bank.h"

#include <optional>
#include <string>
#include <vector>

namespace panohead::test {

/// A synthetic person: one view to fit, and the others to judge by.
struct Person {
  std::string name;
  LoadedItem photo;                // with the true camera
  std::vector<LoadedItem> unseen;  // the other seven
};

/// The photo is the view nearest to the front, the people are the last `held_out` of the data set, evenly
/// chosen.
std::vector<Person> heldOutPeople(const std::string& folder, int count, int held_out = 50);

/// A camera as alignment would have found it: off by the errors that resources/vision's table states for
/// faces (deviations: yaw 2.5, pitch 2, roll 1.6 degrees, crop 0.008, size 2 %).
CameraLabel asAligned(const CameraLabel& camera, std::uint32_t seed);

/// A person's photo as core/vision aligns and masks it, knowing nothing: the square, the camera and the mask
/// that it finds. `truth` is the picture of that square with the true mask and the true camera of it.
struct AlignedPerson {
  FitPhoto photo;
  LoadedItem truth;
};
/// Nothing when no head was found, or the build has no vision networks.
std::optional<AlignedPerson> alignedByVision(const Person& person, JobContext& context);

struct CameraError {
  double yaw = 0, pitch = 0, roll = 0;  // absolute, degrees
  double line = 0;                      // between the lines of sight from the head's centre, degrees
};
CameraError cameraError(const CameraLabel& found, const CameraLabel& truth);

/// Of a drawn view beside the true one, inside the true mask.
struct ViewScore {
  double psnr = 0;        // dB, of the person
  double psnr_whole = 0;  // dB, of the picture
  double ssim = 0;        // of the person's luminance, 11 px Gaussian window
  double iou = 0;         // of the masks at one half
};
ViewScore scoreView(const SynthesisOutput& drawn, const LoadedItem& truth);

/// How a fit did.
struct PersonScore {
  CameraError aligned, refined;
  ViewScore fitted;
  ViewScore unseen;  // mean
  double seconds = 0;
};
PersonScore scoreFit(const Generator& generator, const FitResult& result, const Person& person);

/// The fitted view and three unseen ones, each with the drawn one to its right.
std::vector<Image> viewsBeside(const Generator& generator, const FitResult& result, const Person& person);

}  // namespace panohead::test
