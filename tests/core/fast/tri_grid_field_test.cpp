// The kernels of surfaces against the specification, and their bounds.
#include "core/fast/tri_grid_field.h"

#include "core/export/marching_cubes.h"
#include "core/export/mrc_file.h"
#include "core/generator/load_generator.h"
#include "core/tensor/host_values.h"
#include "core/tensor/prelude.h"
#include "core/volume/volume_field.h"
#include "tests/support/checkpoints.h"
#include "tests/support/every_simd_level.h"
#include "tests/support/golden.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_config.h"

#include <fmt/format.h>
#include <glm/common.hpp>
#include <glm/geometric.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

namespace panohead {
namespace {

using fast::TriGridField;

/// A golden network with the tri-grids that the reference made.
class GoldenFields : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string name = GetParam();
    const std::filesystem::path file = test::sharedFile("golden/" + name + ".pkl");
    if (file.empty()) {
      GTEST_SKIP() << test::skipMessage("golden/" + name + ".pkl");
    }
    generator_.emplace(loadGenerator(test::open(file).network()));
    planes_ =
        test::Golden(test::sharedFile("golden/" + name + ".golden.safetensors"))["planes"].slice(0, 0, 1);
    const std::int64_t size = planes_.size(3);
    planes_ = planes_.view({1, 3, -1, size, size});
    field_.emplace(*generator_, planes_);
    specification_.emplace(generator_->volume(planes_), generator_->config().volume);
  }

  std::vector<float> densities(const DensityField& field, const std::vector<glm::vec3>& points) const {
    std::vector<float> values(points.size());
    field.densities(points, values);
    return values;
  }

  std::optional<Generator> generator_;
  at::Tensor planes_;
  std::optional<TriGridField> field_;
  std::optional<VolumeField> specification_;
};

std::vector<glm::vec3> randomPoints(std::size_t count, float half, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> place(-half, half);
  std::vector<glm::vec3> points(count);
  for (glm::vec3& p : points) {
    p = {place(random), place(random), place(random)};
  }
  return points;
}

TEST_P(GoldenFields, DensityIsTheSpecifications) {
  const auto points = randomPoints(5000, 0.7F, 3);  // beyond the box, too
  const std::vector<float> expected = densities(*specification_, points);
  float most = 0;
  for (const float v : expected) {
    most = std::max(most, std::abs(v));
  }
  test::atEverySimdLevel([&] {
    const std::vector<float> actual = densities(*field_, points);
    float worst = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      worst = std::max(worst, std::abs(actual[i] - expected[i]));
    }
    EXPECT_LT(worst, 2e-6F * most);
    fmt::print("  {}: density differs by {:.1e} at most, of {:.1f}\n",
               kernels::simdLevelName(kernels::simdLevel()),
               worst,
               most);
  });
}

TEST_P(GoldenFields, BoundsHoldEverythingInside) {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> share(0, 1);
  test::atEverySimdLevel([&] {
    for (const float side : {0.3F, 0.1F, 0.03F, 0.01F, 0.003F, 0.0F}) {
      std::vector<FieldBox> boxes;
      for (const glm::vec3& p : randomPoints(60, 0.6F, 9)) {
        boxes.push_back({p, p + side * glm::vec3(share(random), share(random), share(random))});
      }
      std::vector<DensityRange> ranges(boxes.size());
      field_->bounds(boxes, ranges);
      double width = 0, spread = 0;
      for (std::size_t i = 0; i < boxes.size(); ++i) {
        std::vector<glm::vec3> points;
        for (int k = 0; k < 200; ++k) {
          // Corners and faces are part of the box.
          const auto part = [&] { return k % 3 == 0 ? std::round(share(random)) : share(random); };
          points.push_back(glm::mix(boxes[i].low, boxes[i].high, glm::vec3(part(), part(), part())));
        }
        const std::vector<float> values = densities(*field_, points);
        const auto [least, most] = std::ranges::minmax_element(values);
        ASSERT_LE(ranges[i].least, *least) << "side " << side;
        ASSERT_GE(ranges[i].most, *most) << "side " << side;
        width += ranges[i].most - ranges[i].least;
        spread += *most - *least;
      }
      if (side == 0.01F) {
        EXPECT_LT(width, 3 * spread);  // or else nothing could be ruled out
      }
    }
  });
}

