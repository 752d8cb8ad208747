// Every tensor of the two tiny published snapshots' golden files, from their .pkl files.
#include "core/base/camera.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/volume/tri_grid_sampler.h"
#include "tests/support/checkpoints.h"
#include "tests/support/golden.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <numbers>
#include <set>

namespace panohead {
namespace {

using test::Golden;
using test::Parity;

class TinyNetwork : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string file = fmt::format("golden/{}.pkl", GetParam());
    if (test::sharedFile(file).empty()) {
      GTEST_SKIP() << test::skipMessage(file);
    }
    checkpoint_ = test::open(test::sharedFile(file));
    golden_ =
        std::make_unique<Golden>(test::sharedFile(fmt::format("golden/{}.golden.safetensors", GetParam())));
  }

  // Expects a tensor where the file has it (the EG3D file leaves some out for size).
  void expect(Parity& parity, const std::string& key, const at::Tensor& actual) {
    if (golden_->has(key)) {
      parity.expect(key, actual);
      covered_.insert(key);
    }
  }
  const at::Tensor input(const std::string& key) {
    covered_.insert(key);
    return (*golden_)[key];
  }
  // The reference's 2X network overwrites its input where it needs no resize (README of the golden data).
  static bool overwritten(const SynthesisOutput& out) {
    return out.image.size(2) == 128 && out.image_raw.size(2) == 64;
  }
  // There, image_raw is the picture after the first block: not ours to copy, but ours to reproduce.
  void expectOverwritten(Parity& parity,
                         const std::string& prefix,
                         const Generator& g,
                         const at::Tensor& ws,
                         const at::Tensor& c,
                         const at::Tensor& ws_background);
  void expectPictures(Parity& parity, const std::string& prefix, const SynthesisOutput& out) {
    expect(parity, prefix + ".image", out.image);
    expect(parity, prefix + ".image_raw_before_sr", out.image_raw);
    if (!overwritten(out)) {
      expect(parity, prefix + ".image_raw", out.image_raw);
    }
    expect(parity, prefix + ".image_depth", out.depth);
    expect(parity, prefix + ".image_mask", out.mask);
  }
  std::string name(const char* group) const { return fmt::format("{} {}", GetParam(), group); }

  void mappingAndBackbone(const Generator& g);
  void volume(const Generator& g);
  void renderer(const Generator& g);
  void pictures(const Generator& g);
  void discriminator(const SynthesisOutput& r64);

  Checkpoint checkpoint_;
  std::unique_ptr<Golden> golden_;
  std::set<std::string> covered_;
  at::Tensor ws_, c_adj_;
};

void TinyNetwork::mappingAndBackbone(const Generator& g) {
  Parity parity(*golden_, name("mapping, backbone"));
  const at::Tensor z = input("z");
  const at::Tensor c = input("c");
  expect(parity, "ws", g.map(z, c));
  expect(parity, "ws_psi07", g.map(z, c, {0.7, -1}));
  expect(parity, "ws_psi07_cut4", g.map(z, c, {0.7, 4}));
  expect(parity, "delta_c", g.cameraDelta(z, c));
  expect(parity, "c_adj", g.adjustCamera(z, c));
  expect(parity, "delta_c_psi07", g.cameraDelta(z, c, {0.7, -1}));
  expect(parity, "c_adj_psi07", g.adjustCamera(z, c, {0.7, -1}));
  ws_ = input("ws");
  c_adj_ = input("c_adj");
  std::vector<nn::SynthesisBlock::State> states;
  expect(parity, "planes", g.planes(ws_, {}, &states));
  for (std::size_t i = 0; i < states.size(); ++i) {
    expect(parity, fmt::format("backbone.b{}.x", 4 << i), states[i].x);
    expect(parity, fmt::format("backbone.b{}.img", 4 << i), states[i].img);
  }
  if (g.config().background) {
    expect(parity, "bcg", g.background(ws_, {}));
    expect(parity, "swap64.bcg", g.background(ws_.flip({0}), {}));
  }
}

