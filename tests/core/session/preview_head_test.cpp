// A head as plain numbers: what the OpenGL preview relies on. That it draws the same picture is tested in
// tests/render/tri_grid_preview_test.cpp.
#include "core/session/preview_head.h"

#include "core/session/model.h"
#include "core/session/ray_shift.h"
#include "core/tensor/prelude.h"
#include "core/volume/quick_sampler.h"
#include "tests/support/places.h"

#include <gtest/gtest.h>

#include <cstring>

namespace panohead {
namespace {

HeadPtr firstHead(const Background& background) {
  SilentContext context;
  static const ModelPtr model = openModel(test::firstModelFile(), context);
  HeadOptions options{.seed = 3};
  options.background = background;
  return makeHead(model, options, context);
}

float half(std::uint16_t bits) {
  c10::Half value;
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

TEST(PreviewHead, GridsLieOneBehindTheOtherWithZerosAround) {
  const HeadPtr head = firstHead(OwnBackground{});
  const PreviewHead numbers = makePreviewHead(*head);
  const auto texel = [&](int quad, int z, int y, int x, int c) {
    const std::int64_t place =
        ((std::int64_t{quad} * numbers.depth() + z) * numbers.side() + y) * numbers.side() + x;
    return half(numbers.texels.at(static_cast<std::size_t>(place * 4 + c)));
  };
  const at::Tensor planes = unpackPlanes(head->prepared.planes)
                                .to(at::kFloat)
                                .view({3,
                                       numbers.channels,
                                       numbers.slices,
                                       numbers.size,
                                       numbers.size});  // slices fastest of the channels
  for (const auto& [grid, channel, slice, y, x] :
       {std::array{0, 0, 0, 0, 0}, std::array{1, 6, 1, 5, 40}, std::array{2, 31, 2, 127, 100}}) {
    const float expected = planes[grid][channel][slice][y][x].item<float>();
    EXPECT_NEAR(texel(channel / 4, grid * (numbers.slices + 1) + 1 + slice, y + 1, x + 1, channel % 4),
                expected,
                1e-3 * (1 + std::abs(expected)));
  }
  for (int i = 0; i < numbers.side(); ++i) {
    for (const int z : {0, numbers.slices + 1, numbers.depth() - 1}) {  // before, between and behind
      EXPECT_EQ(texel(3, z, i, i, 1), 0);
    }
    for (const int rim : {0, numbers.side() - 1}) {
      EXPECT_EQ(texel(5, 2, rim, i, 2), 0);
      EXPECT_EQ(texel(5, 2, i, rim, 2), 0);
    }
  }
}

TEST(PreviewHead, LayersAreTheModels) {
  const HeadPtr head = firstHead(OwnBackground{});
  const PreviewHead numbers = makePreviewHead(*head);
  const Generator& generator = head->model->generator;
  const at::NoGradGuard no_grad;
  at::manual_seed(1);
  const auto tensor = [](const std::vector<float>& values, at::IntArrayRef shape) {
    return at::tensor(at::ArrayRef<float>(values)).view(shape);
  };
  const at::Tensor x = at::randn({5, numbers.channels});
  const at::Tensor hidden =
      at::softplus(at::linear(x,
                              tensor(numbers.hidden_weight, {numbers.hidden, numbers.channels}),
                              tensor(numbers.hidden_bias, {-1})));
  const at::Tensor output = at::linear(hidden,
                                       tensor(numbers.output_weight, {1 + numbers.features, numbers.hidden}),
                                       tensor(numbers.output_bias, {-1}));
  const PointSamples samples = generator.decoder()(x.view({1, 1, 5, -1}));
  EXPECT_TRUE(at::allclose(output.slice(1, 0, 1), samples.density.view({5, 1}), 1e-4, 1e-4));
  EXPECT_TRUE(at::allclose(output.slice(1, 1), samples.feature.view({5, -1}), 1e-4, 1e-4));
  const at::Tensor rgb = at::linear(
      samples.feature.view({5, -1}), tensor(numbers.rgb_weight, {3, -1}), tensor(numbers.rgb_bias, {-1}));
  const at::Tensor picture = generator.rawPicture(
      samples.feature.view({1, 5, 1, -1}).permute({0, 3, 2, 1}).contiguous(), head->prepared.last_w);
  EXPECT_TRUE(at::allclose(rgb.t(), picture.view({3, 5}), 1e-4, 1e-4));
}

TEST(PreviewHead, OnlyGeneratedBackgroundsTravelWithTheHead) {
  const PreviewHead own = makePreviewHead(*firstHead(OwnBackground{}));
  EXPECT_FALSE(own.cut_out);
  EXPECT_EQ(own.background.size(),
            static_cast<std::size_t>(own.features * own.background_size * own.background_size));
  const PreviewHead alone = makePreviewHead(*firstHead(NoBackground{}));
  EXPECT_TRUE(alone.cut_out);
  EXPECT_EQ(alone.background_size, 0);
  EXPECT_TRUE(alone.background.empty());
}

TEST(PreviewHead, PicturesThatFadeIntoEachOtherAreTheProcessors) {
  const BackgroundShare own{OwnBackground{}, 0.5}, none{NoBackground{}, 0.5},
      seed{SeedBackground{4, 1.0}, 0.5};
  Image dark(8, 8, 3);
  const BackgroundShare colour{ColourBackground{200, 100, 0}, 0.5},
      photo{ImageBackground{std::make_shared<const Image>(dark)}, 0.5};
  EXPECT_FALSE(hasPreview(*firstHead(MixedBackground{{own, colour}})));
  EXPECT_FALSE(hasPreview(*firstHead(MixedBackground{{none, colour}})));
  EXPECT_TRUE(hasPreview(*firstHead(NoBackground{})));
  const HeadPtr generated = firstHead(MixedBackground{{own, seed}});
  EXPECT_TRUE(hasPreview(*generated));
  EXPECT_FALSE(makePreviewHead(*generated).cut_out);
  const HeadPtr laid = firstHead(MixedBackground{{colour, photo}});
  EXPECT_TRUE(hasPreview(*laid));
  const PreviewHead numbers = makePreviewHead(*laid);
  EXPECT_TRUE(numbers.cut_out);
  EXPECT_NEAR(numbers.behind.pixels[0], 100, 1);
  EXPECT_NEAR(numbers.behind.pixels[1], 50, 1);
}

TEST(RayShift, FollowsTheCameraAndStaysInFrontOfIt) {
  EXPECT_EQ(rayShift(orbitLabel({.yaw_degrees = 70}), 2.25), 0)
      << "published cameras keep the file's numbers";
  EXPECT_NEAR(rayShift(orbitLabel({.radius = 3.2}), 2.25), 0.5, 1e-5);
  EXPECT_NEAR(2.25 + rayShift(orbitLabel({.radius = 0.1}), 2.25), 0.05, 1e-5);
}

}  // namespace
}  // namespace panohead
