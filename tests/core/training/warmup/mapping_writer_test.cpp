#include "core/training/warmup/mapping_writer.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/warmup/person_codes.h"
#include "tests/core/training/warmup/small_heads.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

using namespace test;

constexpr std::int64_t kHead = 64 - kSmallBackground;

// People of three classes of unequal size, with the same spread in four directions.
struct MadeUpCodes {
  MadeUpCodes() {
    at::Generator random = at::detail::createCPUGenerator(1);
    means = at::randn({3, kHead}, random, at::kDouble);
    const at::Tensor basis = at::randn({4, kHead}, random, at::kDouble) * 0.3;
    for (int i = 0; i < 600; ++i) {
      classes.push_back(i < 300 ? 0 : i < 480 ? 1 : 2);
    }
    codes = means.index_select(0, at::tensor(classes, at::kLong)) +
            at::mm(at::randn({600, 4}, random, at::kDouble), basis);
  }
  at::Tensor means, codes;
  std::vector<int> classes;
};

at::Tensor activationsOf(const at::Tensor& w) {
  const at::Tensor x = w / std::sqrt(2.0);
  return at::where(x < 0, x / 0.2, x).to(at::kDouble);
}

TEST(MappingWriter, ReproducesMeanAndCovarianceOfTheCodes) {
  const at::NoGradGuard no_grad;
  const MadeUpCodes made;
  Generator generator(smallHeadConfig(), 1);
  const MappingReport report =
      writeMapping(generator, made.codes, made.classes, {}, {.noise_dims = 10, .spread = 1, .vary = 1});
  EXPECT_EQ(report.classes, 3);
  EXPECT_EQ(report.noise_dims, 4);
  EXPECT_NEAR(report.variance_kept, 1, 1e-9);
  at::Generator random = at::detail::createCPUGenerator(5);
  const at::Tensor z = at::randn({40000, 64}, random, at::kFloat);
  const at::Tensor y =
      activationsOf(generator.map(z, at::zeros({40000, 25})).select(1, 0).narrow(1, 0, kHead));
  const auto covariance = [](const at::Tensor& x) {
    const at::Tensor centred = x - x.mean(0, true);
    return at::mm(centred.t(), centred) / static_cast<double>(x.size(0));
  };
  EXPECT_LT((y.mean(0) - made.codes.mean(0)).abs().max().item<double>(), 0.05);
  const at::Tensor wanted = covariance(made.codes);
  EXPECT_LT(((covariance(y) - wanted).norm() / wanted.norm()).item<double>(), 0.06);
  EXPECT_TRUE(at::allclose(generator.store().at("backbone.mapping.w_avg"),
                           generator.map(z, at::zeros({40000, 25})).select(1, 0).mean(0),
                           0,
                           0.05));
}

TEST(MappingWriter, TheClassEntryPicksTheClassesByTheirShare) {
  const at::NoGradGuard no_grad;
  const MadeUpCodes made;
  Generator generator(smallHeadConfig(), 1);
  const MappingReport report =
      writeMapping(generator, made.codes, made.classes, {}, {.noise_dims = 4, .spread = 1, .vary = 0});
  at::Generator random = at::detail::createCPUGenerator(6);
  const at::Tensor z = at::randn({4000, 64}, random, at::kFloat);
  const at::Tensor y =
      activationsOf(generator.map(z, at::zeros({4000, 25})).select(1, 0).narrow(1, 0, kHead));
  at::Tensor middles = at::zeros({3, kHead}, at::kDouble);
  for (int k = 0; k < 3; ++k) {
    middles[k] =
        made.codes.index_select(0, at::nonzero(at::tensor(made.classes, at::kLong) == k).flatten()).mean(0);
  }
  const auto [distance, nearest] = at::cdist(y, middles).min(1);
  EXPECT_GT((distance < 1e-2).to(at::kDouble).mean().item<double>(), 0.9)
      << "all but the ramps are class means";
  const at::Tensor share = at::bincount(nearest, {}, 3).to(at::kDouble) / 4000.0;
  EXPECT_NEAR(share[0].item<double>(), 0.5, 0.03);
  EXPECT_NEAR(share[1].item<double>(), 0.3, 0.03);
  EXPECT_NEAR(share[2].item<double>(), 0.2, 0.03);
  EXPECT_GE(report.class_entry, 5);
}

