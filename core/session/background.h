#pragma once

#include "core/avatar/avatar.h"
#include "core/base/image.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace panohead {

/// Background choices. Own: the head's own latent drives the background network; an avatar's is what it says.
struct OwnBackground {
  bool operator==(const OwnBackground&) const = default;
};
struct SeedBackground {
  std::uint32_t seed = 0;
  std::optional<double> truncation_psi{};  // empty: the head's
  bool operator==(const SeedBackground&) const = default;
};
/// Transparent: the frame's picture is RGBA with straight alpha.
struct NoBackground {
  bool operator==(const NoBackground&) const = default;
};
struct ColourBackground {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const ColourBackground&) const = default;
};
/// Cover: fills the frame, centred. Fit: all of it is seen, its rim continued.
enum class ImageFit { Cover, Fit };
struct ImageBackground {
  std::shared_ptr<const Image> image;  // RGB or RGBA
  ImageFit fit = ImageFit::Cover;
  double blur = 0;                 // standard deviation in percent of the frame's side, 0..20
  std::filesystem::path source{};  // where it came from, for project files; may be empty
  bool operator==(const ImageBackground&) const = default;
};

/// What a fitted person has behind them, whoever stands before it: a share of a MixedBackground only.
struct PersonBackground {
  AvatarPtr avatar;
  bool operator==(const PersonBackground& other) const {
    return AvatarShare{avatar} == AvatarShare{other.avatar};
  }
};

using PlainBackground = std::
    variant<OwnBackground, SeedBackground, NoBackground, ColourBackground, ImageBackground, PersonBackground>;

struct BackgroundShare {
  PlainBackground background;
  double weight = 1;  // above 0
  bool operator==(const BackgroundShare&) const = default;
};

/// On the way from one background to another, as between key frames: generated ones are blended in w, what a
/// cut-out head is laid over is mixed, and the pictures of the two kinds are faded into each other.
struct MixedBackground {
  std::vector<BackgroundShare> shares;  // their weights sum to 1
  bool operator==(const MixedBackground&) const = default;
};

using Background = std::
    variant<OwnBackground, SeedBackground, NoBackground, ColourBackground, ImageBackground, MixedBackground>;

/// What an avatar stands before.
PlainBackground backgroundOf(const Avatar& avatar);

/// One alone.
Background backgroundOf(const PlainBackground& plain);

/// One that is no mixture is one share.
std::vector<BackgroundShare> sharesOf(const Background& background);

/// The weighted mean, whose weights need not sum to 1; those that are not above 0 are left out. What has a
/// mean of its own kind (colours, a seed's truncation, a photo's blur) is of that kind, not a mixture.
Background meanBackground(const std::vector<BackgroundShare>& parts);

/// Without those that a model needs a background network for: the head's own stands in.
Background withoutSeeds(const Background& background);

/// Whether pictures with it have alpha.
bool isTransparent(const Background& background);

/// A background by how it is drawn. Weights are those of the whole: all of them sum to 1.
struct BackgroundParts {
  std::vector<BackgroundShare> generated;  // the network's: own and seeds
  std::vector<BackgroundShare> laid;       // under a head that is cut out: colours, pictures, nothing

  double generatedWeight() const;
  double clearWeight() const;  // of nothing
};

/// @param shown as shownBackground() tells it: no person's among its shares
BackgroundParts partsOf(const Background& shown);

}  // namespace panohead
