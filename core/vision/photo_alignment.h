#pragma once

#include "core/base/image.h"
#include "core/jobs/job.h"
#include "core/vision/aligned_square.h"
#include "core/vision/vision_networks.h"

#include <array>
#include <string>
#include <vector>

namespace panohead {

/// How a head was found, best evidence first.
enum class FoundBy {
  Face,           // the 468 points of its face and a perspective fit: up to 45 degrees of yaw
  FaceAndTurn,    // a face turned further away: its square, then the network that sees heads from anywhere
  Square,         // a square given by hand, then that network
  PersonOutline,  // no face: the outline of the person, then that network
  Nothing         // nobody: the square is a mere beginning for the manual way
};

enum class PhotoDefect { NoFace, NoHead, TooSmall, Blurred, CutOff };

/// Why a head should not be used as it was found, and what can be done: always the manual way, too.
struct Rejection {
  PhotoDefect defect = PhotoDefect::NoFace;
  std::string reason;  // one sentence
  std::string remedy;  // one sentence
};

/// "no face", "too small", ...
const char* titleOf(PhotoDefect defect) noexcept;

struct FoundHead {
  HeadPose pose;
  FoundBy found_by = FoundBy::Nothing;
  double face_score = 0;  // 0..1, how sure the mesh is that this is a face; 0 without one
  double change = 0;      // of the last pass of head_turn, in squares; > 0.05 is a warning sign
  double sharpness = 0;   // 0 blurred .. 1 sharp, of the aligned picture
  double outside = 0;     // 0..1, part of the head that lies beyond the photo
  std::vector<std::array<float, 2>> landmarks;  // 468 points in the photo, pixels; empty without a face
  std::vector<Rejection> rejections;
  std::vector<std::string> warnings;

  bool accepted() const noexcept { return rejections.empty(); }
};

struct AlignmentOptions {
  int most_heads = 16;            // 1 .. 64; 1: the largest face only, and no search for further ones
  double smallest_side = 96;      // pixels of the aligned square, 16 .. 4096; smaller heads are rejected
  double least_sharpness = 0.25;  // 0..1
  double most_outside = 0.12;     // 0..1
  void check() const;             // throws OptionError naming the field
};

/// Finds the heads of a photo, those with a face first, the largest in front: face detector (short range,
/// then full range, then parts of large photos), 468 points whose score decides whether it is a face,
/// perspective fit; beyond 45 degrees of yaw and without a face a network for any direction (the paper's
/// section 4.1 needs the same: a square and a camera for every photo). Never empty: without a find it holds a
/// square to begin with by hand, rejected as NoHead.
/// @param photo 1, 3 or 4 channels, upright. Throws Cancelled, ImageError (empty picture), OptionError.
std::vector<FoundHead> alignPhoto(VisionNetworks& networks,
                                  const Image& photo,
                                  const AlignmentOptions& options,
                                  JobContext& context);

/// The head in a square that the user has drawn or corrected; forgives 15 % in place and size. Its yaw may be
/// off in real profiles and views from behind: offer a slider.
FoundHead alignInSquare(VisionNetworks& networks,
                        const Image& photo,
                        const AlignedSquare& square,
                        const AlignmentOptions& options,
                        JobContext& context);

}  // namespace panohead
