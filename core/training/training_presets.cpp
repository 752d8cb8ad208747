#include "core/base/error.h"
#include "core/training/training_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace panohead {
namespace {

// What the README of the published program gives for its 512 px heads; the rest are its defaults, which
// are ours.
TrainingOptions published512() {
  TrainingOptions o;
  o.resolution = 512;
  o.mirror = true;
  o.back_repeat = 4;
  o.batch = 32;
  o.gamma = 1;
  o.gamma_seg = 1;
  o.gen_pose_cond = true;
  o.use_torgb_raw = true;
  o.decoder_activation = "none";
  o.discriminator = "v2";
  o.triplane_depth = 3;
  o.bcg_reg_prob = 0.2;
  o.gpc_reg_prob = 0.7;
  o.trans_reg = 10;
  o.density_reg = 0;
  o.density_noise_fade_kimg = 200;
  o.metrics = "heads";
  return o;
}

// The shape of the model that ships with the program: cheap to draw on two processor cores.
TrainingOptions heads256() {
  TrainingOptions o = published512();
  o.resolution = 256;
  o.back_repeat = 1;  // for data that is seen from all sides alike
  o.cbase = 4096;
  o.cmax = 256;
  o.triplane_size = 128;
  o.depth_resolution = 24;
  o.depth_resolution_importance = 24;
  o.d_cbase = 8192;
  o.d_cmax = 256;
  o.batch = 16;
  o.kimg = 5000;
  o.tick_kimg = 1;
  o.snapshot_ticks = 10;
  o.workers = 2;
  return o;
}

TrainingOptions heads128() {
  TrainingOptions o = heads256();
  o.resolution = 128;
  o.cbase = 2048;
  o.cmax = 128;
  o.triplane_size = 64;
  o.depth_resolution = 16;
  o.depth_resolution_importance = 16;
  o.neural_rendering_resolution_initial = 32;
  o.d_cbase = 4096;
  o.d_cmax = 128;
  return o;
}

// Shows that data, program and machine work together, in about a minute on two free cores.
TrainingOptions smoke() {
  TrainingOptions o = heads128();
  o.cbase = 1024;
  o.cmax = 32;
  o.depth_resolution = 8;
  o.depth_resolution_importance = 8;
  o.d_cbase = 1024;
  o.d_cmax = 32;
  o.batch = 4;
  o.mbstd_group = 2;  // so that two ranks can share a batch
  o.kimg = 0.2;
  o.tick_kimg = 0.02;
  o.snapshot_ticks = 5;
  o.blur_fade_kimg = 1;
  o.gpc_reg_fade_kimg = 0.1;
  o.density_noise_fade_kimg = 0.1;
  o.workers = 1;
  o.metrics = "none";
  return o;
}

struct Preset {
  const char* name;
  TrainingOptions (*make)();
};
constexpr std::array kPresets{Preset{"published-512", published512},
                              Preset{"heads-256", heads256},
                              Preset{"heads-128", heads128},
                              Preset{"smoke", smoke}};

}  // namespace

TrainingOptions trainingPreset(std::string_view name) {
  const auto* found = std::ranges::find(kPresets, name, &Preset::name);
  if (found == kPresets.end()) {
    std::string names;
    for (const Preset& preset : kPresets) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", preset.name);
    }
    throw OptionError(fmt::format("--preset: there is none named '{}'", name), "choose one of " + names);
  }
  return found->make();
}

std::vector<std::string> trainingPresetNames() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) {
    names.emplace_back(preset.name);
  }
  return names;
}

}  // namespace panohead
