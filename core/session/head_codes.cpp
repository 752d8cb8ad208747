#include "core/session/head_codes.h"

#include "core/base/error.h"
#include "core/tensor/model_inputs.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

namespace panohead {

namespace {

// w of a seed. Conditioned on the frontal camera unless asked otherwise, as the published scripts do.
at::Tensor mapSeed(const Generator& generator, const HeadOptions& options, std::uint32_t seed, double psi) {
  const bool from_front = options.conditioning_yaw == 0 && options.conditioning_pitch == 0;
  const CameraLabel label = from_front ? frontalLabel()
                                       : orbitLabel({.yaw_degrees = options.conditioning_yaw,
                                                     .pitch_degrees = options.conditioning_pitch});
  return generator.map(
      seedLatent(seed, generator.config().z_dim), labelTensor(label), {psi, options.truncation_cutoff});
}

// The part [first, last) of ws; negative last: to the end. Layers that the model lacks are left out.
at::Tensor layersOf(const at::Tensor& ws, int first, int last) {
  const std::int64_t count = ws.size(1);
  const std::int64_t end = last < 0 ? count : std::min<std::int64_t>(last, count);
  return ws.slice(1, std::min<std::int64_t>(first, end), end);
}

at::Tensor avatarCode(const Generator& generator,
                      const HeadOptions& options,
                      const Avatar& avatar,
                      const std::vector<float>& code) {
  if (avatar.num_ws != generator.numWs() || avatar.w_dim != generator.config().w_dim) {
    throw OptionError(fmt::format("the avatar '{}' was made for another model", avatar.name),
                      "open the model that it belongs to");
  }
  const at::Tensor ws = at::tensor(at::ArrayRef<float>(code)).view({1, avatar.num_ws, avatar.w_dim});
  return generator.truncate(ws, {options.truncation_psi, options.truncation_cutoff});
}

void add(at::Tensor& sum, const at::Tensor& ws, double weight) {
  const at::Tensor part = weight == 1 ? ws : ws * weight;
  sum = sum.defined() ? sum + part : part;
}

// Seeds and avatars. A single one is taken as it is, to the last bit.
HeadCodes blended(const Generator& generator, const HeadOptions& options) {
  const double psi = options.truncation_psi;
  if (options.blend.empty() && options.avatars.empty()) {
    const at::Tensor ws = mapSeed(generator, options, options.seed, psi);
    return {ws, ws};
  }
  HeadCodes sum;
  for (const auto& [seed, weight] : options.blend) {
    const at::Tensor ws = mapSeed(generator, options, seed, psi);
    add(sum.ws, ws, weight);
    add(sum.ws_background, ws, weight);
  }
  for (const auto& [avatar, weight] : options.avatars) {
    const at::Tensor ws = avatarCode(generator, options, *avatar, avatar->ws);
    add(sum.ws, ws, weight);
    add(sum.ws_background,
        avatar->ws_background.empty() ? ws : avatarCode(generator, options, *avatar, avatar->ws_background),
        weight);
  }
  return sum;
}

// The same, of a head that lies between others.
HeadCodes between(const Generator& generator, const HeadOptions& options) {
  if (options.between.empty()) {
    return blended(generator, options);
  }
  HeadCodes sum;
  for (const auto& [head, weight] : options.between) {
    const HeadCodes codes = headCodes(generator, *head);
    add(sum.ws, codes.ws, weight);
    add(sum.ws_background, codes.ws_background, weight);
  }
  return sum;
}

bool hasBackgroundCode(const HeadOptions& options) {
  return std::ranges::any_of(options.avatars,
                             [](const AvatarShare& share) { return !share.avatar->ws_background.empty(); });
}

}  // namespace

HeadCodes headCodes(const Generator& generator, const HeadOptions& options) {
  HeadCodes codes = between(generator, options);
  const bool mixes = options.mix && options.between.empty();
  if (!mixes && options.edits.empty()) {
    return codes;
  }
  at::Tensor ws = codes.ws.clone();  // layers may be views of one w
  if (mixes) {
    const at::Tensor other = mapSeed(generator, options, options.mix->seed, options.truncation_psi);
    const int first = options.mix->first_layer, last = options.mix->last_layer;
    layersOf(ws, first, last).copy_(layersOf(other, first, last));
  }
  for (const auto& [direction, strength] : options.edits) {
    if (static_cast<std::int64_t>(direction->delta.size()) != ws.size(2)) {
      throw OptionError(fmt::format("the slider '{}' was made for another model", direction->label),
                        "reset it, or open the model that it belongs to");
    }
    const at::Tensor delta = at::tensor(at::ArrayRef<float>(direction->delta));
    layersOf(ws, direction->first_layer, direction->last_layer).add_(delta, strength);
  }
  return {ws, hasBackgroundCode(options) ? codes.ws_background : ws};
}

at::Tensor seedBackgroundCode(const Generator& generator,
                              const HeadOptions& options,
                              const SeedBackground& background) {
  const auto code = [&](const HeadOptions& head) {
    return mapSeed(generator, head, background.seed, background.truncation_psi.value_or(head.truncation_psi));
  };
  if (options.between.empty()) {
    return code(options);
  }
  at::Tensor sum;
  for (const auto& [head, weight] : options.between) {
    add(sum, code(*head), weight);
  }
  return sum;
}

}  // namespace panohead
