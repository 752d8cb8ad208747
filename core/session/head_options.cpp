#include "core/session/head_options.h"

#include <algorithm>
#include <functional>

namespace panohead {
namespace {

using Blend = std::vector<std::pair<std::uint32_t, double>>;

Blend blendOf(const HeadOptions& options) {
  return options.blend.empty() ? Blend{{options.seed, 1.0}} : options.blend;
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

}  // namespace

bool sameIdentity(const HeadOptions& a, const HeadOptions& b) {
  HeadOptions other = b;
  other.background = a.background;
  return a == other;
}

HeadOptions interpolated(const HeadOptions& a, const HeadOptions& b, double t) {
  HeadOptions between = t < 0.5 ? a : b;
  if (sameIdentity(a, b)) {
    return between;
  }
  const auto mixed = [t](double x, double y) { return x + t * (y - x); };
  between.truncation_psi = mixed(a.truncation_psi, b.truncation_psi);
  between.conditioning_yaw = mixed(a.conditioning_yaw, b.conditioning_yaw);
  between.conditioning_pitch = mixed(a.conditioning_pitch, b.conditioning_pitch);
  if (blendOf(a) != blendOf(b)) {
    using Part = std::pair<std::uint32_t, double>;
    between.blend.clear();
    addWeighted(between.blend, blendOf(a), 1 - t, &Part::first, &Part::second);
    addWeighted(between.blend, blendOf(b), t, &Part::first, &Part::second);
    std::erase_if(between.blend, [](const Part& part) { return part.second == 0; });
  }
  between.edits.clear();
  addWeighted(between.edits, a.edits, 1 - t, &LatentEdit::direction, &LatentEdit::strength);
  addWeighted(between.edits, b.edits, t, &LatentEdit::direction, &LatentEdit::strength);
  return between;
}

}  // namespace panohead