TEST(MappingWriter, KeepsTheBackgroundThatItReadOff) {
  const at::NoGradGuard no_grad;
  const MadeUpCodes made;
  Generator generator(smallHeadConfig(), 1);
  at::Generator random = at::detail::createCPUGenerator(2);
  const BackgroundCodes background{at::randn({kSmallBackground, 5}, random, at::kDouble),
                                   at::randn({kSmallBackground}, random, at::kDouble)};
  writeMapping(generator, made.codes, made.classes, background, {.noise_dims = 6});
  const BackgroundCodes read = backgroundCodes(generator, kHead);
  ASSERT_EQ(read.weight.sizes(), background.weight.sizes());
  EXPECT_TRUE(at::allclose(read.weight, background.weight, 1e-3, 1e-3));
  EXPECT_TRUE(at::allclose(read.bias, background.bias, 1e-3, 1e-3));
}

TEST(MappingWriter, TheCameraHasNoInfluence) {
  const at::NoGradGuard no_grad;
  const MadeUpCodes made;
  Generator generator(smallHeadConfig(), 1);
  writeMapping(generator, made.codes, made.classes, {}, {.noise_dims = 6});
  const at::Tensor z = at::randn({3, 64});
  EXPECT_TRUE(at::equal(generator.map(z, at::zeros({3, 25})), generator.map(z, at::randn({3, 25}))));
}

TEST(MappingWriter, RefusesMoreClassesThanTheLayersHold) {
  const MadeUpCodes made;
  Generator generator(smallHeadConfig(), 1);
  std::vector<int> everyone(600);
  for (int i = 0; i < 600; ++i) {
    everyone[static_cast<std::size_t>(i)] = i;
  }
  EXPECT_THROW(writeMapping(generator, made.codes, everyone, {}, {}), CheckpointError);
}

TEST(PersonClasses, AreHairStyleMirroringAndSexWhereThereAreEnoughPeople) {
  std::string text = "{";
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("p" + std::to_string(100 + i));
    // Style b has 8 people, too few to be divided further.
    text += std::string(i == 0 ? "" : ", ") + "\"" + names.back() + "\": {\"sex\": \"" +
            (i % 2 == 0 ? "m" : "f") + "\", \"hair\": {\"style\": \"" + (i < 32 ? "a" : "b") +
            "\", \"mirrored\": " + (i % 4 < 2 ? "true" : "false") + "}}";
  }
  const AttributeTable table = flattenAttributes(text + "}", names, "made up");
  const std::vector<int> classes = classesOf(&table, at::zeros({40, 3}), 6);
  EXPECT_EQ(classes[0], classes[4]);
  EXPECT_NE(classes[0], classes[1]) << "sex";
  EXPECT_NE(classes[0], classes[2]) << "mirrored";
  EXPECT_EQ(classes[32], classes[39]) << "too few";
  EXPECT_NE(classes[0], classes[32]) << "style";
  EXPECT_EQ(1 + *std::max_element(classes.begin(), classes.end()), 5);
}

TEST(PersonClasses, AreClustersWithoutAttributes) {
  at::Generator random = at::detail::createCPUGenerator(3);
  at::Tensor codes = at::randn({200, 4}, random, at::kFloat) * 0.05;
  codes.narrow(0, 0, 100).add_(3);
  const std::vector<int> classes = classesOf(nullptr, codes, 20);
  for (int i = 0; i < 100; ++i) {
    for (int j = 100; j < 200; j += 7) {
      EXPECT_NE(classes[static_cast<std::size_t>(i)], classes[static_cast<std::size_t>(j)]);
    }
  }
}

}  // namespace
}  // namespace panohead
