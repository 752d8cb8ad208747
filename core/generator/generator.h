#pragma once

#include "core/generator/generator_config.h"
#include "core/generator/quick_render_options.h"
#include "core/generator/super_resolution.h"
#include "core/nn/mapping_network.h"
#include "core/nn/synthesis_network.h"
#include "core/tensor/parameter_store.h"
#include "core/volume/volume_renderer.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace panohead {

/// What a generator makes of one camera.
struct SynthesisOutput {
  at::Tensor image;      // [N, 3, R, R] nominally in [-1, 1], not clamped; undefined when not asked for
  at::Tensor image_raw;  // [N, 3, r, r] before super-resolution
  at::Tensor depth;      // [N, 1, r, r] world units along the ray
  at::Tensor mask;       // [N, 1, r, r] weight sum * 1.002 - 0.001
};

/// The rendered feature image and what goes with it, before the background.
struct FeatureImage {
  at::Tensor feature;     // [N, 32, r, r]
  at::Tensor depth;       // [N, 1, r, r]
  at::Tensor weight_sum;  // [N, 1, r, r]
};

/// How a synthesis is run.
struct SynthesisSettings {
  nn::SynthesisRun run{};
  std::int64_t neural_resolution = 0;  // pixels; 0 = the model's
  VolumeOptions volume{};              // start from Generator::config().volume
  bool super_resolution = true;
  /// The public reference's 2X network adds its first block's picture to image_raw in place; set to get that
  /// (and train on it) where no resize comes between. Other sizes know no difference.
  bool reference_2x_raw = false;
  std::optional<at::ScalarType> sr_dtype{};  // of super-resolution; run.dtype when empty
  bool quick = false;  // packed planes and quickRender (core/generator/quick_synthesis.h)
  QuickRenderOptions quick_render{};
  std::function<void()> checkpoint{};        // called between chunks of rays; may throw to cancel
  std::function<void(const char*)> stage{};  // called when a stage begins
};

/// The PanoHead generator (and EG3D's, by configuration): mapping, self-adaptive camera, backbone,
/// volume renderer, background, super-resolution. The specification path: plain LibTorch operations
/// with autograd. Parameter names are the published ones.
class Generator {
 public:
  /// Random initialisation as published.
  Generator(const GeneratorConfig& config, std::uint64_t seed);
  /// For loading: the store is allocated, not filled.
  static Generator uninitialised(const GeneratorConfig& config);

  /// This generator with some parameters of other values. All else is shared, not copied: of this one and of
  /// `changed`. Throws Error for a name or shape that is not there.
  Generator withParameters(const std::vector<std::pair<std::string, at::Tensor>>& changed) const;

  Generator(Generator&&) = default;
  Generator& operator=(Generator&&) = default;

  const GeneratorConfig& config() const noexcept { return config_; }
  ParameterStore& store() noexcept { return store_; }
  const ParameterStore& store() const noexcept { return store_; }
  std::int64_t numWs() const noexcept { return backbone_.numWs(); }

  /// @param z [N, z_dim]  @param c [N, 25] conditioning label  @return ws [N, numWs(), w_dim]
  at::Tensor map(const at::Tensor& z, const at::Tensor& c, const nn::Truncation& truncation = {}) const;

  /// w pulled towards the average, which map() does to its own. @param ws [N, numWs(), w_dim]
  at::Tensor truncate(const at::Tensor& ws, const nn::Truncation& truncation) const;

  /// The self-adaptive camera's translation (PanoHead, section 3.4). [N, 3] world units
  at::Tensor cameraDelta(const at::Tensor& z,
                         const at::Tensor& c,
                         const nn::Truncation& truncation = {}) const;
  /// The label with that translation added to its camera position. [N, 25]
  at::Tensor adjustCamera(const at::Tensor& z,
                          const at::Tensor& c,
                          const nn::Truncation& truncation = {}) const;

  /// A label with a translation added to its camera position. @param delta [N, 3] world units
  at::Tensor movedCamera(const at::Tensor& c, const at::Tensor& delta) const;

  /// Tri-grids of ws. [N, 3, 32 * depth, S, S]
  at::Tensor planes(const at::Tensor& ws,
                    const nn::SynthesisRun& run,
                    std::vector<nn::SynthesisBlock::State>* states = nullptr) const;

  /// Background feature image. [N, 32, B, B]; undefined when the model has no background network.
  at::Tensor background(const at::Tensor& ws, const nn::SynthesisRun& run) const;

  TriGridVolume volume(const at::Tensor& planes) const { return {planes, config_.triplane_depth, &decoder_}; }

  /// @param planes of planes(), or packed ones of quickPlanes() where settings.quick
  FeatureImage renderFeature(const at::Tensor& planes,
                             const at::Tensor& c,
                             const SynthesisSettings& settings) const;

  /// The feature image over a background (undefined: none), mapped to [-1, 1] where the decoder is a sigmoid.
  at::Tensor composite(const FeatureImage& image, const at::Tensor& background) const;
  at::Tensor rawPicture(const at::Tensor& feature, const at::Tensor& last_w, bool fused = true) const;

  /// The last steps of a frame: background, raw picture, super-resolution.
  SynthesisOutput finish(const FeatureImage& image,
                         const at::Tensor& background,
                         const at::Tensor& last_w,
                         const SynthesisSettings& settings) const;

  /// Everything that depends on the camera, from prepared planes (as for renderFeature) and background.
  SynthesisOutput draw(const at::Tensor& planes,
                       const at::Tensor& background,
                       const at::Tensor& last_w,
                       const at::Tensor& c,
                       const SynthesisSettings& settings) const;

  /// The whole of ws to pictures. @param ws_background undefined: ws
  SynthesisOutput synthesize(const at::Tensor& ws,
                             const at::Tensor& c,
                             const SynthesisSettings& settings,
                             const at::Tensor& ws_background = {}) const;

  /// z and c to pictures, with the self-adaptive camera (the published forward()).
  SynthesisOutput forward(const at::Tensor& z,
                          const at::Tensor& c,
                          const nn::Truncation& truncation,
                          const SynthesisSettings& settings) const;

  /// Settings that draw as the model's file says.
  SynthesisSettings defaultSettings() const;

  const nn::SynthesisNetwork& backbone() const noexcept { return backbone_; }
  /// Empty where config().background is false.
  const nn::SynthesisNetwork& backgroundNetwork() const noexcept { return bcg_synthesis_; }
  const Decoder& decoder() const noexcept { return decoder_; }
  /// Makes the raw picture, where config().torgb_raw.
  const nn::ToRgb& rawToRgb() const noexcept { return torgb_; }
  const SuperResolution& superResolution() const noexcept { return superresolution_; }

 private:
  Generator(const GeneratorConfig& config, ParameterStore store);
  at::Tensor conditioning(const at::Tensor& c) const;

  GeneratorConfig config_;
  ParameterStore store_;
  nn::SynthesisNetwork backbone_;
  nn::MappingNetwork mapping_;
  SuperResolution superresolution_;
  Decoder decoder_;
  nn::ToRgb torgb_;
  nn::SynthesisNetwork bcg_synthesis_;
  nn::MappingNetwork t_mapping_;
};

}  // namespace panohead
