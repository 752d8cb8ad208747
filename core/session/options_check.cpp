#include "core/base/error.h"
#include "core/session/studio.h"

#include <fmt/format.h>

#include <cmath>

namespace panohead {

namespace {

void within(const char* name, double value, double low, double high) {
  if (!(value >= low && value <= high)) {
    throw OptionError(fmt::format("{} is {}, which makes no sense", name, value),
                      fmt::format("choose {} from {} to {}", name, low, high));
  }
}

void checkShare(const PlainBackground& background) {
  if (const auto* seeded = std::get_if<SeedBackground>(&background); seeded && seeded->truncation_psi) {
    within("truncation psi of the background", *seeded->truncation_psi, -2, 2);
  }
  const auto* image = std::get_if<ImageBackground>(&background);
  if (image != nullptr) {
    within("blur of the background", image->blur, 0, 20);
  }
  if (image != nullptr && (!image->image || image->image->empty() || image->image->channels < 3)) {
    throw OptionError("the background picture is empty or has no colours", "choose an RGB or RGBA picture");
  }
  if (const auto* person = std::get_if<PersonBackground>(&background); person && !person->avatar) {
    throw OptionError("a background is that of an avatar that is not there", "open the avatar first");
  }
}

void checkBackground(const Background& background) {
  double sum = 0;
  for (const BackgroundShare& share : sharesOf(background)) {
    checkShare(share.background);
    within("share of a background", share.weight, 0, 1);
    sum += share.weight;
  }
  if (!(std::abs(sum - 1) < 1e-3)) {
    throw OptionError(fmt::format("the shares of a background sum to {}", sum), "they must sum to 1");
  }
}

}  // namespace

void HeadOptions::check() const {
  within("truncation psi", truncation_psi, -2, 2);
  double sum = 0;
  for (const auto& [blend_seed, weight] : blend) {
    sum += weight;
  }
  for (const AvatarShare& share : avatars) {
    if (!share.avatar) {
      throw OptionError("a head is blended with an avatar that is not there", "open the avatar first");
    }
    sum += share.weight;
  }
  if (!(blend.empty() && avatars.empty()) && !(std::abs(sum - 1) < 1e-3)) {
    throw OptionError(fmt::format("the weights of blended heads sum to {}", sum), "they must sum to 1");
  }
  within("conditioning pitch", conditioning_pitch, -89, 89);
  within("conditioning yaw", conditioning_yaw, -360, 360);
  if (mix && (mix->first_layer < 0 || mix->last_layer < mix->first_layer)) {
    throw OptionError(fmt::format("layers {} to {} cannot be mixed", mix->first_layer, mix->last_layer),
                      "the first layer must not be negative, nor after the last one");
  }
  for (const LatentEdit& edit : edits) {
    if (!edit.direction || !std::isfinite(edit.strength)) {
      throw OptionError("an edit has no direction or no finite strength", "reset the slider");
    }
  }
  double shares = 0;
  for (const HeadShare& share : between) {
    if (!share.head || !share.head->between.empty() || !share.head->edits.empty()) {
      throw OptionError("a head lies between heads that are not there, or that have edits or shares",
                        "choose a seed");
    }
    share.head->check();
    shares += share.weight;
  }
  if (!between.empty() && !(std::abs(shares - 1) < 1e-3)) {
    throw OptionError(fmt::format("the shares of a head sum to {}", shares), "they must sum to 1");
  }
  checkBackground(background);
}

void ViewOptions::check() const {
  if (neural_resolution != 0) {
    within("neural resolution", neural_resolution, 8, 512);
  }
  if (coarse_samples != 0) {
    within("coarse samples", coarse_samples, 4, 512);
  }
  if (fine_samples != -1) {
    within("fine samples", fine_samples, 0, 512);
  }
  for (const float value : camera) {
    if (!std::isfinite(value)) {
      throw OptionError("the camera holds a number that is not finite",
                        "check angles, distance and field of view");
    }
  }
  if (camera[16] == 0 || camera[20] == 0) {
    throw OptionError("the camera has no focal length", "fill ViewOptions::camera, e.g. with orbitLabel()");
  }
}

}  // namespace panohead
