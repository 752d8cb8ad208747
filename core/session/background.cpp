#include "core/session/background.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

namespace panohead {
namespace {

/// The mean of shares that are all of one kind, by `mean`; nothing where another kind is among them.
template <typename Kind>
std::optional<Kind> meanOf(const std::vector<BackgroundShare>& shares, auto mean) {
  std::vector<std::pair<const Kind*, double>> all;
  for (const BackgroundShare& share : shares) {
    const auto* one = std::get_if<Kind>(&share.background);
    if (one == nullptr) {
      return std::nullopt;
    }
    all.emplace_back(one, share.weight);
  }
  return mean(all);
}

double sumOf(const auto& all, auto number) {
  double sum = 0;
  for (const auto& [one, weight] : all) {
    sum += weight * number(*one);
  }
  return sum;
}

std::optional<ColourBackground> meanColour(const std::vector<BackgroundShare>& shares) {
  return meanOf<ColourBackground>(shares, [](const auto& all) -> std::optional<ColourBackground> {
    const auto mean = [&all](std::uint8_t ColourBackground::* channel) {
      const double level = sumOf(all, [channel](const ColourBackground& one) { return one.*channel; });
      return static_cast<std::uint8_t>(std::lround(level));
    };
    return ColourBackground{
        mean(&ColourBackground::red), mean(&ColourBackground::green), mean(&ColourBackground::blue)};
  });
}

// w is linear in the truncation.
std::optional<SeedBackground> meanSeed(const std::vector<BackgroundShare>& shares) {
  return meanOf<SeedBackground>(shares, [](const auto& all) -> std::optional<SeedBackground> {
    const SeedBackground& first = *all.front().first;
    const bool alike = std::ranges::all_of(all, [&first](const auto& share) {
      return share.first->seed == first.seed && share.first->truncation_psi.has_value();
    });
    if (!alike) {
      return std::nullopt;
    }
    return SeedBackground{first.seed,
                          sumOf(all, [](const SeedBackground& one) { return *one.truncation_psi; })};
  });
}

std::optional<ImageBackground> meanImage(const std::vector<BackgroundShare>& shares) {
  return meanOf<ImageBackground>(shares, [](const auto& all) -> std::optional<ImageBackground> {
    ImageBackground mean = *all.front().first;
    mean.blur = sumOf(all, [](const ImageBackground& one) { return one.blur; });
    const bool alike = std::ranges::all_of(all, [&mean](const auto& share) {
      ImageBackground other = *share.first;
      other.blur = mean.blur;
      return other == mean;
    });
    return alike ? std::optional(mean) : std::nullopt;
  });
}

}  // namespace

PlainBackground backgroundOf(const Avatar& avatar) {
  const AvatarBackground& own = avatar.background;
  switch (own.kind) {
    case AvatarBackground::Kind::Photo:
      return ImageBackground{own.plate};
    case AvatarBackground::Kind::Colour:
      return ColourBackground{own.colour[0], own.colour[1], own.colour[2]};
    case AvatarBackground::Kind::None:
      return NoBackground{};
    case AvatarBackground::Kind::Generated:
      break;
  }
  return OwnBackground{};
}

Background backgroundOf(const PlainBackground& plain) {
  return std::visit(
      [&plain](const auto& value) -> Background {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, PersonBackground>) {
          return MixedBackground{{{plain, 1}}};
        } else {
          return value;
        }
      },
      plain);
}

std::vector<BackgroundShare> sharesOf(const Background& background) {
  return std::visit(
      [](const auto& value) -> std::vector<BackgroundShare> {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, MixedBackground>) {
          return value.shares;
        } else {
          return {{value, 1}};
        }
      },
      background);
}

Background meanBackground(const std::vector<BackgroundShare>& parts) {
  std::vector<BackgroundShare> shares;
  double sum = 0;
  for (const BackgroundShare& part : parts) {
    if (!(part.weight > 0)) {
      continue;
    }
    sum += part.weight;
    const auto same = std::ranges::find(shares, part.background, &BackgroundShare::background);
    if (same == shares.end()) {
      shares.push_back(part);
    } else {
      same->weight += part.weight;
    }
  }
  if (shares.empty()) {
    return OwnBackground{};
  }
  if (shares.size() == 1) {
    return backgroundOf(shares.front().background);
  }
  for (BackgroundShare& share : shares) {
    share.weight /= sum;
  }
  if (const auto colour = meanColour(shares)) {
    return *colour;
  }
  if (const auto seed = meanSeed(shares)) {
    return *seed;
  }
  if (const auto image = meanImage(shares)) {
    return *image;
  }
  return MixedBackground{std::move(shares)};
}

Background withoutSeeds(const Background& background) {
  std::vector<BackgroundShare> shares = sharesOf(background);
  bool any = false;
  for (BackgroundShare& share : shares) {
    if (std::holds_alternative<SeedBackground>(share.background)) {
      share.background = OwnBackground{};
      any = true;
    }
  }
  return any ? meanBackground(shares) : background;
}

bool isTransparent(const Background& background) {
  return std::ranges::any_of(sharesOf(background), [](const BackgroundShare& share) {
    return std::holds_alternative<NoBackground>(share.background);
  });
}

double BackgroundParts::generatedWeight() const {
  double sum = 0;
  for (const BackgroundShare& share : generated) {
    sum += share.weight;
  }
  return sum;
}

double BackgroundParts::clearWeight() const {
  double sum = 0;
  for (const BackgroundShare& share : laid) {
    sum += std::holds_alternative<NoBackground>(share.background) ? share.weight : 0;
  }
  return sum;
}

BackgroundParts partsOf(const Background& shown) {
  BackgroundParts parts;
  for (BackgroundShare& share : sharesOf(shown)) {
    const bool made = std::holds_alternative<OwnBackground>(share.background) ||
                      std::holds_alternative<SeedBackground>(share.background);
    (made ? parts.generated : parts.laid).push_back(std::move(share));
  }
  return parts;
}

}  // namespace panohead
