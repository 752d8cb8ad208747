#pragma once

#include "core/avatar/compact_delta.h"
#include "core/base/camera.h"
#include "core/base/image.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

/// The square of a photo that was fitted.
struct PhotoSquare {
  double centre_x = 0, centre_y = 0;  // pixels of the photo, from its upper left corner
  double side = 0;                    // pixels of the photo; 0: not known, the photo came aligned
  double roll_degrees = 0;            // how the square is turned, clockwise
  bool operator==(const PhotoSquare&) const = default;
};

/// A photo of the person as it was fitted.
struct AvatarPhoto {
  std::string name;  // file name of the photo
  PhotoSquare square{};
  CameraLabel camera{};  // refined: the model draws this photo from here
  Image aligned{};       // RGB, square
  Image mask{};          // grey, 255 = person; same size, or empty: everything
};

/// What an avatar stands before when nothing else is asked for.
struct AvatarBackground {
  enum class Kind : std::uint8_t {
    Generated,  // by the background network from ws_background
    Photo,      // `plate`: the photo with the person filled in
    Colour,
    None,  // transparent
  };
  Kind kind = Kind::Generated;
  std::shared_ptr<const Image> plate{};  // RGB
  std::array<std::uint8_t, 3> colour{};
};

/// A person fitted to photos: everything that makes one model draw them. Immutable once shared
/// (core/avatar/avatar_file.h makes an AvatarPtr). Plain numbers: no LibTorch.
struct Avatar {
  std::string name;          // "anna"
  std::string model_name;    // "heads256"
  std::string model_sha256;  // of the model's file: the only one that draws this avatar
  int num_ws = 0, w_dim = 0;
  std::vector<float> ws;             // [num_ws][w_dim]
  std::vector<float> ws_background;  // the same; empty: ws drives the background, too
  std::vector<AvatarPhoto> photos;
  AvatarBackground background{};
  CompactDelta delta;                      // of the tuned weights; empty: not tuned
  Image thumbnail{};                       // RGB
  std::string preset;                      // that it was fitted with
  std::map<std::string, double> measures;  // of the fit, by name: {"psnr", 27.3}

  // Not in the file:
  std::string sha256;              // of the file's bytes: equal ones draw equal pixels
  std::filesystem::path source{};  // where it was read from or written to; may be empty

  void check() const;  // throws OptionError for numbers that do not fit each other
};
using AvatarPtr = std::shared_ptr<const Avatar>;

/// An avatar's share of a head.
struct AvatarShare {
  AvatarPtr avatar;
  double weight = 1;
  /// Avatars with the same contents are the same, whichever file they were read from.
  bool operator==(const AvatarShare& other) const {
    return weight == other.weight &&
           (avatar == other.avatar ||
            (avatar && other.avatar && !avatar->sha256.empty() && avatar->sha256 == other.avatar->sha256));
  }
};

}  // namespace panohead
