#pragma once

#include "core/dataset/sampler.h"
#include "core/training/communicator.h"
#include "core/training/warmup/head_painter.h"
#include "core/training/warmup/patch_batch.h"
#include "core/training/warmup/person_codes.h"
#include "core/training/warmup/row_adam.h"
#include "core/training/warmup/texture_discriminator.h"

#include <map>
#include <memory>
#include <optional>

namespace panohead {

/// The reconstruction stage: how long, how fast, and what counts.
struct WarmupOptions {
  std::int64_t steps = 10000;
  std::int64_t code_steps =
      0;  // of those, at the start: only the codes learn (a generator that knows heads already)
  std::int64_t refine_from =
      -1;  // step from which, again, only codes learn, now to the averaged generator; negative: never
  std::int64_t high_from = 0;  // step from which super-resolution takes part
  std::int64_t texture_from =
      -1;  // step from which super-resolution learns alone, judged by a discriminator, too; negative: never
  std::int64_t heads = 2;  // people per step over all ranks
  PatchOptions patch{};
  int samples = 12;   // per ray, in each of the two passes
  bool quick = true;  // see HeadPainter
  bool jitter = true;

  double rate = 1.5e-3;     // Adam's learning rate after a hundred steps; falls as a cosine to
  double rate_end = 1e-4;   // this
  double code_rate = 2e-2;  // while only codes learn
  double free_rate = 0.15;  // of the free numbers; falls with the rate
  double noise_rate = 2;    // factors of the rate: learned noise pictures,
  double high_rate = 1.5;   // super-resolution

  double mask_weight = 0.3;
  double detail_weight = 0.5;
  double high_weight = 1.0;      // of the super-resolved picture's terms together
  double free_weight = 1e-3;     // of the free numbers' squares
  double feature_weight = 1e-4;  // of the squares of features that are not colours
  double texture_weight = 0.02;
  double texture_rate = 2e-3;  // of the discriminator
  double average_steps = 150;  // half-life of the averaged weights, in steps

  std::int64_t free_numbers = 64;
  std::int64_t background_dims = 64;  // of w, kept for the background network (0 without one)
  int held_out = 50;                  // people at the end of the list that are never trained on
  std::uint64_t seed = 0;

  /// Throws OptionError naming the option.
  void check() const;
  /// Throws DatasetError when too few of so many people are left to train on.
  void checkPeople(std::int64_t people) const;
};

/// Averages of one step (over this rank's people), by their names in the statistics.
using WarmupStats = std::map<std::string, double>;

/// Learns heads by reconstruction: every person has a code, rays of their views are compared with the
/// pictures. Everything random is a function of (seed, step), so that a resumed run goes on with the same
/// numbers and several ranks know each other's people without exchanging anything.
///
/// The generator is trained in place: backbone, decoder and super-resolution, and the backbone's noise
/// pictures where their strength is not zero. Mapping, background and camera are left alone.
class Warmup {
 public:
  /// All references must outlive the object. @param attributes null: free numbers only
  Warmup(Generator& generator,
         PictureBank& bank,
         const AttributeTable* attributes,
         const WarmupOptions& options,
         Communicator& communicator);

  /// One step. Throws TrainingError when a loss is no longer a number.
  WarmupStats step();
  /// False when an error ended step() with a part of it done: its state is of no step then.
  bool isWhole() const noexcept { return whole_; }

  std::int64_t stepsDone() const;
  bool finished() const { return stepsDone() >= options_.steps; }
  const WarmupOptions& options() const noexcept { return options_; }
  /// Takes the step with this number next, whatever was learned before it: to see what a stage costs.
  void jumpTo(std::int64_t step) { step_.fill_(step); }
  /// Bytes of the gradients that ranks exchange in a step that trains everything.
  std::int64_t exchangedBytes() const;
  /// People who are trained on: [0, trained).
  std::int64_t trainedPeople() const noexcept { return trained_people_; }

  PersonCodes& codes() noexcept { return codes_; }
  const PersonCodes& averageCodes() const noexcept { return average_codes_; }
  Generator& generator() noexcept { return generator_; }
  /// The moving average of the weights: what is shown, measured and delivered.
  const Generator& average() const noexcept { return average_; }

  /// Every tensor that a checkpoint must hold; a resumed run writes into them (copy_). Names are unique.
  NamedTensors state() const;

 private:
  enum class Phase { Codes, Everything, Refinement, Texture };
  Phase phase() const;
  double rateNow() const;
  void startPhase();
  at::Tensor highLoss(const PatchBatch& batch, const at::Tensor& picture, WarmupStats& stats);
  at::Tensor textureStage(const PatchBatch& batch,
                          const at::Tensor& free,
                          const std::vector<at::Generator>& jitter,
                          WarmupStats& stats);
  at::Tensor loss(const PatchBatch& batch,
                  const at::Tensor& free,
                  const std::vector<at::Generator>& jitter,
                  WarmupStats& stats);
  at::Tensor textureLoss(const at::Tensor& fake, const at::Tensor& real, WarmupStats& stats);
  void update(const at::Tensor& people, const at::Tensor& free_gradient);
  void moveAverage();

  Generator& generator_;
  PictureBank& bank_;
  WarmupOptions options_;
  Communicator& communicator_;
  HeadPainter painter_;
  Generator average_;
  PersonCodes codes_, average_codes_;
  std::int64_t trained_people_ = 0;
  Sampler order_;
  NamedTensors trained_;              // generator's, then the codes' layer
  std::vector<double> rate_factors_;  // of those
  std::vector<at::Tensor> averaged_;  // the average's tensors of the same places
  std::optional<Adam> adam_;
  std::optional<RowAdam> row_adam_;
  std::optional<TextureDiscriminator> texture_;
  std::optional<Adam> texture_adam_;
  at::Tensor step_;  // int64 []
  bool whole_ = true;
};

/// Gives a generator with random weights the start that reconstruction wants: raw colours are the first three
/// features, nearly the same head for everybody, parts that join later join softly, noise pictures are zero
/// and learned, head and background read parts of w of their own, and the camera stays where its label says.
void prepareForWarmup(Generator& generator, std::int64_t background_dims);

}  // namespace panohead
