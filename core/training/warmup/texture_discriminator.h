#pragma once

#include "core/nn/discriminator_blocks.h"

namespace panohead {

struct TextureDiscriminatorOptions {
  std::int64_t channels = 32;  // of the first layer; the next have two and four times as many
  double r1_gamma = 5e-5;      // weight of the gradient penalty: texture has no sign, so that a judge of its
                               // energy is steep; 1e-3 kept it from telling blurred pictures from sharp ones
  std::uint64_t seed = 0;
};

/// A small discriminator of places, not of pictures: every logit sees 22 pixels of the super-resolved
/// picture (in the manner of Isola et al. 2017, section 3.2.2), and only what a small blur
/// takes away, so that it speaks of texture only. Added late
/// and with a small weight, it gives back the fine structure that reconstruction averages away.
class TextureDiscriminator {
 public:
  explicit TextureDiscriminator(const TextureDiscriminatorOptions& options);

  /// @param picture [N, 3, h, w] @return logits [N, 1, h / 8, w / 8]
  at::Tensor operator()(const at::Tensor& picture) const;

  struct Losses {
    at::Tensor total;  // non-saturating, and R1 (Mescheder et al. 2018) when asked for
    double score_real = 0, score_fake = 0;
  };
  Losses losses(const at::Tensor& real, const at::Tensor& fake, bool penalty) const;

  ParameterStore& store() noexcept { return store_; }
  const ParameterStore& store() const noexcept { return store_; }

 private:
  TextureDiscriminatorOptions options_;
  ParameterStore store_;
  struct Layer {
    at::Tensor weight, bias;
    std::int64_t stride = 1;
  };
  std::vector<Layer> layers_;
};

}  // namespace panohead
