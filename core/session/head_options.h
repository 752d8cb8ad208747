#pragma once

#include "core/avatar/avatar.h"
#include "core/avatar/latent_direction.h"
#include "core/base/noise_mode.h"
#include "core/session/background.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace panohead {

/// w of another seed in some layers (style mixing; StyleGAN, section 3.1).
struct StyleMix {
  std::uint32_t seed = 0;
  int first_layer = 0;  // layers [first, last) of w; more than the model has are left out
  int last_layer = 0;
  bool operator==(const StyleMix&) const = default;
};

struct HeadOptions;

/// A head that another one lies near.
struct HeadShare {
  std::shared_ptr<const HeadOptions> head;
  double weight = 1;
  bool operator==(const HeadShare& other) const;  // by what the heads are
};

/// Everything that decides a head. Changing any of it needs a new Head.
struct HeadOptions {
  std::uint32_t seed = 0;  // numpy RandomState seed of z
  /// When not empty: w = sum of weight * w(seed) over these pairs, in place of `seed` (the weights
  /// sum to 1). Films through seeds are cubic splines in w, whose points are such sums.
  std::vector<std::pair<std::uint32_t, double>> blend{};
  /// When not empty: fitted people, in place of `seed` too: w and tuned weights are sums of weight *
  /// avatar's. With `blend` the weights of both sum to 1. avatarHead() makes a head of one avatar as it was
  /// fitted.
  std::vector<AvatarShare> avatars{};
  double truncation_psi = 0.7;  // 1 = no truncation (avatars as they were fitted), 0 = the average head; in
                                // [-2, 2]
  int truncation_cutoff = 14;   // layers of w that are truncated; negative = all
  /// The camera that the mapping network is told (0, 0: from the front, as the published scripts do).
  double conditioning_yaw = 0;    // degrees
  double conditioning_pitch = 0;  // degrees in [-89, 89]
  std::optional<StyleMix> mix{};
  std::vector<LatentEdit> edits{};  // added to w in this order, after truncation and mixing
  /// When not empty: the head lies between these, whose weights sum to 1 and which have neither edits nor
  /// shares of their own. w is the sum of weight * w of each, with its own truncation, conditioning and
  /// mixing, and so is what their noise makes of it; `edits` are added to that. The fields above then only
  /// say what a control shows, and how avatars' tuned weights are summed.
  std::vector<HeadShare> between{};
  Background background = OwnBackground{};
  NoiseMode noise = NoiseMode::Const;

  void check() const;  // throws OptionError naming the field
  bool operator==(const HeadOptions&) const = default;
};

/// The head of an avatar as it was fitted.
HeadOptions avatarHead(const AvatarPtr& avatar);

/// What stands behind the head: the background of the avatar of the greatest weight where its own is asked
/// for, and those of the persons in a mixture.
Background shownBackground(const HeadOptions& options);

/// Says that what decides w was changed by hand: the head lies between no others any more.
inline void leaveBetween(HeadOptions& options) { options.between.clear(); }

/// Whether all but the background is equal.
bool sameIdentity(const HeadOptions& a, const HeadOptions& b);

/// A head and how much of it there is.
using WeightedHead = std::pair<const HeadOptions*, double>;

/// What stands behind a head that lies between others: what is behind each, by its weight. Weights below 0
/// count as 0. @param heads one at least
Background backgroundBetween(const std::vector<WeightedHead>& heads);

/// Between two heads: w moves on a straight line, whatever the heads differ in, and so does what different
/// noise makes of it, and what stands behind them.
/// @param t in [0, 1]: 0 is a, 1 is b
HeadOptions interpolated(const HeadOptions& a, const HeadOptions& b, double t);

}  // namespace panohead