TEST_P(GoldenFields, SparseSurfaceIsTheDenseOne) {
  // These networks are random: a level that a tenth of the volume is above.
  std::vector<float> values = densities(*field_, randomPoints(20000, 0.4F, 1));
  std::ranges::nth_element(values, values.begin() + 18000);
  const SurfaceGrid grid{.resolution = 72, .level = values[18000]};
  SilentContext context;
  SurfaceStats stats, dense_stats;
  const Mesh sparse = extractSurface(*field_, grid, context, &stats);
  const Mesh dense = extractSurface(*specification_, grid, context, &dense_stats);
  EXPECT_TRUE(meshTopology(sparse).watertight());
  EXPECT_EQ(dense_stats.crossed, dense_stats.blocks);
  fmt::print("  {} triangles, {:.0f} % of the points sampled\n",
             sparse.triangles(),
             100.0 * static_cast<double>(stats.sampled) / static_cast<double>(dense_stats.sampled));
  EXPECT_LT(stats.sampled, dense_stats.sampled);
  ASSERT_EQ(sparse.indices, dense.indices);
  for (std::size_t i = 0; i < sparse.positions.size(); ++i) {
    ASSERT_LT(glm::distance(sparse.positions[i], dense.positions[i]), 1e-4F);
  }
}

TEST_P(GoldenFields, VolumeFileHoldsThePublishedGrid) {
  constexpr int kSide = 32;
  const test::ScratchFolder scratch;
  SilentContext context;
  saveMrc(*field_, kSide, scratch / "head.mrc", context);
  std::ifstream in(scratch / "head.mrc", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  ASSERT_EQ(bytes.size(), 1024U + 4U * kSide * kSide * kSide);
  EXPECT_EQ(bytes.substr(208, 4), "MAP ");
  std::array<std::int32_t, 4> size{};
  std::memcpy(size.data(), bytes.data(), sizeof size);
  EXPECT_EQ(size, (std::array<std::int32_t, 4>{kSide, kSide, kSide, 2}));
  std::vector<float> volume(kSide * kSide * kSide);
  std::memcpy(volume.data(), bytes.data() + 1024, volume.size() * 4);

  // As the published script: sample, flip the first axis, empty the borders.
  const at::Tensor points = publishedShapeGrid(kSide, generator_->config().volume.box_warp);
  const at::Tensor density = generator_->volume(planes_)
                                 .query(points, generator_->config().volume)
                                 .density.view({kSide, kSide, kSide})
                                 .flip(0)
                                 .clone();
  const int pad = 30 * kSide / 256, top = 38 * kSide / 256;
  for (const int axis : {0, 1, 2}) {
    density.narrow(axis, 0, pad).zero_();
    density.narrow(axis, kSide - (axis == 1 ? top : pad), axis == 1 ? top : pad).zero_();
  }
  const std::vector<float> expected = toVector(density);
  float most = 0, worst = 0;
  for (std::size_t i = 0; i < volume.size(); ++i) {
    most = std::max(most, std::abs(expected[i]));
    worst = std::max(worst, std::abs(expected[i] - volume[i]));
  }
  EXPECT_LT(worst, 1e-5F * most);
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenFields, testing::Values("tiny_panohead", "tiny_eg3d"));

TEST(TriGridField, PlanesThatAreNotFiniteAreSaid) {
  GeneratorConfig config = test::smallConfig();
  config.triplane_size = 16;
  const Generator generator(config, 3);
  at::Tensor planes = at::zeros({1, 3, 96, 16, 16});
  planes[0][1][5][3][2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(TriGridField(generator, planes), MeshError);
}

}  // namespace
}  // namespace panohead