void TinyNetwork::volume(const Generator& g) {
  Parity parity(*golden_, name("volume"));
  const Rays rays = sampleRays(input("c"), 16);
  expect(parity, "ray_origins_16", rays.origins);
  expect(parity, "ray_dirs_16", rays.directions);
  expect(parity, "wide.ray_dirs_16", sampleRays(input("wide.c"), 16).directions);
  const at::Tensor planes = input("planes").view({2, 3, -1, 64, 64});
  const at::Tensor features =
      sampleTriGrid(planes, input("coords"), g.config().triplane_depth, g.config().volume);
  expect(parity, "feat_per_plane", features);
  expect(parity, "feat_mean", features.mean(1));
  const PointSamples samples = g.volume(planes).query(input("coords"), g.config().volume);
  expect(parity, "dec_rgb", samples.feature);
  expect(parity, "dec_sigma", samples.density);
}

void TinyNetwork::renderer(const Generator& g) {
  Parity parity(*golden_, name("renderer stages"));
  const at::Tensor planes = input("planes").view({2, 3, -1, 64, 64});
  const Rays rays = sampleRays(c_adj_, 8);
  expect(parity, "dbg8.ray_origins", rays.origins);
  expect(parity, "dbg8.ray_dirs", rays.directions);
  RenderTrace trace;
  const RenderedRays out = renderRays(g.volume(planes), rays, g.config().volume, {}, &trace);
  expect(parity, "dbg8.depths_coarse", trace.depths_coarse);
  expect(parity, "dbg8.xyz_coarse", trace.points_coarse);
  expect(parity, "dbg8.sigma_coarse_raw", trace.density_coarse_raw);
  expect(parity, "dbg8.crop_mask_coarse", trace.crop_mask_coarse);
  expect(parity, "dbg8.sigma_coarse", trace.density_coarse);
  expect(parity, "dbg8.weights_coarse", trace.weights_coarse);
  expect(parity, "dbg8.depths_fine", trace.depths_fine);
  expect(parity, "dbg8.sigma_fine", trace.density_fine);
  expect(parity, "dbg8.depths_all", trace.depths_all);
  expect(parity, "dbg8.sigma_all", trace.density_all);
  expect(parity, "dbg8.weights_all", trace.weights_all);
  expect(parity, "dbg8.feat", out.feature);
  expect(parity, "dbg8.depth", out.depth);
  expect(parity, "dbg8.wsum", out.weight_sum);
}

void TinyNetwork::expectOverwritten(Parity& parity,
                                    const std::string& prefix,
                                    const Generator& g,
                                    const at::Tensor& ws,
                                    const at::Tensor& c,
                                    const at::Tensor& ws_background) {
  if (g.superResolution().options.input != 64) {
    return;
  }
  SynthesisSettings settings = g.defaultSettings();
  settings.neural_resolution = 64;
  const at::Tensor feature =
      g.composite(g.renderFeature(g.planes(ws, {}), c, settings), g.background(ws_background, {}));
  const at::Tensor w = ws.select(1, -1);
  expect(parity,
         prefix + ".image_raw",
         g.superResolution()
             .block0({feature, g.rawPicture(feature, w)},
                     w.unsqueeze(1).expand({-1, 3, -1}),
                     {.noise = NoiseMode::None})
             .img);
}

