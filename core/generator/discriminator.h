#pragma once

#include "core/nn/discriminator_blocks.h"
#include "core/nn/mapping_network.h"

#include <string>
#include <vector>

namespace panohead {

enum class DiscriminatorKind {
  Dual,    // EG3D: picture and raw picture
  MaskV1,  // PanoHead's first: the mask in a branch of its own
  MaskV2,  // PanoHead's published choice: the mask is a seventh channel (tri-discrimination)
};

struct DiscriminatorConfig {
  DiscriminatorKind kind = DiscriminatorKind::MaskV2;
  std::int64_t c_dim = 25;
  std::int64_t img_resolution = 512;  // pixels, a power of two, at least 16
  std::int64_t img_channels = 3;
  std::int64_t mask_resolution = 128;  // pixels on a side of MaskV1's mask branch
  std::int64_t channel_base = 32768;
  std::int64_t channel_max = 512;
  std::optional<double> conv_clamp = 256.0;
  std::int64_t mbstd_group = 4;
  int mapping_layers = 8;
  double label_noise = 0.0;  // deviation, in units of the data set's label deviation

  /// @param class_name MaskDualDiscriminatorV2, MaskDualDiscriminator or DualDiscriminator
  /// Throws CheckpointError naming what is missing.
  static DiscriminatorConfig fromJson(const std::string& class_name, const std::string& text);
};

/// What a discriminator judges.
struct DiscriminatorInput {
  at::Tensor image;       // [N, 3, R, R]
  at::Tensor image_raw;   // [N, 3, r, r]
  at::Tensor image_mask;  // [N, 1, r, r] in [0, 1]; ignored by Dual
};

/// How a discriminator is run, as opposed to what it is.
struct DiscriminatorRun {
  bool consecutive_groups = false;    // see nn::minibatchStandardDeviation
  at::ScalarType dtype = at::kFloat;  // of the blocks at the highest resolutions; the others are float32
  int resolutions = 4;                // how many those are
};

/// StyleGAN2's residual discriminator over the concatenated pictures (EG3D, section 4.3; PanoHead,
/// section 3.1). Parameter names are the published ones.
class Discriminator {
 public:
  Discriminator(const DiscriminatorConfig& config, std::uint64_t seed);
  static Discriminator uninitialised(const DiscriminatorConfig& config);

  const DiscriminatorConfig& config() const noexcept { return config_; }
  ParameterStore& store() noexcept { return store_; }
  const ParameterStore& store() const noexcept { return store_; }

  /// @param c [N, c_dim] @return logits [N, 1]
  at::Tensor operator()(const DiscriminatorInput& input,
                        const at::Tensor& c,
                        const DiscriminatorRun& run = {}) const;
  /// The activations before the 4x4 block, which sees the batch and the label: features of the pictures
  /// alone (metrics). [N, C, 4, 4]
  at::Tensor featureMap(const DiscriminatorInput& input, const DiscriminatorRun& run = {}) const;
  /// What every block makes on the way there, without the mask branch of MaskV1: features of the pictures at
  /// all scales (inversion). R/2 blocks down to 4x4, [N, C, s, s] float32
  std::vector<at::Tensor> featurePyramid(const DiscriminatorInput& input,
                                         const DiscriminatorRun& run = {}) const;
  /// The mapped label. [N, cmap_dim]
  at::Tensor mapLabel(const at::Tensor& c) const { return mapping_({}, c); }

 private:
  struct Branch {
    std::vector<nn::DiscriminatorBlock> blocks;
    at::Tensor operator()(const at::Tensor& picture,
                          const DiscriminatorRun& run,
                          std::vector<at::Tensor>* every = nullptr) const;
  };
  Discriminator(const DiscriminatorConfig& config, ParameterStore store);
  Branch makeBranch(const Scope& scope,
                    const std::string& prefix,
                    std::int64_t resolution,
                    std::int64_t channels);
  at::Tensor toImageSize(const at::Tensor& picture) const;
  /// The channels that the first block sees.
  at::Tensor stacked(const DiscriminatorInput& input) const;

  DiscriminatorConfig config_;
  ParameterStore store_;
  Branch branch_;
  Branch mask_branch_;  // MaskV1
  nn::MappingNetwork mapping_;
  nn::DiscriminatorEpilogue epilogue_;
  at::Tensor resample_filter_;
};

}  // namespace panohead
