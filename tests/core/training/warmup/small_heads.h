#pragma once

#include "core/base/camera.h"
#include "core/generator/generator.h"
#include "core/training/warmup/attribute_table.h"
#include "core/training/warmup/picture_bank.h"
#include "core/training/warmup/warmup.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>

namespace panohead::test {

inline constexpr int kSmallNeural = 32;
inline constexpr int kSmallResolution = 128;
inline constexpr std::int64_t kSmallBackground = 16;  // of w

/// A generator that takes a step in a fraction of a second.
inline GeneratorConfig smallHeadConfig() {
  GeneratorConfig config;
  config.z_dim = 64;
  config.w_dim = 64;
  config.img_resolution = kSmallResolution;
  config.neural_resolution = kSmallNeural;
  config.channel_base = 256;
  config.channel_max = 16;
  config.triplane_size = 32;
  config.super_resolution = SuperResolutionKind::X2;
  config.sr_conv_clamp.reset();
  config.volume.coarse_samples = 8;
  config.volume.fine_samples = 8;
  return config;
}

/// Colour of a made-up person, 0..255.
inline std::array<int, 3> colourOf(int person) {
  return {40 + person * 53 % 200, 40 + person * 97 % 200, 40 + person * 31 % 200};
}

/// People who are discs of one colour each, from four sides.
inline PeoplePictures discPeople(int count) {
  PeoplePictures people;
  people.resolution = kSmallResolution;
  for (int person = 0; person < count; ++person) {
    people.names.push_back(fmt::format("{:05}", person));
    people.views.emplace_back();
    for (int view = 0; view < 4; ++view) {
      people.views.back().push_back(static_cast<std::uint32_t>(people.labels.size()));
      OrbitView orbit;
      orbit.yaw_degrees = 90.0 * view;
      people.labels.push_back(orbitLabel(orbit));
    }
  }
  people.load = [](std::uint32_t index) {
    const std::array<int, 3> colour = colourOf(static_cast<int>(index / 4));
    LoadedItem item{
        Image(kSmallResolution, kSmallResolution, 3), Image(kSmallResolution, kSmallResolution, 1), {}};
    for (int y = 0; y < kSmallResolution; ++y) {
      for (int x = 0; x < kSmallResolution; ++x) {
        const bool inside = std::hypot(x - 63.5, y - 63.5) < 40;
        for (int channel = 0; channel < 3; ++channel) {
          item.picture.row(y)[3 * x + channel] = static_cast<std::uint8_t>(inside ? colour[channel] : 128);
        }
        item.mask.row(y)[x] = inside ? 255 : 0;
      }
    }
    return item;
  };
  return people;
}

/// Their colours as attributes.
inline std::string discAttributes(int count) {
  std::string text = "{";
  for (int person = 0; person < count; ++person) {
    const std::array<int, 3> c = colourOf(person);
    text += fmt::format("{}\"{:05}\": {{\"colour\": [{}, {}, {}], \"age\": {}}}",
                        person == 0 ? "" : ", ",
                        person,
                        c[0],
                        c[1],
                        c[2],
                        20 + person * 7 % 50);
  }
  return text + "}";
}

inline WarmupOptions smallWarmup() {
  WarmupOptions options;
  options.steps = 40;
  options.heads = 2;
  options.patch = {.patch = 12, .neural = kSmallNeural, .views = 2, .margin = 4};
  options.samples = 8;
  options.free_numbers = 4;
  options.background_dims = kSmallBackground;
  options.held_out = 1;
  options.rate = 1e-2;
  options.seed = 3;
  return options;
}

}  // namespace panohead::test