void TinyNetwork::pictures(const Generator& g) {
  Parity parity(*golden_, name("pictures"));
  SynthesisSettings settings = g.defaultSettings();
  SynthesisOutput r64;
  for (const std::int64_t r : {32, 64}) {
    settings.neural_resolution = r;
    const std::string prefix = fmt::format("r{}", r);
    const at::Tensor planes = g.planes(ws_, {});
    const FeatureImage image = g.renderFeature(planes, c_adj_, settings);
    expect(parity, prefix + ".feature", image.feature);
    expect(parity, prefix + ".depth", image.depth);
    expect(parity, prefix + ".wsum", image.weight_sum);
    const at::Tensor composited = g.composite(image, g.background(ws_, {}));
    expect(parity, prefix + ".feature_composited", composited);
    expect(parity, prefix + ".feature_composited_item0", composited.slice(0, 0, 1));
    r64 = g.synthesize(ws_, c_adj_, settings);
    expectPictures(parity, prefix, r64);
  }
  expectPictures(parity, "swap64", g.synthesize(ws_, c_adj_, settings, ws_.flip({0})));
  expectPictures(parity, "forward_psi07_64", g.forward(input("z"), input("c"), {0.7, -1}, settings));
  expectOverwritten(parity, "r64", g, ws_, c_adj_, ws_);
  expectOverwritten(parity, "swap64", g, ws_, c_adj_, ws_.flip({0}));
  const at::Tensor ws07 = g.map(input("z"), input("c"), {0.7, -1});
  expectOverwritten(
      parity, "forward_psi07_64", g, ws07, g.adjustCamera(input("z"), input("c"), {0.7, -1}), ws07);
  settings.neural_resolution = 32;
  expectPictures(parity, "wide", g.synthesize(ws_, input("wide.c"), settings));
  settings.run.noise = NoiseMode::None;
  expectPictures(parity, "none32", g.synthesize(ws_, c_adj_, settings));
  discriminator(r64);
}

void TinyNetwork::discriminator(const SynthesisOutput& r64) {
  Parity parity(*golden_, name("discriminator"));
  const Discriminator d = loadDiscriminator(checkpoint_.network("D"));
  const DiscriminatorInput in{input("D.in.image"), input("D.in.image_raw"), input("D.in.image_mask")};
  const at::Tensor c = input("D.in.c");
  expect(parity, "D.logits", d(in, c));
  const auto two = [](const at::Tensor& t) { return t.slice(0, 0, 2); };
  expect(parity, "D.logits_b2", d({two(in.image), two(in.image_raw), two(in.image_mask)}, two(c)));
  expect(parity, "D.cmap", d.mapLabel(c));
  // The reference judged its overwritten raw picture, so ours must be fed the same.
  const at::Tensor raw = overwritten(r64) ? input("r64.image_raw") : r64.image_raw;
  expect(parity, "D.logits_gen", d({r64.image, raw, r64.mask}, input("c")));
}

TEST_P(TinyNetwork, MatchesEveryReferenceTensor) {
  const at::NoGradGuard no_grad;
  const Generator g = loadGenerator(checkpoint_.network("G_ema"));
  mappingAndBackbone(g);
  volume(g);
  renderer(g);
  pictures(g);
  {
    Parity parity(*golden_, name("G"));
    const Generator not_averaged = loadGenerator(checkpoint_.network("G"));
    expect(parity, "G.ws", not_averaged.map(input("z"), input("c")));
    expect(parity, "G.c_adj", not_averaged.adjustCamera(input("z"), input("c")));
    SynthesisSettings settings = not_averaged.defaultSettings();
    settings.neural_resolution = 32;
    expectPictures(
        parity, "G.r32", not_averaged.synthesize((*golden_)["G.ws"], (*golden_)["G.c_adj"], settings));
  }
  {
    Parity parity(*golden_, name("poses"));
    const at::Tensor args = input("pose.args");
    at::Tensor labels = at::empty({args.size(0), 25});
    for (std::int64_t i = 0; i < args.size(0); ++i) {
      const auto a = [&](int k) { return static_cast<double>(args[i][k].item<float>()); };
      const double to_radians = std::numbers::pi / 180;
      const CameraLabel label =
          lookAtPose((90 + a(0)) * to_radians, (90 + a(1)) * to_radians, {a(2), a(3), a(4)}, a(5));
      labels[i] = at::tensor(at::ArrayRef<float>(label.data(), label.size()));
    }
    expect(parity, "pose.c", labels);
  }
  for (const auto& [key, tensor] : golden_->tensors()) {
    EXPECT_TRUE(covered_.contains(key)) << key << " of the golden file was not compared";
  }
}

INSTANTIATE_TEST_SUITE_P(Published,
                         TinyNetwork,
                         ::testing::Values("tiny_panohead", "tiny_eg3d"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace panohead
