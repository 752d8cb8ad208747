#pragma once

#include "core/generator/generator.h"
#include "core/inversion/fit.h"
#include "core/inversion/photo_target.h"
#include "core/tensor/prelude.h"
#include "tests/support/camera_tensor.h"
#include "tests/support/small_config.h"

#include <gtest/gtest.h>

#include <string>

namespace panohead::test {

/// A small random network whose heads are opaque enough to be told from their background.
inline const Generator& smallGenerator() {
  static const Generator generator = [] {
    Generator g(smallConfig(16, 8), 3);
    const at::NoGradGuard no_grad;
    for (const ParameterStore::Entry& entry : g.store().entries()) {
      if (entry.name == "decoder.net.2.bias") {
        entry.tensor[0].add_(4.0);  // density
      }
      if (entry.name.starts_with("t_mapping")) {
        at::Tensor tensor = entry.tensor;
        tensor.zero_();
      }
    }
    return g;
  }();
  return generator;
}

/// What the generator draws of a person of the seed, as a photo.
inline FitPhoto photoOf(const Generator& generator, std::uint64_t seed, const OrbitView& view) {
  const at::NoGradGuard no_grad;
  at::manual_seed(seed);
  const at::Tensor z = at::randn({1, generator.config().z_dim});
  const at::Tensor label = labelOf(view);
  const SynthesisOutput drawn =
      generator.synthesize(generator.map(z, labelOf({})), label, generator.defaultSettings());
  FitPhoto photo{tensorImage(drawn.image), {}, orbitLabel(view)};
  const at::Tensor mask =
      at::upsample_nearest2d(drawn.mask.clamp(0, 1), {drawn.image.size(2), drawn.image.size(3)});
  const Image three = tensorImage((mask * 2 - 1).expand({1, 3, -1, -1}));
  Image grey(three.width, three.height, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
    grey.pixels[i] = three.pixels[3 * i];
  }
  photo.mask = grey;
  return photo;
}

/// A few steps of everything.
inline FitOptions shortFit() {
  FitOptions options = fitPreset("best");
  options.latent_steps = 4;
  options.tuning_steps = 3;
  options.locality_views = 3;
  options.drift_limit = 0.9;
  options.drift_every = 2;
  options.raw_share = 0.5;
  options.per_layer = true;
  return options;
}

/// The first stage alone.
inline FitOptions latentOnly(int steps) {
  FitOptions options = fitPreset("best");
  options.latent_steps = steps;
  options.tuning_steps = 0;
  return options;
}

/// A loss of a step by its name.
inline double lossOf(const FitMoment& moment, const std::string& name) {
  for (const Metric& metric : moment.losses) {
    if (metric.name == name) {
      return metric.value;
    }
  }
  ADD_FAILURE() << "no loss " << name;
  return 0;
}

/// Runs to the end.
inline std::vector<FitMoment> runFit(PhotoFit& fit) {
  SilentContext context;
  std::vector<FitMoment> moments;
  while (!fit.finished()) {
    moments.push_back(fit.step(context));
  }
  return moments;
}

inline void expectSameResult(const FitResult& a, const FitResult& b) {
  EXPECT_TRUE(at::equal(a.ws, b.ws));
  ASSERT_EQ(a.ws_background.defined(), b.ws_background.defined());
  EXPECT_TRUE(!a.ws_background.defined() || at::equal(a.ws_background, b.ws_background));
  EXPECT_EQ(a.cameras, b.cameras);
  ASSERT_EQ(a.tuned.size(), b.tuned.size());
  for (std::size_t i = 0; i < a.tuned.size(); ++i) {
    EXPECT_EQ(a.tuned[i].first, b.tuned[i].first);
    EXPECT_TRUE(at::equal(a.tuned[i].second, b.tuned[i].second)) << a.tuned[i].first;
  }
}

inline void expectSameFit(const FitState& a, const FitState& b) {
  EXPECT_EQ(a.data.text, b.data.text);
  ASSERT_EQ(a.data.tensors.size(), b.data.tensors.size());
  for (std::size_t i = 0; i < a.data.tensors.size(); ++i) {
    EXPECT_EQ(a.data.tensors[i].first, b.data.tensors[i].first);
    EXPECT_TRUE(at::equal(a.data.tensors[i].second, b.data.tensors[i].second)) << a.data.tensors[i].first;
  }
}

}  // namespace panohead::test
