// The volume renderer's single operations against the public reference.
#include "core/tensor/numpy_random.h"
#include "core/tensor/prelude.h"
#include "core/volume/importance_sampler.h"
#include "core/volume/ray_marcher.h"
#include "core/volume/tri_grid_sampler.h"
#include "core/volume/volume_renderer.h"
#include "tests/support/golden.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using test::Golden;
using test::Parity;

const Golden& ops() {
  static const Golden golden(test::dataFile("ops.golden.safetensors"));
  return golden;
}

TEST(RayMarcher, MatchesReference) {
  Parity parity(ops(), "ray marcher");
  const at::Tensor colors = ops()["march.colors"];
  const at::Tensor sigma = ops()["march.sigma"];
  const at::Tensor depths = ops()["march.depths"];
  const double nearest = depths.min().item<double>();
  const double farthest = depths.max().item<double>();
  const MarchedRays black = marchRays(colors, sigma, depths, false);
  parity.expect("march.rgb_white0", black.feature);
  parity.expect("march.weights", black.weights);
  parity.expect("march.depth", clampDepth(black.depth, nearest, farthest));
  EXPECT_TRUE(at::equal(clampDepth(black.depth, depths.min(), depths.max()),
                        clampDepth(black.depth, nearest, farthest)));
  parity.expect("march.rgb_white1", marchRays(colors, sigma, depths, true).feature);
}

TEST(ImportanceSampler, MatchesReference) {
  Parity parity(ops(), "importance sampler");
  const at::Tensor bins = ops()["pdf.bins"];
  const at::Tensor weights = ops()["pdf.weights"];
  const at::Tensor u = ops()["pdf.u"];
  parity.expect("pdf.samples_u", samplePdf(bins, weights, u));
  const at::Tensor even = at::linspace(0.0, 1.0, 8).unsqueeze(0).expand({6, 8});
  parity.expect("pdf.samples_det", samplePdf(bins, weights, even));
  parity.expect("importance.det8",
                importanceDepths(ops()["importance.z_vals"], ops()["importance.weights"].squeeze(-1), 8));
}

TEST(RaySampler, StratifiedDepthsMatchReference) {
  Parity parity(ops(), "stratified depths");
  const at::Tensor jitter = ops()["strat.jitter"];
  parity.expect("strat.linear", stratifiedDepths(2.25, 3.3, false, jitter));
  parity.expect("strat.disparity", stratifiedDepths(0.5, 3.3, true, jitter));
  parity.expect("strat.per_ray",
                stratifiedDepths(RayRange{ops()["strat.start"], ops()["strat.end"]}, jitter));
}

TEST(RaySampler, BoxMatchesReference) {
  Parity parity(ops(), "box");
  const RayRange range = intersectBox({ops()["box.origins"], ops()["box.dirs"]}, 1.0);
  parity.expect("box.tmin", range.start);
  parity.expect("box.tmax", range.end);
}

TEST(VolumeRenderer, MasksMatchReference) {
  Parity parity(ops(), "crop and cull masks");
  VolumeOptions options;
  parity.expect("crop.mask_0.1_bw1", cropMask(ops()["crop.coords"], options));
  parity.expect("cull.mask_0.5", cullMask(ops()["cull.sigma"], 0.5));
}

TEST(TriGridSampler, MatchesReference) {
  Parity parity(ops(), "tri-grid");
  VolumeOptions options;
  const at::Tensor planes = ops()["trigrid.planes"].unsqueeze(0).reshape({1, 3, 6, 4, 5});
  const at::Tensor coords = ops()["trigrid.coords"];
  parity.expect("trigrid.d3", sampleTriGrid(planes, coords, 3, options));
  parity.expect("trigrid.d1", sampleTriGrid(planes, coords, 1, options));
  options.box_warp = 1.6;
  parity.expect("trigrid.d3_bw1.6", sampleTriGrid(planes, coords, 3, options));
}

TEST(VolumeRenderer, ShapeGridMatchesReference) {
  Parity parity(ops(), "shape grid");
  parity.expect("create_samples16", publishedShapeGrid(16, 1.0));
}

TEST(NumpyRandom, DrawsWhatNumpyDraws) {
  Parity parity(ops(), "numpy generator");
  for (const std::uint32_t seed : {0U, 123U}) {
    NumpyRandom random(seed);
    const std::vector<double> values = random.randn(8);
    parity.expect("numpy.randn_seed" + std::to_string(seed) + "_first8", at::tensor(values));
  }
}

}  // namespace
}  // namespace panohead
