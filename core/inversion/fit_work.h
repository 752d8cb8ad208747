#pragma once

#include "core/fast/head_renderer.h"
#include "core/inversion/camera_pose.h"
#include "core/inversion/fit.h"
#include "core/inversion/fit_losses.h"
#include "core/inversion/latent_space.h"
#include "core/inversion/other_views.h"
#include "core/training/adam.h"

namespace panohead {

inline constexpr AdamOptions kFitAdam{.beta1 = 0.9, .beta2 = 0.999};

/// What PhotoFit works on: what is fitted, how it is drawn and compared (fit_work.cpp), and the two stages
/// (latent_stage.cpp, tuning_stage.cpp).
struct PhotoFit::State {
  State(const Generator& generator,
        const Discriminator* discriminator,
        const std::vector<FitPhoto>& photos,
        const FitOptions& options,
        JobContext& context);

  // What is fitted, and how it is drawn.
  const Generator& generator() const { return tuned ? *tuned : base; }
  at::Tensor shiftedLabel(const CameraLabel& label) const;
  SynthesisSettings settings(JobContext& context) const;
  at::Tensor codes() const { return latent + layers; }  // [num_ws, k]
  at::Tensor ws(const at::Tensor& coordinates) const {
    return space.toW(coordinates).unsqueeze(0).expand({1, base.numWs(), -1});
  }
  at::Tensor headWs() const { return ws(codes()); }
  at::Tensor backgroundWs(std::int64_t photo) const;
  at::Tensor labels() const { return refinedLabels(start_labels, cameras, freedom); }
  DrawnHead head(const SynthesisSettings& settings) const;

  /// The head as it is now, to be looked at: without gradients, by the fast path where that knows it and
  /// the settings are quick. The next step ends it, which changes the weights.
  struct Drawing {
    at::Tensor background;
    std::unique_ptr<HeadRenderer> renderer;
    /// @param label [1, 25]  @return the raw one where the settings have no super-resolution
    Image picture(const at::Tensor& label, const SynthesisSettings& settings) const;
  };
  Drawing drawing(const SynthesisSettings& settings) const;

  void chooseStart(JobContext& context);
  FitMoment latentStep(JobContext& context);
  FitMoment tuningStep(JobContext& context);
  void beginTuning(JobContext& context);
  void advance();
  FitLoss photoLosses(const Generator& drawn_by,
                      const at::Tensor& ws,
                      const at::Tensor& labels,
                      const SynthesisSettings& settings,
                      DrawnHead* shared) const;
  /// Before anything moves, so that a fit whose loss is no number stays as it was. Throws TrainingError.
  static void requireFinite(const FitLoss& loss);
  FitMoment finish(const FitLoss& loss, std::int64_t steps) const;
  std::unique_ptr<OtherViews> viewsAround(const std::vector<double>& yaws,
                                          bool weighted,
                                          const DrawnHead& head,
                                          const SynthesisSettings& settings,
                                          JobContext& context) const;
  NamedTensors tensors() const;

  FitOptions options;
  const Generator& base;
  at::Device device;
  std::string photos_hash;
  std::unique_ptr<VggDistance> vgg;
  std::vector<PhotoLoss> photos;
  LatentSpace space;
  CameraFreedom freedom;
  at::Tensor start_labels;  // [P, 25]

  at::Tensor latent;       // [1, k]
  at::Tensor layers;       // [num_ws, k] added to it
  at::Tensor cameras;      // [P, 6]
  at::Tensor backgrounds;  // [P, k]
  std::unique_ptr<Adam> adam;
  std::unique_ptr<Generator> tuned;         // from the tuning stage on
  std::unique_ptr<OtherViews> held, gauge;  // from the tuning stage on
  FitStage stage = FitStage::Latent;
  std::int64_t step = 0;  // done in this stage
  double drift = -1;
};

}  // namespace panohead
