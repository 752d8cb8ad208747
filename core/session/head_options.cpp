#include "core/session/head_options.h"

#include <algorithm>
#include <functional>

namespace panohead {
namespace {

using Blend = std::vector<std::pair<std::uint32_t, double>>;

Blend blendOf(const HeadOptions& options) {
  return options.blend.empty() && options.avatars.empty() ? Blend{{options.seed, 1.0}} : options.blend;
}

template <typename Value>
void addWeighted(
    std::vector<Value>& sum, const std::vector<Value>& part, double weight, auto key, auto amount) {
  for (Value value : part) {
    std::invoke(amount, value) *= weight;
    const auto same = std::ranges::find(sum, std::invoke(key, value), key);
    if (same == sum.end()) {
      sum.push_back(std::move(value));
    } else {
      std::invoke(amount, *same) += std::invoke(amount, value);
    }
  }
}

/// Whether the way from one to the other is more than a blend of their seeds and avatars.
bool needsShares(const HeadOptions& a, const HeadOptions& b) {
  return a.mix != b.mix || a.truncation_cutoff != b.truncation_cutoff || a.noise != b.noise ||
         (a.noise == NoiseMode::Random && a.seed != b.seed) || a.between != b.between;
}

void addShares(std::vector<HeadShare>& sum, const HeadOptions& head, double weight) {
  std::vector<HeadShare> shares = head.between;
  if (shares.empty()) {
    HeadOptions plain = head;
    plain.edits.clear();
    plain.background = OwnBackground{};
    shares.push_back({std::make_shared<const HeadOptions>(std::move(plain)), 1});
  }
  for (const HeadShare& share : shares) {
    const auto same =
        std::ranges::find_if(sum, [&share](const HeadShare& other) { return *other.head == *share.head; });
    if (same == sum.end()) {
      sum.push_back({share.head, share.weight * weight});
    } else {
      same->weight += share.weight * weight;
    }
  }
}

/// Whose background stands behind a head that shows its own; null where that is generated.
AvatarPtr personBefore(const HeadOptions& options) {
  if (options.avatars.empty()) {
    return nullptr;
  }
  double most_of_seeds = 0;
  for (const auto& [seed, weight] : options.blend) {
    most_of_seeds = std::max(most_of_seeds, weight);
  }
  const AvatarShare& share = *std::ranges::max_element(options.avatars, {}, &AvatarShare::weight);
  const bool generated = share.avatar->background.kind == AvatarBackground::Kind::Generated;
  return share.weight < most_of_seeds || generated ? nullptr : share.avatar;
}

/// What stands behind a head, so that it stays that behind another.
std::vector<BackgroundShare> sharesBehind(const HeadOptions& head) {
  if (std::holds_alternative<OwnBackground>(head.background)) {
    if (AvatarPtr person = personBefore(head)) {
      return {{PersonBackground{std::move(person)}, 1}};
    }
  }
  std::vector<BackgroundShare> shares = sharesOf(head.background);
  for (BackgroundShare& share : shares) {
    if (auto* seed = std::get_if<SeedBackground>(&share.background)) {
      seed->truncation_psi = seed->truncation_psi.value_or(head.truncation_psi);
    }
  }
  return shares;
}

}  // namespace

bool HeadShare::operator==(const HeadShare& other) const {
  return weight == other.weight && (head == other.head || (head && other.head && *head == *other.head));
}

HeadOptions avatarHead(const AvatarPtr& avatar) {
  HeadOptions head;
  head.avatars = {{avatar, 1.0}};
  head.truncation_psi = 1;
  return head;
}

Background shownBackground(const HeadOptions& options) {
  if (const auto* mixed = std::get_if<MixedBackground>(&options.background)) {
    MixedBackground shown = *mixed;
    for (BackgroundShare& share : shown.shares) {
      if (const auto* person = std::get_if<PersonBackground>(&share.background)) {
        share.background = backgroundOf(*person->avatar);
      }
    }
    return shown;
  }
  if (!std::holds_alternative<OwnBackground>(options.background)) {
    return options.background;
  }
  const AvatarPtr person = personBefore(options);
  return person ? backgroundOf(backgroundOf(*person)) : OwnBackground{};
}

Background backgroundBetween(const std::vector<WeightedHead>& heads) {
  const HeadOptions& first = *heads.front().first;
  const Background shown = shownBackground(first);
  const bool alike = std::ranges::all_of(heads, [&](const WeightedHead& head) {
    return head.first->background == first.background && shownBackground(*head.first) == shown;
  });
  if (alike) {
    return first.background;
  }
  std::vector<BackgroundShare> parts;
  for (const auto& [head, weight] : heads) {
    for (BackgroundShare& share : sharesBehind(*head)) {
      share.weight *= weight;
      parts.push_back(std::move(share));
    }
  }
  return meanBackground(parts);
}

bool sameIdentity(const HeadOptions& a, const HeadOptions& b) {
  HeadOptions other = b;
  other.background = a.background;
  return a == other;
}

HeadOptions interpolated(const HeadOptions& a, const HeadOptions& b, double t) {
  HeadOptions between = t < 0.5 ? a : b;
  if (t <= 0 || t >= 1) {
    return between;
  }
  between.background = backgroundBetween({{&a, 1 - t}, {&b, t}});
  if (sameIdentity(a, b)) {
    return between;
  }
  const auto mixed = [t](double x, double y) { return x + t * (y - x); };
  between.truncation_psi = mixed(a.truncation_psi, b.truncation_psi);
  between.conditioning_yaw = mixed(a.conditioning_yaw, b.conditioning_yaw);
  between.conditioning_pitch = mixed(a.conditioning_pitch, b.conditioning_pitch);
  if (blendOf(a) != blendOf(b) || a.avatars != b.avatars) {
    using Part = std::pair<std::uint32_t, double>;
    const auto person = [](const AvatarShare& share) { return share.avatar->sha256; };
    between.avatars.clear();
    addWeighted(between.avatars, a.avatars, 1 - t, person, &AvatarShare::weight);
    addWeighted(between.avatars, b.avatars, t, person, &AvatarShare::weight);
    std::erase_if(between.avatars, [](const AvatarShare& share) { return share.weight == 0; });
    between.blend.clear();
    addWeighted(between.blend, blendOf(a), 1 - t, &Part::first, &Part::second);
    addWeighted(between.blend, blendOf(b), t, &Part::first, &Part::second);
    std::erase_if(between.blend, [](const Part& part) { return part.second == 0; });
  }
  between.edits.clear();
  addWeighted(between.edits, a.edits, 1 - t, &LatentEdit::direction, &LatentEdit::strength);
  addWeighted(between.edits, b.edits, t, &LatentEdit::direction, &LatentEdit::strength);
  if (needsShares(a, b)) {
    between.between.clear();
    addShares(between.between, a, 1 - t);
    addShares(between.between, b, t);
  }
  return between;
}

}  // namespace panohead
