#include "core/training/training_options.h"

#include "core/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <set>

namespace panohead {
namespace {

using testing::HasSubstr;

TrainingOptions withData(TrainingOptions options) {
  options.data = "pictures.zip";
  options.masks = "masks.zip";
  return options;
}

// Another legal value than the present one.
void change(TrainingOptions& options, const OptionRow<TrainingOptions>& row) {
  std::visit(
      [&](auto member) {
        auto& value = options.*member;
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, bool>) {
          value = !value;
        } else if constexpr (std::is_same_v<Value, std::filesystem::path>) {
          value = "another/" + std::string(row.name);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          value = value == row.choices[0] ? row.choices[1] : row.choices[0];
        } else {
          value = static_cast<Value>(value == static_cast<Value>(row.high) ? row.low : row.high);
        }
      },
      row.member);
}

TEST(TrainingOptions, TableHasEveryMemberOnceWithHelpAndRange) {
  std::set<std::string> names;
  TrainingOptions all;
  for (const auto& row : trainingOptionTable()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_GT(std::strlen(row.help), 10U) << row.name;
    EXPECT_FALSE(std::string(row.help).ends_with('.')) << row.name;
    const bool is_number = row.member.index() >= 1 && row.member.index() <= 3;
    EXPECT_EQ(row.low < row.high, is_number) << row.name;
    EXPECT_EQ(row.choices.empty(), row.member.index() != 4) << row.name;
    // A second row of the same member would find it changed already.
    EXPECT_TRUE(sameOption(all, TrainingOptions{}, row)) << row.name;
    change(all, row);
    EXPECT_FALSE(sameOption(all, TrainingOptions{}, row)) << row.name;
  }
}

TEST(TrainingOptions, StructHasNoMemberThatTheTableLacks) {
  // Every byte of the struct belongs to a member of the table, apart from padding before larger members.
  std::size_t bytes = 0;
  for (const auto& row : trainingOptionTable()) {
    bytes += std::visit([](auto member) { return sizeof(TrainingOptions{}.*member); }, row.member);
  }
  EXPECT_LE(bytes, sizeof(TrainingOptions));
  EXPECT_LT(sizeof(TrainingOptions) - bytes, 64U);
}

TEST(TrainingOptions, DefaultsAreInsideTheirRanges) {
  EXPECT_NO_THROW(checkOptions(TrainingOptions{}, trainingOptionTable()));
}

TEST(TrainingOptions, JsonRoundTripOfDefaultsAndOfEverythingChanged) {
  TrainingOptions options;
  for (const bool changed : {false, true}) {
    for (const auto& row : trainingOptionTable()) {
      if (changed) {
        change(options, row);
      }
    }
    const TrainingOptions back = TrainingOptions::fromJson(options.toJson());
    for (const auto& row : trainingOptionTable()) {
      EXPECT_TRUE(sameOption(options, back, row)) << row.name;
    }
    EXPECT_EQ(back.toJson(), options.toJson());
  }
}

TEST(TrainingOptions, JsonWithUnknownNamesOrWrongValuesIsRefused) {
  EXPECT_THROW(TrainingOptions::fromJson(R"({"bach": 4})"), OptionError);
  EXPECT_THROW(TrainingOptions::fromJson(R"({"batch": "four"})"), OptionError);
  EXPECT_THROW(TrainingOptions::fromJson(R"({"batch": 0})"), OptionError);
  EXPECT_THROW(TrainingOptions::fromJson(R"({"discriminator": "v3"})"), OptionError);
  EXPECT_EQ(TrainingOptions::fromJson(R"({"batch": 4})").batch, 4);
}

TEST(TrainingOptions, JsonOfEarlierVersionsStillReads) {
  EXPECT_EQ(TrainingOptions::fromJson(R"({"batch": 4, "reconstruction": 0.0})").batch, 4);
}

TEST(TrainingOptions, PublishedSpellingsLeadToTheSameRows) {
  for (const auto& [published, ours] : {std::pair{"img_data", "data"},
                                        {"seg_data", "masks"},
                                        {"outdir", "out"},
                                        {"density_reg_every", "g_reg_interval"}}) {
    const auto* row = findOption(trainingOptionTable(), published);
    ASSERT_NE(row, nullptr) << published;
    EXPECT_STREQ(row->name, ours);
  }
}

TEST(TrainingOptions, DatasetGetsItsPart) {
  TrainingOptions options;
  options.data = "a";
  options.masks = "b";
  options.resolution = 256;
  options.mirror = true;
  options.yaw_min = -90;
  options.pitch_max = 30;
  options.back_repeat = 4;
  options.max_size = 10;
  options.seed = 7;
  const DatasetOptions dataset = options.dataset();
  EXPECT_EQ(dataset.data, "a");
  EXPECT_EQ(dataset.masks, "b");
  EXPECT_EQ(dataset.resolution, 256);
  EXPECT_TRUE(dataset.mirror);
  EXPECT_EQ(dataset.yaw_min, -90);
  EXPECT_EQ(dataset.yaw_max, 180);
  EXPECT_EQ(dataset.pitch_max, 30);
  EXPECT_EQ(dataset.back_repeat, 4);
  EXPECT_EQ(dataset.max_size, 10);
  EXPECT_EQ(dataset.seed, 7U);
}

TEST(TrainingPresets, PassTheCheckOnOneTwoAndFourRanks) {
  for (const std::string& name : trainingPresetNames()) {
    for (const int ranks : {1, 2, 4}) {
      if (name != "smoke" || ranks < 4) {  // a batch of four in groups of two
        EXPECT_NO_THROW(withData(trainingPreset(name)).check(ranks)) << name << " on " << ranks;
      }
    }
  }
}

TEST(TrainingOptions, AWarmUpOfTwoRanksMayShareFourPictures) {
  TrainingOptions options = withData(trainingPreset("heads-256"));
  options.batch = 4;
  EXPECT_THROW(options.check(2), OptionError);
  options.warmup = true;
  EXPECT_NO_THROW(options.check(2));
}

TEST(TrainingPresets, PublishedOneHasThePublishedFlags) {
  const TrainingOptions o = trainingPreset("published-512");
  EXPECT_EQ(o.resolution, 512);
  EXPECT_EQ(o.batch, 32);
  EXPECT_EQ(o.gamma, 1);
  EXPECT_EQ(o.gamma_seg, 1);
  EXPECT_TRUE(o.gen_pose_cond && o.mirror && o.use_torgb_raw);
  EXPECT_EQ(o.decoder_activation, "none");
  EXPECT_EQ(o.discriminator, "v2");
  EXPECT_EQ(o.bcg_reg_prob, 0.2);
  EXPECT_EQ(o.triplane_depth, 3);
  EXPECT_EQ(o.density_noise_fade_kimg, 200);
  EXPECT_EQ(o.density_reg, 0);
  EXPECT_EQ(o.back_repeat, 4);
  EXPECT_EQ(o.trans_reg, 10);
  EXPECT_EQ(o.gpc_reg_prob, 0.7);
}

TEST(TrainingPresets, UnknownNameListsThem) {
  try {
    trainingPreset("heads-64");
    FAIL();
  } catch (const OptionError& error) {
    EXPECT_THAT(error.what(), HasSubstr("heads-64"));
    EXPECT_THAT(error.hint(), HasSubstr("published-512, heads-256, heads-128, smoke"));
  }
}

struct Misfit {
  const char* name;
  std::function<void(TrainingOptions&)> spoil;
  int ranks;
  const char* option;  // that the message names
};

class TrainingMisfits : public testing::TestWithParam<Misfit> {};

TEST_P(TrainingMisfits, AreRefusedNamingTheOptionAndWhatToChoose) {
  TrainingOptions options = withData(trainingPreset("smoke"));
  GetParam().spoil(options);
  try {
    options.check(GetParam().ranks);
    FAIL();
  } catch (const OptionError& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().option));
    EXPECT_FALSE(error.hint().empty());
  }
}

