#pragma once

#include "core/base/camera.h"
#include "core/base/image.h"
#include "core/inversion/fit_options.h"
#include "core/inversion/fit_result.h"
#include "core/inversion/fit_state.h"
#include "core/jobs/job.h"

#include <memory>
#include <vector>

namespace panohead {

class Discriminator;
class Generator;

/// One photo of the person.
struct FitPhoto {
  Image picture;         // aligned square, 3 channels (or 4: alpha is ignored), any size from 32
  Image mask{};          // same size, 1 channel, 255 = person; empty: unknown
  CameraLabel camera{};  // as alignment found it, without the model's own camera shift
};

enum class FitStage { Latent, Tuning, Finished };
/// "latent", "tuning", "finished"
const char* fitStageName(FitStage stage) noexcept;

/// Where a fit stands after a step. One of FitStage::Finished has no losses: tuning ended because the side
/// views had moved too far.
struct FitMoment {
  FitStage stage = FitStage::Latent;  // of the step just done
  std::int64_t step = 0;              // 1..steps of that stage
  std::int64_t steps = 0;
  std::vector<Metric> losses;  // "loss", their sum with weights, then each by name
  double side_drift = -1;      // last measured, mean change of the side views by tuning, of 0..1; -1: not yet
};

/// Photos of one person being fitted, step by step. Between two steps it may be drawn, copied, and set back.
/// Equal photos, model, options and seed give equal numbers, also through state() and restore().
/// Not thread-safe: all calls from one thread, or one after the other.
class PhotoFit {
 public:
  /// @param generator, discriminator (null: none) must outlive this and are not changed
  /// Throws OptionError, ImageError (no photo, not square, a mask of another size or without a person),
  /// CheckpointError (VGG file), Cancelled.
  PhotoFit(const Generator& generator,
           const Discriminator* discriminator,
           const std::vector<FitPhoto>& photos,
           const FitOptions& options,
           JobContext& context);
  ~PhotoFit();
  PhotoFit(const PhotoFit&) = delete;
  PhotoFit& operator=(const PhotoFit&) = delete;

  bool finished() const;
  /// What comes next.
  FitStage stage() const;
  /// One optimisation step. Throws Cancelled, TrainingError when the loss is no longer a number: nothing of
  /// the step has happened then.
  FitMoment step(JobContext& context);

  /// Everything that going on from here needs; its own memory. In the latent stage some kilobytes; in tuning
  /// three times the generator's weights.
  FitState state() const;
  /// Goes on from a state of these photos and this model; options may be others than its own (a branch), but
  /// for what its numbers are measured in: the latent space and the deviations of the camera. A finished one
  /// goes on when they allow more steps or more drift.
  /// Throws CheckpointError when it belongs to another fit; this one is then as it was. Cancelled, while what
  /// tuning holds is drawn again: this one is then at no step, and is restored again before it is used.
  void restore(const FitState& state, JobContext& context);

  /// As it is now.
  FitResult result() const;
  /// Refined so far, one a photo.
  std::vector<CameraLabel> cameras() const;
  /// The person from a camera, as the fit is now: 3 channels, full size, or the raw picture's. Drawn by the
  /// fast path where it knows the model, unless the options are exact; so are the four views.
  Image draw(const CameraLabel& camera, bool super_resolution, JobContext& context) const;
  /// Front, 45 degrees, 90 degrees and back, for watching.
  std::vector<Image> fourViews(bool super_resolution, JobContext& context) const;
  /// Mean change of the side views by tuning so far, of 0..1; 0 before tuning.
  double sideDrift(JobContext& context) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether a fit with one of these options can go on from a state of the other: what the state's numbers are
/// measured in (the latent space, the deviations of the camera) is the same.
bool sameUnits(const FitOptions& a, const FitOptions& b);

/// Is told of every step, on the job's thread; may draw the fit, keep states, and set it back.
class FitWatcher {
 public:
  virtual ~FitWatcher() = default;
  virtual void stepped(PhotoFit& fit, const FitMoment& moment) = 0;
};

/// Fits to the end. Reports progress with the losses; `watcher` may be null.
FitResult fitPhotos(const Generator& generator,
                    const Discriminator* discriminator,
                    const std::vector<FitPhoto>& photos,
                    const FitOptions& options,
                    JobContext& context,
                    FitWatcher* watcher = nullptr);

/// The generator that a result draws with: a copy with the tuned weights put in.
/// Throws CheckpointError when a name or shape is not the generator's.
Generator tunedGenerator(const Generator& generator, const FitResult& result);

}  // namespace panohead
