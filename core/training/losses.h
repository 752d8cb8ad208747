#pragma once

#include "core/generator/discriminator.h"
#include "core/generator/generator.h"
#include "core/tensor/batch_random.h"
#include "core/training/schedule.h"

#include <map>
#include <memory>
#include <string>

namespace panohead {

using RandomPtr = std::shared_ptr<const BatchRandom>;

/// Real pictures as the discriminator's losses take them.
struct RealBatch {
  at::Tensor image;   // [N, 3, R, R] in [-1, 1]
  at::Tensor mask;    // [N, 1, R, R] in [0, 1]; undefined without masks
  at::Tensor labels;  // [N, 25]
};

/// Those of a batch's N real pictures that show people whose codes are known, as these are to be drawn.
struct KnownPictures {
  RealBatch real;          // n of the N pictures; mirrored ones are turned back, as are their labels
  at::Tensor w;            // [n, w_dim] of the person in each
  at::Tensor places;       // [n] int64, ascending: which of the N they are
  std::int64_t batch = 0;  // N
};

/// Where a generated batch starts.
struct LatentBatch {
  at::Tensor z;       // [N, z_dim]
  at::Tensor labels;  // [N, 25] camera labels drawn from the data set
  at::Tensor z_mix;   // [N, z_dim] for style mixing; undefined: none
};

/// The random choices of one batch, drawn from streams per item unless a test gives them.
struct SwapChoices {
  at::Tensor pose;        // [N, 1] in [0, 1): below the probability, the neighbour's label conditions
  at::Tensor background;  // [N, 1, 1] in [0, 1): below it, the neighbour's w drives the background
};

/// What the generator made for the discriminator.
struct GeneratedBatch {
  at::Tensor conditioning;   // [N, 25] label that conditioned the mapping
  at::Tensor ws;             // [N, num_ws, w_dim]
  at::Tensor ws_background;  // [N, num_ws, w_dim]
  at::Tensor delta;          // [N, 3] of the self-adaptive camera
  at::Tensor camera;         // [N, 25] the item's own label moved by it
  SynthesisOutput pictures;
  at::Tensor mean_w;  // [w_dim], detached: for the running average
};

/// One part of the objective: the number to differentiate, and what to write down of it (all detached, on the
/// device, so that nothing waits for them).
struct LossTerm {
  at::Tensor loss;  // scalar
  std::map<std::string, at::Tensor> stats;
  /// The same with NaN where a value is of another sort: statistics of some of the pictures.
  std::map<std::string, at::Tensor> shares{};
};

/// Every tensor that a phase goes through, for tests.
struct LossTrace {
  GeneratedBatch generated;
  DiscriminatorInput fake_input, real_input;
  at::Tensor logits_fake, logits_real;
  at::Tensor r1_image, r1_image_raw, r1_mask;  // gradients of the logits' sum by D's real input
  at::Tensor r1_penalty, r1_penalty_mask;      // [N]
};

/// The objectives of PanoHead's adversarial training (SPEC, "Discriminator and losses"; EG3D; StyleGAN2):
/// each function computes one phase's part for one batch; the caller differentiates and steps.
///
/// What mixes items of a batch (neighbour swaps, the mean of the camera shift, D's minibatch statistics)
/// stays within groups of `mbstd_group` consecutive items, so that a step does not depend on how a batch is
/// divided over ranks and rounds.
class AdversarialLoss {
 public:
  /// @param label_deviation [25] deviation of the data set's labels, the unit of disc_c_noise
  AdversarialLoss(const TrainingOptions& options,
                  const Generator& generator,
                  const Discriminator& discriminator,
                  at::Tensor label_deviation);

  /// What is drawn for a batch with nothing given: z and (with style mixing) a second one.
  LatentBatch drawLatents(const at::Tensor& labels, const RandomPtr& random) const;
  SwapChoices drawSwaps(const RandomPtr& random) const;

  /// Generator, main: softplus(-D(fake)) + trans_reg * |mean delta|^2.
  LossTerm generatorMain(const LatentBatch& latents,
                         const SwapChoices& swaps,
                         const TrainingSchedule& schedule,
                         const RandomPtr& random,
                         LossTrace* trace = nullptr) const;

  /// Generator, lazily: density differences of neighbouring points (EG3D, section 4; l1 or monotonic).
  LossTerm generatorDensity(const LatentBatch& latents,
                            const SwapChoices& swaps,
                            const TrainingSchedule& schedule,
                            const RandomPtr& random) const;

  /// Generator, main, beside the adversary: people whose codes are known, drawn from the real pictures'
  /// cameras, against these pictures. As the discriminator sees both, inside the real mask: Charbonnier
  /// errors of picture and raw picture, and 0.3 times that of the mask, means over all pixels and all N
  /// pictures of the batch (those of others count as zero). Heads are drawn as a finished network draws them,
  /// without noise that is random and without jitter; nothing is learned of the backgrounds behind them,
  /// which are those of `latents`. "Reconstruction/psnr" is that of the picture times the mask, dB, peak 2.
  /// @param latents of the N heads that the batch draws beside these  @param known has masks
  LossTerm reconstruction(const KnownPictures& known,
                          const LatentBatch& latents,
                          const TrainingSchedule& schedule) const;

  /// Discriminator, main, its fake half: softplus(D(fake)). No gradient reaches the generator.
  /// @param mean_w, mean_delta receive the averages that the mappings' running averages move towards
  LossTerm discriminatorFake(const LatentBatch& latents,
                             const SwapChoices& swaps,
                             const TrainingSchedule& schedule,
                             const RandomPtr& random,
                             at::Tensor* mean_w,
                             at::Tensor* mean_delta,
                             LossTrace* trace = nullptr) const;

  /// Discriminator, main, its real half: softplus(-D(real)).
  LossTerm discriminatorReal(const RealBatch& real,
                             const TrainingSchedule& schedule,
                             const RandomPtr& random,
                             LossTrace* trace = nullptr) const;

  /// Discriminator, lazily: R1 on picture, raw picture and mask.
  LossTerm discriminatorR1(const RealBatch& real,
                           const TrainingSchedule& schedule,
                           const RandomPtr& random,
                           LossTrace* trace = nullptr) const;

  /// How the networks are run while training (precision, samples); tests make it deterministic.
  SynthesisSettings settings;
  DiscriminatorRun run{.consecutive_groups = true};

 private:
  GeneratedBatch generate(const LatentBatch& latents,
                          const SwapChoices& swaps,
                          const TrainingSchedule& schedule,
                          const RandomPtr& random) const;
  at::Tensor mapLatents(const LatentBatch& latents,
                        const SwapChoices& swaps,
                        const TrainingSchedule& schedule,
                        const RandomPtr& random,
                        GeneratedBatch& result) const;
  DiscriminatorInput madeInput(const SynthesisOutput& made, const TrainingSchedule& schedule) const;
  DiscriminatorInput realInput(const RealBatch& real, const TrainingSchedule& schedule) const;
  at::Tensor judge(const DiscriminatorInput& input, const at::Tensor& labels, const RandomPtr& random) const;
  at::Tensor neighbours(const at::Tensor& batch) const;

  const TrainingOptions& options_;
  const Generator& generator_;
  const Discriminator& discriminator_;
  at::Tensor label_deviation_;
};

}  // namespace panohead
