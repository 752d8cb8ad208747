#include "core/generator/generator_config.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/printable_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <utility>

namespace panohead {

namespace {

using Json = nlohmann::json;

struct KindName {
  SuperResolutionKind kind;
  const char* suffix;
  std::int64_t resolution;
};
constexpr KindName kKinds[] = {{SuperResolutionKind::X8DC, "8XDC", 512},
                               {SuperResolutionKind::X8, "8X", 512},
                               {SuperResolutionKind::X4, "4X", 256},
                               {SuperResolutionKind::X2, "2X", 128},
                               {SuperResolutionKind::X2, "2X", 64}};  // ours: from 32 px

struct ActivationName {
  DecoderActivation activation;
  const char* name;
};
constexpr ActivationName kActivations[] = {{DecoderActivation::None, "none"},
                                           {DecoderActivation::Sigmoid, "sigmoid"},
                                           {DecoderActivation::LeakyRelu, "lrelu"}};

struct NoiseName {
  NoiseMode mode;
  const char* name;
};
constexpr NoiseName kNoises[] = {
    {NoiseMode::None, "none"}, {NoiseMode::Const, "const"}, {NoiseMode::Random, "random"}};

[[noreturn]] void refuse(const std::string& what) {
  throw CheckpointError(fmt::format("the model's configuration cannot be used: {}", what),
                        "the file may be of another kind of network than PanoHead or EG3D");
}

std::string shown(const Json& json) { return shortened(jsonText(json), 80); }

bool takeValue(const Json& json, bool& value) {
  if (json.is_boolean()) {
    value = json.get<bool>();
  }
  return json.is_boolean();
}

bool takeValue(const Json& json, std::string& value) {
  if (json.is_string()) {
    value = json.get<std::string>();
  }
  return json.is_string();
}

bool takeValue(const Json& json, double& value) {
  if (json.is_number()) {
    value = json.get<double>();
  }
  return json.is_number() && std::isfinite(value);
}

/// 256.0 may stand for 256, as other programs write all numbers; 256.9 does not.
template <std::signed_integral Number>
bool takeValue(const Json& json, Number& value) {
  constexpr double kExact = 9007199254740992.0;
  std::int64_t number = 0;
  if (json.is_number_unsigned() && !std::in_range<std::int64_t>(json.get<std::uint64_t>())) {
    return false;
  }
  if (json.is_number_integer()) {
    number = json.get<std::int64_t>();
  } else if (json.is_number_float() && std::abs(json.get<double>()) <= kExact &&
             json.get<double>() == std::floor(json.get<double>())) {
    number = static_cast<std::int64_t>(json.get<double>());
  } else {
    return false;
  }
  value = static_cast<Number>(number);
  return std::in_range<Number>(number);
}

// One JSON object whose values are read by name, with errors that name the key. Nothing is converted: of a
// value of another kind nobody knows what the network was trained with.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json.is_object() ? json : Json::object()) {}

  bool has(const char* key) const { return json_.contains(key) && !json_[key].is_null(); }

  template <typename T>
  void optional(const char* key, T& value) const {
    if (has(key) && !takeValue(json_[key], value)) {
      refuse(fmt::format("'{}' is {}", key, shown(json_[key])));
    }
  }
  template <typename T>
  void required(const char* key, T& value) const {
    if (!has(key)) {
      refuse(fmt::format("'{}' is missing", key));
    }
    optional(key, value);
  }
  Reader child(const char* key) const {
    if (has(key) && !json_[key].is_object()) {
      refuse(fmt::format("'{}' is {}", key, shown(json_[key])));
    }
    return Reader(has(key) ? json_[key] : Json::object());
  }
  const Json& operator[](const char* key) const { return json_[key]; }

