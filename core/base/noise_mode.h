#pragma once

namespace panohead {

/// Where the per-pixel noise of StyleGAN2 layers comes from.
enum class NoiseMode {
  Const,   // the noise pictures stored in the model: published scripts, repeatable
  Random,  // drawn anew: training
  None,
};

}  // namespace panohead
