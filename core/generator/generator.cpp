#include "core/generator/generator.h"

#include "core/base/error.h"
#include "core/generator/quick_synthesis.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>

#include <algorithm>

namespace panohead {

Generator::Generator(const GeneratorConfig& config, std::uint64_t seed)
    : Generator(config, ParameterStore::random(seed)) {}

Generator Generator::uninitialised(const GeneratorConfig& config) {
  return Generator(config, ParameterStore::uninitialised());
}

Generator Generator::withParameters(const std::vector<std::pair<std::string, at::Tensor>>& changed) const {
  std::vector<ParameterStore::Entry> entries = store_.entries();
  for (const auto& [name, tensor] : changed) {
    const auto entry = std::ranges::find(entries, name, &ParameterStore::Entry::name);
    if (entry == entries.end() || entry->tensor.sizes() != tensor.sizes()) {
      throw Error(fmt::format("the network has no parameter '{}' of this shape", name));
    }
    entry->tensor = tensor;
  }
  return Generator(config_, ParameterStore::sharing(std::move(entries)));
}

Generator::Generator(const GeneratorConfig& config, ParameterStore store)
    : config_(config), store_(std::move(store)) {
  const Scope root(store_);
  const nn::SynthesisOptions synthesis{.w_dim = config.w_dim,
                                       .resolution = config.triplane_size,
                                       .img_channels = 3 * config.feature_channels * config.triplane_depth,
                                       .channel_base = config.channel_base,
                                       .channel_max = config.channel_max,
                                       .clamp = config.conv_clamp};
  backbone_ = nn::SynthesisNetwork(root / "backbone" / "synthesis", synthesis);
  mapping_ = nn::MappingNetwork(root / "backbone" / "mapping",
                                {.z_dim = config.z_dim,
                                 .c_dim = config.c_dim,
                                 .w_dim = config.w_dim,
                                 .num_ws = backbone_.numWs(),
                                 .num_layers = config.mapping_layers});
  superresolution_ = SuperResolution(root / "superresolution",
                                     {.kind = config.super_resolution,
                                      .input = config.superResolutionInput(),
                                      .feature_channels = config.feature_channels,
                                      .w_dim = config.w_dim,
                                      .clamp = config.sr_conv_clamp,
                                      .antialias = config.sr_antialias});
  decoder_ = Decoder(root / "decoder",
                     {.in = config.feature_channels,
                      .feature = config.feature_channels,
                      .lr_multiplier = config.decoder_lr_multiplier,
                      .activation = config.decoder_activation});
  if (config.torgb_raw) {
    torgb_ = nn::ToRgb(root / "torgb", {.in = config.feature_channels, .out = 3, .w_dim = config.w_dim});
  }
  if (config.background) {
    nn::SynthesisOptions background = synthesis;
    background.resolution = config.superResolutionInput();
    background.img_channels = config.feature_channels;
    background.channel_base = config.channel_base / 2;
    bcg_synthesis_ = nn::SynthesisNetwork(root / "bcg_synthesis", background);
  }
  if (config.camera_adjustment) {
    t_mapping_ = nn::MappingNetwork(root / "t_mapping",
                                    {.z_dim = config.z_dim,
                                     .c_dim = config.c_dim,
                                     .w_dim = 3,
                                     .num_layers = config.camera_adjustment_layers,
                                     .lr_multiplier = 1.0,
                                     .last_layer_linear = true});
  }
}

at::Tensor Generator::conditioning(const at::Tensor& c) const {
  return config_.conditioning_zero ? at::zeros_like(c) : c * config_.conditioning_scale;
}

at::Tensor Generator::map(const at::Tensor& z, const at::Tensor& c, const nn::Truncation& truncation) const {
  return mapping_(z, conditioning(c), truncation);
}

at::Tensor Generator::truncate(const at::Tensor& ws, const nn::Truncation& truncation) const {
  return mapping_.truncate(ws, truncation);
}

at::Tensor Generator::cameraDelta(const at::Tensor& z,
                                  const at::Tensor& c,
                                  const nn::Truncation& truncation) const {
  if (!config_.camera_adjustment) {
    return at::zeros({z.size(0), 3}, c.options());
  }
  return t_mapping_(z, conditioning(c), truncation);
}

at::Tensor Generator::adjustCamera(const at::Tensor& z,
                                   const at::Tensor& c,
                                   const nn::Truncation& truncation) const {
  return movedCamera(c, cameraDelta(z, c, truncation));
}

at::Tensor Generator::movedCamera(const at::Tensor& c, const at::Tensor& delta) const {
  std::vector<at::Tensor> columns = c.unbind(1);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    columns[3 + 4 * axis] = columns[3 + 4 * axis] + delta.select(1, static_cast<std::int64_t>(axis));
  }
  return at::stack(columns, 1);
}

