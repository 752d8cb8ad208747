// What a network file's zeros keep from learning.
#include "core/training/wake_camera.h"

#include "core/base/camera.h"
#include "core/checkpoint/checkpoint.h"
#include "core/generator/generator_copy.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "tests/support/places.h"
#include "tests/support/small_config.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

at::Tensor labels() {
  const CameraLabel front = orbitLabel({.yaw_degrees = 20});
  const CameraLabel back = orbitLabel({.yaw_degrees = 200});
  return at::stack({at::from_blob(const_cast<float*>(front.data()), {25}).clone(),
                    at::from_blob(const_cast<float*>(back.data()), {25}).clone()});
}

at::Tensor cameraColumns(const Generator& generator) {
  const GeneratorConfig& config = generator.config();
  return generator.store().at("backbone.mapping.fc0.weight").narrow(1, config.z_dim, config.w_dim);
}

bool isZero(const at::Tensor& t) { return !t.any().item<bool>(); }

TEST(WakeCamera, TheModelThatShipsDrawsTheSameBits) {
  const at::NoGradGuard no_grad;
  SilentContext context;
  const Checkpoint file = openCheckpoint(test::firstModelFile(), context);
  const Generator asleep = loadGenerator(file.network());
  const Generator awake = copyOf(asleep, at::kCPU);
  ASSERT_TRUE(isZero(asleep.store().at("backbone.mapping.embed.weight")));
  EXPECT_THAT(wakeCamera(awake.store()),
              UnorderedElementsAre(
                  "backbone.mapping.embed.weight", "t_mapping.embed.weight", "t_mapping.fc0.weight"));
  for (const char* name : {"backbone.mapping.embed.weight", "t_mapping.fc0.weight"}) {
    EXPECT_NEAR(awake.store().at(name).std().item<double>(), 1, 0.1) << name;
  }

  at::Generator random = at::detail::createCPUGenerator(1);
  const at::Tensor z = at::randn({2, asleep.config().z_dim}, random, at::kFloat);
  const at::Tensor c = labels();
  const at::Tensor w = asleep.map(z, c);
  EXPECT_TRUE(at::equal(awake.map(z, c), w));
  const at::Tensor moved = asleep.adjustCamera(z, c);
  EXPECT_TRUE(at::equal(awake.adjustCamera(z, c), moved));
  const SynthesisSettings settings = asleep.defaultSettings();
  const SynthesisOutput before = asleep.synthesize(w, moved, settings);
  const SynthesisOutput after = awake.synthesize(awake.map(z, c), awake.adjustCamera(z, c), settings);
  EXPECT_TRUE(at::equal(after.image, before.image));
  EXPECT_TRUE(at::equal(after.mask, before.mask));
}

TEST(WakeCamera, GivesEveryNetworkTheSameNumbersOnce) {
  const at::NoGradGuard no_grad;
  const Generator a(test::smallConfig(), 1);
  const Generator b(test::smallConfig(), 2);
  for (const Generator* generator : {&a, &b}) {
    generator->store().at("backbone.mapping.embed.weight").zero_();
    cameraColumns(*generator).zero_();
    EXPECT_THAT(wakeCamera(generator->store()), ElementsAre("backbone.mapping.embed.weight"));
    EXPECT_TRUE(isZero(cameraColumns(*generator))) << "else the camera would change the pictures";
    EXPECT_THAT(wakeCamera(generator->store()), IsEmpty());
  }
  EXPECT_TRUE(at::equal(a.store().at("backbone.mapping.embed.weight"),
                        b.store().at("backbone.mapping.embed.weight")));
}

TEST(WakeCamera, LeavesNetworksAloneThatCanLearn) {
  const at::NoGradGuard no_grad;
  const Generator new_one(test::smallConfig(), 1);
  EXPECT_THAT(wakeCamera(new_one.store()), IsEmpty());
  const Generator embedding_zero(test::smallConfig(), 1);
  embedding_zero.store().at("backbone.mapping.embed.weight").zero_();
  embedding_zero.store().at("t_mapping.embed.weight").zero_();
  EXPECT_THAT(wakeCamera(embedding_zero.store()), IsEmpty()) << "filling them would change the pictures";
  const Generator columns_zero(test::smallConfig(), 1);
  cameraColumns(columns_zero).zero_();
  columns_zero.store().at("t_mapping.fc1.weight").zero_();
  EXPECT_THAT(wakeCamera(columns_zero.store()), IsEmpty());
  GeneratorConfig fixed_camera = test::smallConfig();
  fixed_camera.camera_adjustment = false;
  EXPECT_THAT(wakeCamera(Generator(fixed_camera, 1).store()), IsEmpty());
}

}  // namespace
}  // namespace panohead