 private:
  Json json_;
};

template <typename Table, typename Value>
const auto& findName(const Table& table, const Value& matches, const std::string& text, const char* key) {
  for (const auto& row : table) {
    if (matches(row)) {
      return row;
    }
  }
  refuse(fmt::format("'{}' is '{}'", key, shortened(text, 80)));
}

void readVolume(const Reader& r, VolumeOptions& v) {
  r.required("depth_resolution", v.coarse_samples);
  r.required("depth_resolution_importance", v.fine_samples);
  v.auto_range = r.has("ray_start") && r["ray_start"] == "auto";
  if (!v.auto_range) {
    r.required("ray_start", v.ray_start);
    r.required("ray_end", v.ray_end);
  }
  r.required("box_warp", v.box_warp);
  r.optional("disparity_space_sampling", v.disparity_sampling);
  r.optional("white_back", v.white_back);
}

}  // namespace

GeneratorConfig GeneratorConfig::fromJson(const std::string& text) {
  const Json json = parseJsonQuietly(text);
  const Reader r(json);
  GeneratorConfig c;
  r.required("z_dim", c.z_dim);
  r.required("c_dim", c.c_dim);
  r.required("w_dim", c.w_dim);
  r.required("img_resolution", c.img_resolution);
  r.required("img_channels", c.img_channels);
  c.mapping_layers = 8;
  r.child("mapping_kwargs").optional("num_layers", c.mapping_layers);
  r.optional("channel_base", c.channel_base);
  r.optional("channel_max", c.channel_max);
  if (r.has("conv_clamp")) {
    r.required("conv_clamp", c.conv_clamp.emplace());
  }
  int half_precision_blocks = 0;
  r.optional("sr_num_fp16_res", half_precision_blocks);
  c.sr_conv_clamp = half_precision_blocks > 0 ? std::optional(256.0) : std::nullopt;
  r.optional("neural_rendering_resolution", c.neural_resolution);

  if (!r.has("rendering_kwargs")) {
    refuse("'rendering_kwargs' is missing");
  }
  const Reader k = r.child("rendering_kwargs");
  // Absent keys mean EG3D's own files, which know no tri-grid, no background and no raw ToRGB.
  c.triplane_size = 256;
  k.optional("triplane_size", c.triplane_size);
  c.triplane_depth = 1;
  k.optional("triplane_depth", c.triplane_depth);
  c.volume.third_plane = k.has("triplane_depth") ? ThirdPlane::YZX : ThirdPlane::ZXY;
  c.camera_adjustment = k.has("trans_reg");
  c.torgb_raw = false;
  k.optional("use_torgb_raw", c.torgb_raw);
  c.background = false;
  k.optional("use_background", c.background);
  std::string activation = "sigmoid";
  k.optional("decoder_activation", activation);
  c.decoder_activation = findName(
                             kActivations,
                             [&](const auto& row) { return activation == row.name; },
                             activation,
                             "decoder_activation")
                             .activation;
  c.scale_feature = c.decoder_activation == DecoderActivation::Sigmoid;
  k.optional("decoder_lr_mul", c.decoder_lr_multiplier);
  std::string module;
  k.required("superresolution_module", module);
  c.super_resolution = findName(
                           kKinds,
                           [&](const auto& row) { return module.ends_with(row.suffix); },
                           module,
                           "superresolution_module")
                           .kind;
  k.optional("sr_antialias", c.sr_antialias);
  std::string noise = "none";
  k.optional("superresolution_noise_mode", noise);
  c.sr_noise =
      findName(
          kNoises, [&](const auto& row) { return noise == row.name; }, noise, "superresolution_noise_mode")
          .mode;
  k.optional("c_gen_conditioning_zero", c.conditioning_zero);
  k.optional("c_scale", c.conditioning_scale);
  readVolume(k, c.volume);
  c.check();
  return c;
}