using O = TrainingOptions;
INSTANTIATE_TEST_SUITE_P(
    Matrix,
    TrainingMisfits,
    testing::Values(
        Misfit{"NoData", [](O& o) { o.data.clear(); }, 1, "--data"},
        Misfit{"NoMasks", [](O& o) { o.masks.clear(); }, 1, "--masks"},
        Misfit{"EmptyYaw", [](O& o) { o.yaw_min = 90, o.yaw_max = 90; }, 1, "--yaw-min"},
        Misfit{"EmptyPitch", [](O& o) { o.pitch_min = 20, o.pitch_max = 10; }, 1, "--pitch-min"},
        Misfit{"BatchBelowRanks", [](O& o) { o.batch = 2; }, 4, "--batch"},
        Misfit{"BatchNotDivisible", [](O& o) { o.batch = 16; }, 3, "--batch"},
        Misfit{"BatchGpuTooLarge", [](O& o) { o.batch_gpu = 8; }, 1, "--batch-gpu"},
        Misfit{"BatchGpuNoDivisor", [](O& o) { o.batch_gpu = 3; }, 1, "--batch-gpu"},
        Misfit{"GroupAcrossRanks",
               [](O& o) { o.mbstd_group = 4; },
               2,
               "2 ranks: 2 pictures at once would split"},
        Misfit{"GroupAcrossRounds",
               [](O& o) {
                 o.batch_gpu = 2;
                 o.mbstd_group = 4;
               },
               1,
               "--batch-gpu: 2 pictures at once would split"},
        Misfit{"GroupAcrossBatch",
               [](O& o) {
                 o.batch = 6;
                 o.mbstd_group = 4;
               },
               1,
               "--mbstd-group"},
        Misfit{"Resolution", [](O& o) { o.resolution = 200; }, 1, "--resolution"},
        Misfit{"ResolutionTooSmall", [](O& o) { o.resolution = 32; }, 1, "--resolution"},
        Misfit{"PlaneNoPower", [](O& o) { o.triplane_size = 100; }, 1, "--triplane-size"},
        Misfit{"PlaneTooSmall", [](O& o) { o.triplane_size = 32; }, 1, "--triplane-size"},
        Misfit{"PlaneTooSmallFor256", [](O& o) { o.resolution = 256; }, 1, "--triplane-size"},
        Misfit{"Rays", [](O& o) { o.ray_end = o.ray_start; }, 1, "--ray-end"},
        Misfit{
            "NeuralShrinks", [](O& o) { o.neural_rendering_resolution_final = 16; }, 1, "resolution-final"},
        Misfit{"SwapNothing", [](O& o) { o.background = false; }, 1, "--bcg-reg-prob"},
        Misfit{"AttributesOfNobody", [](O& o) { o.attributes = "a.json"; }, 1, "--attributes"},
        Misfit{"WarmupOnAGpu", [](O& o) { o.warmup = true, o.device = "cuda"; }, 1, "--device cuda"},
        Misfit{"CodesWithoutWarmup", [](O& o) { o.warmup_codes_only = true; }, 1, "--warmup-codes-only"},
        Misfit{"TextureOfCodes",
               [](O& o) { o.warmup = o.warmup_codes_only = true, o.warmup_texture = 1; },
               1,
               "--warmup-texture"},
        Misfit{"NoAdversary", [](O& o) { o.warmup = true, o.reconstruction = 1; }, 1, "--reconstruction"},
        Misfit{"PeopleWithoutMasks",
               [](O& o) { o.masks.clear(), o.discriminator = "dual", o.reconstruction = 1; },
               1,
               "--reconstruction"},
        Misfit{"PeopleOfRandomNoise",
               [](O& o) { o.sr_noise_mode = "random", o.reconstruction = 1; },
               1,
               "--sr-noise-mode"},
        Misfit{"WarmupLater", [](O& o) { o.warmup = true, o.resume_kimg = 1; }, 1, "--resume-kimg"},
        Misfit{"SeenAlready", [](O& o) { o.resume_kimg = o.kimg; }, 1, "--resume-kimg"},
        Misfit{"OutOfRange", [](O& o) { o.glr = -1; }, 1, "--glr"},
        Misfit{"NotANumber", [](O& o) { o.gamma = std::nan(""); }, 1, "--gamma"}),
    [](const auto& info) { return info.param.name; });

TEST(TrainingOptions, SixtyFourPixelsDoWithASmallerTriGrid) {
  TrainingOptions options = withData(trainingPreset("smoke"));
  options.resolution = 64;
  options.triplane_size = 32;
  EXPECT_NO_THROW(options.check(1));
  options.triplane_size = 16;
  EXPECT_THROW(options.check(1), OptionError);
}

TEST(TrainingOptions, ADualDiscriminatorNeedsNoMasks) {
  TrainingOptions options = withData(trainingPreset("smoke"));
  options.masks.clear();
  options.discriminator = "dual";
  EXPECT_NO_THROW(options.check(1));
}

}  // namespace
}  // namespace panohead
