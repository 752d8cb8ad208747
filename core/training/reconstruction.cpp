// What is compared of people whose codes are known: AdversarialLoss::reconstruction.
#include "core/generator/quick_synthesis.h"
#include "core/tensor/prelude.h"
#include "core/training/losses.h"
#include "core/training/warmup/reconstruction_loss.h"

#include <cmath>

namespace panohead {

namespace {

constexpr double kMaskWeight = 0.3;  // as in the warm-up

at::Tensor meanOfEach(const at::Tensor& pictures) { return pictures.mean({1, 2, 3}); }

// Of errors in [-2, 2]. [n, 3, R, R] -> [n] dB
at::Tensor decibel(const at::Tensor& error) {
  return at::log10(meanOfEach(error.detach().square()) / 4 + 1e-12) * -10;
}

// Values of some pictures of a batch; the others have `otherwise`. [n] -> [N]
at::Tensor inBatch(const KnownPictures& known, const at::Tensor& values, double otherwise) {
  return at::full({known.batch}, otherwise, values.options()).index_copy(0, known.places, values);
}

}  // namespace

LossTerm AdversarialLoss::reconstruction(const KnownPictures& known,
                                         const LatentBatch& latents,
                                         const TrainingSchedule& schedule) const {
  LossTerm term;
  const at::Tensor none = at::zeros({known.batch}, known.w.options());
  if (known.places.numel() == 0) {
    term.loss = none.mean();
    term.stats["Loss/G/reconstruction"] = none;
    term.shares["Reconstruction/psnr"] = at::full_like(none, NAN);
    return term;
  }
  SynthesisSettings run = settings;
  run.neural_resolution = schedule.neural_resolution;
  run.volume.jitter = false;
  run.volume.density_noise = 0;
  run.run.noise = NoiseMode::Const;
  at::Tensor background;
  {
    const at::NoGradGuard no_grad;
    const at::Tensor ws = generator_.map(latents.z, latents.labels).index_select(0, known.places);
    background = generator_.background(ws, run.run);
  }
  const at::Tensor ws = known.w.unsqueeze(1).expand({-1, generator_.numWs(), -1});
  const at::Tensor planes = run.quick ? quickPlanes(generator_, ws, run.run) : generator_.planes(ws, run.run);
  const DiscriminatorInput made =
      madeInput(generator_.draw(planes, background, known.w, known.real.labels, run), schedule);
  const DiscriminatorInput real = realInput(known.real, schedule);
  const at::Tensor error = (made.image - real.image) * known.real.mask;
  const at::Tensor error_raw = (made.image_raw - real.image_raw) * real.image_mask;
  const at::Tensor each = meanOfEach(charbonnier(error, 0.02)) + meanOfEach(charbonnier(error_raw, 0.03)) +
                          meanOfEach(charbonnier(made.image_mask - real.image_mask, 0.03)) * kMaskWeight;
  term.loss = each.sum() / static_cast<double>(known.batch);
  term.stats["Loss/G/reconstruction"] = inBatch(known, each.detach(), 0);
  term.shares["Reconstruction/psnr"] = inBatch(known, decibel(error), NAN);
  return term;
}

}  // namespace panohead
