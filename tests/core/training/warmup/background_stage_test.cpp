#include "core/training/warmup/background_stage.h"

#include "core/tensor/prelude.h"
#include "tests/core/training/warmup/small_heads.h"

#include <gtest/gtest.h>

namespace panohead {
namespace {

using namespace test;

TEST(FillForeground, KeepsTheBackgroundAndContinuesItBehindThePerson) {
  at::Tensor picture = at::linspace(-1, 1, 64).expand({1, 3, 64, 64}).clone();
  const at::Tensor truth = at::avg_pool2d(picture, 2);
  at::Tensor mask = at::zeros({1, 1, 64, 64});
  mask.narrow(2, 16, 32).narrow(3, 16, 32).fill_(1);
  picture.narrow(2, 16, 32).narrow(3, 16, 32).fill_(1);  // a bright person
  const at::Tensor filled = fillForeground(picture, mask);
  ASSERT_EQ(filled.sizes(), at::IntArrayRef({1, 3, 32, 32}));
  EXPECT_TRUE(at::allclose(filled.narrow(2, 0, 6), truth.narrow(2, 0, 6), 1e-5, 1e-5));
  EXPECT_LT((filled - truth).abs().max().item<double>(), 0.4)
      << "behind the person it goes on about as beside it";
  EXPECT_LT((filled - truth).abs().mean().item<double>(), 0.1);
}

TEST(FillForeground, APictureThatIsAllPersonStaysFinite) {
  const at::Tensor filled = fillForeground(at::ones({1, 3, 16, 16}), at::ones({1, 1, 16, 16}));
  EXPECT_TRUE(at::isfinite(filled).all().item<bool>());
}

TEST(BackgroundStage, LearnsBackgroundsFromCodesThatTheMappingKeeps) {
  // Discs before greys that differ from picture to picture.
  PeoplePictures people = discPeople(8);
  people.load = [load = people.load](std::uint32_t index) {
    LoadedItem item = load(index);
    for (std::size_t i = 0; i < item.mask.pixels.size(); ++i) {
      if (item.mask.pixels[i] == 0) {
        for (std::size_t channel = 0; channel < 3; ++channel) {
          item.picture.pixels[3 * i + channel] = static_cast<std::uint8_t>(20 + 6 * index);
        }
      }
    }
    return item;
  };
  PictureBank bank(std::move(people), kSmallNeural, 64);
  GeneratorConfig config = smallHeadConfig();
  config.triplane_size = config.superResolutionInput();  // as many w as the background network takes
  Generator generator(config, 1);
  prepareForWarmup(generator, kSmallBackground);
  const at::Tensor head_before = generator.store().at("backbone.synthesis.b4.const").clone();
  std::vector<double> losses;
  const BackgroundCodes codes = trainBackground(generator,
                                                bank,
                                                64 - kSmallBackground,
                                                {.codes = 3, .steps = 60, .batch = 8, .rate = 1e-2},
                                                [&](std::int64_t, double loss) { losses.push_back(loss); });
  ASSERT_EQ(losses.size(), 60U);
  EXPECT_LT(losses.back(), 0.4 * losses.front());
  EXPECT_EQ(codes.weight.sizes(), at::IntArrayRef({kSmallBackground, 3}));
  EXPECT_TRUE(at::equal(head_before, generator.store().at("backbone.synthesis.b4.const")));
  const at::NoGradGuard no_grad;
  const at::Tensor drawn = generator.background(at::zeros({1, generator.numWs(), 64}), {});
  EXPECT_EQ(drawn.narrow(1, 3, drawn.size(1) - 3).abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace panohead
