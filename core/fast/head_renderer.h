#pragma once

#include "core/generator/generator.h"
#include "core/generator/head.h"

#include <functional>
#include <memory>

namespace panohead {

/// Draws one prepared head from any camera. Immutable; may be used from several threads at once.
class HeadRenderer {
 public:
  virtual ~HeadRenderer() = default;

  /// The rendered feature image. @param label [1, 25]
  virtual FeatureImage renderFeature(const at::Tensor& label, const SynthesisSettings& settings) const = 0;

  /// The last steps of a frame: background (undefined: none), raw picture, super-resolution.
  virtual SynthesisOutput finish(const FeatureImage& image,
                                 const at::Tensor& background,
                                 const SynthesisSettings& settings) const = 0;

  /// The whole frame over its background: both of the above, unless a renderer knows a shorter way. Like
  /// theirs, its pictures may lie on a device.
  virtual SynthesisOutput draw(const at::Tensor& label,
                               const at::Tensor& background,
                               const SynthesisSettings& settings) const;

  /// The whole frame of the head alone: its feature is divided by its weight before super-resolution, so that
  /// edges keep the head's colour and no background shines through.
  virtual SynthesisOutput drawAlone(const at::Tensor& label, const SynthesisSettings& settings) const;
};

/// What drawAlone() finishes: a feature image with the weight taken out, [1, 32, r, r].
FeatureImage withoutWeight(const FeatureImage& image);

/// Plain LibTorch operations: the yardstick, for every device and model. Generator and head are used as they
/// are.
/// @param generator outlives the renderer  @param head with planes in the backbone's order
std::unique_ptr<HeadRenderer> specificationRenderer(const Generator& generator, const PreparedHead& head);

class FastModel;
/// What the fast path needs of a model whatever the head, to be made once; null where the fast path does not
/// know this model or device. @param generator outlives it
/// @param checkpoint may be empty; called between layers, may throw to cancel
std::shared_ptr<const FastModel> makeFastModel(const Generator& generator,
                                               const std::function<void()>& checkpoint = {});

/// The tri-grids of a head, packed in bfloat16 (core/volume/quick_sampler.h). [1, S, S, 3, depth, 32]
/// Several times faster than Generator::planes(). @param ws [1, num_ws, w_dim]
at::Tensor fastPlanes(const FastModel& model, const at::Tensor& ws, const nn::SynthesisRun& run);

/// Background feature image [1, 32, B, B] float32; undefined when the model has no background network.
at::Tensor fastBackground(const FastModel& model, const at::Tensor& ws, const nn::SynthesisRun& run);

/// Hand-written kernels and prepacked weights (core/fast): the same picture but for what bfloat16 rounds,
/// empty space skipped, and little light left out. What it cannot draw (stochastic samples, random noise) the
/// specification draws.
/// @param model not null  @param checkpoint of making it; may be empty, may throw to cancel
std::unique_ptr<HeadRenderer> fastRenderer(const std::shared_ptr<const FastModel>& model,
                                           const PreparedHead& head,
                                           const std::function<void()>& checkpoint = {});

/// The same for weights that soon are others (a fit being tuned): nothing of the identity networks is packed.
/// Null where the fast path does not know this model or device.
/// @param generator outlives it, and its weights stay as they are for as long
/// @param checkpoint of making it; may be empty, may throw to cancel
std::unique_ptr<HeadRenderer> passingRenderer(const Generator& generator,
                                              const PreparedHead& head,
                                              const std::function<void()>& checkpoint = {});

/// Draws a head over its background, as the published synthesis does.
HeadPicture drawHead(const HeadRenderer& renderer,
                     const at::Tensor& background,
                     const at::Tensor& label,
                     const SynthesisSettings& settings);

/// Draws the head alone with straight alpha.
HeadPicture drawCutOut(const HeadRenderer& renderer,
                       const at::Tensor& label,
                       const SynthesisSettings& settings);

}  // namespace panohead