std::string GeneratorConfig::toJson() const {
  const auto kind = findName(kKinds, [&](const auto& row) { return row.kind == super_resolution; }, "", "");
  const auto activation =
      findName(kActivations, [&](const auto& row) { return row.activation == decoder_activation; }, "", "");
  const auto noise = findName(kNoises, [&](const auto& row) { return row.mode == sr_noise; }, "", "");
  Json k{{"superresolution_module",
          fmt::format("training.superresolution.SuperresolutionHybrid{}", kind.suffix)},
         {"image_resolution", img_resolution},
         {"c_gen_conditioning_zero", conditioning_zero},
         {"c_scale", conditioning_scale},
         {"superresolution_noise_mode", noise.name},
         {"decoder_lr_mul", decoder_lr_multiplier},
         {"decoder_activation", activation.name},
         {"use_torgb_raw", torgb_raw},
         {"triplane_size", triplane_size},
         {"use_background", background},
         {"sr_antialias", sr_antialias},
         {"depth_resolution", volume.coarse_samples},
         {"depth_resolution_importance", volume.fine_samples},
         {"disparity_space_sampling", volume.disparity_sampling},
         {"white_back", volume.white_back},
         {"box_warp", volume.box_warp}};
  if (volume.auto_range) {
    k["ray_start"] = k["ray_end"] = "auto";
  } else {
    k["ray_start"] = volume.ray_start;
    k["ray_end"] = volume.ray_end;
  }
  if (volume.third_plane == ThirdPlane::YZX) {
    k["triplane_depth"] = triplane_depth;
  }
  if (camera_adjustment) {
    k["trans_reg"] = 10.0;
  }
  const Json json{{"z_dim", z_dim},
                  {"c_dim", c_dim},
                  {"w_dim", w_dim},
                  {"img_resolution", img_resolution},
                  {"img_channels", img_channels},
                  {"mapping_kwargs", {{"num_layers", mapping_layers}}},
                  {"channel_base", channel_base},
                  {"channel_max", channel_max},
                  {"conv_clamp", conv_clamp ? Json(*conv_clamp) : Json()},
                  {"sr_num_fp16_res", sr_conv_clamp ? 4 : 0},
                  {"neural_rendering_resolution", neural_resolution},
                  {"rendering_kwargs", std::move(k)}};
  return json.dump();
}

void GeneratorConfig::check() const {
  const auto within = [](const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high) {
      refuse(fmt::format("{} is {}, expected {} to {}", name, value, low, high));
    }
  };
  const auto positive = [](const char* name, double value) {
    if (!(value > 0 && std::isfinite(value))) {
      refuse(fmt::format("{} is {}, expected a number above 0", name, value));
    }
  };
  const auto power = [&](const char* name, std::int64_t value, std::int64_t low, std::int64_t high) {
    within(name, value, low, high);
    if (!std::has_single_bit(static_cast<std::uint64_t>(value))) {
      refuse(fmt::format("{} is {}, expected a power of two", name, value));
    }
  };
  within("z_dim", z_dim, 1, 8192);
  within("c_dim", c_dim, 25, 25);
  within("w_dim", w_dim, 1, 8192);
  within("img_channels", img_channels, 3, 3);
  power("img_resolution", img_resolution, 64, 512);
  power("triplane_size", triplane_size, 16, 1024);
  if (background && triplane_size < superResolutionInput()) {
    refuse(fmt::format("triplane_size is {}, but the background of {} px needs the w of as many layers",
                       triplane_size,
                       superResolutionInput()));
  }
  within("triplane_depth", triplane_depth, 1, 64);
  within("num_layers", mapping_layers, 1, 16);
  within("channel_base", channel_base, 64, 1 << 20);
  within("channel_max", channel_max, 1, 8192);
  within("neural_rendering_resolution", neural_resolution, 4, 512);
  positive("conv_clamp", conv_clamp.value_or(1));
  positive("sr_conv_clamp", sr_conv_clamp.value_or(1));
  positive("decoder_lr_mul", decoder_lr_multiplier);
  if (!(conditioning_scale >= 0 && std::isfinite(conditioning_scale))) {  // 0: cameras do not matter
    refuse(fmt::format("c_scale is {}, expected a number from 0", conditioning_scale));
  }
  const auto of_kind = [&](const auto& row) { return row.kind == super_resolution; };
  if (std::ranges::none_of(
          kKinds, [&](const auto& row) { return of_kind(row) && row.resolution == img_resolution; })) {
    const KindName& kind = findName(kKinds, of_kind, "", "");
    refuse(fmt::format("super-resolution {} makes {} px, but img_resolution is {}",
                       kind.suffix,
                       kind.resolution,
                       img_resolution));
  }
  try {
    volume.check();
  } catch (const OptionError& error) {
    refuse(error.what());
  }
}

}  // namespace panohead
