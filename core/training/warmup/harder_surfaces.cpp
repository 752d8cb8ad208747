#include "core/training/warmup/harder_surfaces.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"

namespace panohead {

void hardenSurfaces(Generator& generator, const HarderSurfacesOptions& options) {
  if (!(options.gain >= 1)) {
    throw OptionError("surfaces can only be made harder", "give a gain of 1 or more");
  }
  const at::NoGradGuard no_grad;
  const nn::FullyConnected& out = generator.decoder().out;  // row 0 is the density
  out.weight[0].mul_(options.gain);
  out.bias[0].mul_(options.gain).add_(options.level * (1 - options.gain) / out.options.lr_multiplier);
}

}  // namespace panohead