at::Tensor Generator::planes(const at::Tensor& ws,
                             const nn::SynthesisRun& run,
                             std::vector<nn::SynthesisBlock::State>* states) const {
  const at::Tensor grid = backbone_(ws, run, states).to(at::kFloat).contiguous();
  return grid.view({grid.size(0), 3, -1, grid.size(2), grid.size(3)});
}

at::Tensor Generator::background(const at::Tensor& ws, const nn::SynthesisRun& run) const {
  return config_.background ? bcg_synthesis_(ws, run).to(at::kFloat) : at::Tensor();
}

FeatureImage Generator::renderFeature(const at::Tensor& planes,
                                      const at::Tensor& c,
                                      const SynthesisSettings& settings) const {
  if (settings.stage) {
    settings.stage("volume rendering");
  }
  const std::int64_t r =
      settings.neural_resolution > 0 ? settings.neural_resolution : config_.neural_resolution;
  const RenderedRays rays =
      settings.quick ? quickRender(*this, planes, sampleRays(c, r), settings.volume, settings.quick_render)
                     : renderRays(volume(planes),
                                  sampleRays(c, r),
                                  settings.volume,
                                  settings.checkpoint,
                                  nullptr,
                                  settings.run.random.get());
  const auto image = [&](const at::Tensor& t) {
    return t.permute({0, 2, 1}).reshape({t.size(0), t.size(2), r, r}).contiguous();
  };
  if (settings.stage) {
    settings.stage("background and raw picture");
  }
  return {image(rays.feature), image(rays.depth), image(rays.weight_sum)};
}

at::Tensor Generator::composite(const FeatureImage& image, const at::Tensor& background) const {
  at::Tensor feature = config_.scale_feature ? image.feature * 2.0 - 1.0 : image.feature;
  if (background.defined()) {
    feature =
        feature + (1.0 - image.weight_sum) *
                      nn::resizeBilinear(background, feature.size(2), feature.size(3), config_.sr_antialias);
  }
  return feature;
}

at::Tensor Generator::rawPicture(const at::Tensor& feature, const at::Tensor& last_w, bool fused) const {
  return config_.torgb_raw ? torgb_(feature, last_w, fused) : feature.slice(1, 0, 3);
}

SynthesisOutput Generator::finish(const FeatureImage& image,
                                  const at::Tensor& background,
                                  const at::Tensor& last_w,
                                  const SynthesisSettings& settings) const {
  const at::Tensor feature = composite(image, background);
  SynthesisOutput output;
  output.image_raw = rawPicture(feature, last_w, settings.run.fused);
  output.depth = image.depth;
  output.mask = image.weight_sum * 1.002 - 0.001;
  if (settings.super_resolution) {
    if (settings.stage) {
      settings.stage("super-resolution");
    }
    nn::SynthesisRun run = settings.run;
    run.noise = config_.sr_noise;
    run.dtype = settings.sr_dtype.value_or(run.dtype);
    at::Tensor after_first_block;
    output.image = superresolution_(output.image_raw, feature, last_w, run, &after_first_block);
    if (settings.reference_2x_raw && after_first_block.sizes() == output.image_raw.sizes()) {
      output.image_raw = after_first_block;
    }
  }
  return output;
}

SynthesisOutput Generator::draw(const at::Tensor& planes,
                                const at::Tensor& background,
                                const at::Tensor& last_w,
                                const at::Tensor& c,
                                const SynthesisSettings& settings) const {
  return finish(renderFeature(planes, c, settings), background, last_w, settings);
}

SynthesisOutput Generator::synthesize(const at::Tensor& ws,
                                      const at::Tensor& c,
                                      const SynthesisSettings& settings,
                                      const at::Tensor& ws_background) const {
  const at::Tensor grids = settings.quick ? quickPlanes(*this, ws, settings.run) : planes(ws, settings.run);
  const at::Tensor bcg = background(ws_background.defined() ? ws_background : ws, settings.run);
  return draw(grids, bcg, ws.select(1, -1), c, settings);
}

SynthesisOutput Generator::forward(const at::Tensor& z,
                                   const at::Tensor& c,
                                   const nn::Truncation& truncation,
                                   const SynthesisSettings& settings) const {
  return synthesize(map(z, c, truncation), adjustCamera(z, c, truncation), settings);
}

SynthesisSettings Generator::defaultSettings() const {
  SynthesisSettings settings;
  settings.volume = config_.volume;
  return settings;
}

}  // namespace panohead
