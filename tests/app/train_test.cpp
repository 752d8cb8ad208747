#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include <fstream>

namespace panohead {
namespace {

using Json = nlohmann::json;
using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// What `train ARGUMENTS` would train with.
Json optionsOf(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "train");
  arguments.emplace_back("--print-options");
  const ProcessResult result = studio(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  return Json::parse(result.output, nullptr, false);
}

std::string flagOf(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return "--" + name;
}

/// Another value that the option may have, for most options.
Json changed(const std::string& name, const Json& value) {
  static const std::map<std::string, Json> special{{"decoder_activation", "lrelu"},
                                                   {"sr_noise_mode", "random"},
                                                   {"discriminator", "dual"},
                                                   {"reg_type", "monotonic-fixed"},
                                                   {"noise_mode", "const"},
                                                   {"device", "cpu"},
                                                   {"precision", "bf16"},
                                                   {"metrics", "heads"},
                                                   {"resolution", 256},
                                                   {"yaw_max", 90.0},
                                                   {"pitch_max", 45.0},
                                                   {"style_mixing_prob", 0.5}};
  if (const auto found = special.find(name); found != special.end()) {
    return found->second;
  }
  if (value.is_boolean()) {
    return !value.get<bool>();
  }
  if (value.is_string()) {
    return "some/" + name;
  }
  if (value.is_number_integer()) {
    return value.get<std::int64_t>() + 1;
  }
  const double number = value.get<double>();
  return number == 0 ? 0.125 : number / 2;
}

std::string textOf(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

TEST(TrainOptions, EveryOptionIsReachedInBothSpellings) {
  const Json defaults = optionsOf({});
  ASSERT_TRUE(defaults.is_object());
  ASSERT_GT(defaults.size(), 60U);
  for (const bool underscores : {false, true}) {
    std::vector<std::string> arguments;
    Json expected = defaults;
    for (const auto& [name, value] : defaults.items()) {
      expected[name] = changed(name, value);
      ASSERT_NE(expected[name], value) << name;
      arguments.push_back(underscores ? "--" + name : flagOf(name));
      arguments.push_back(textOf(expected[name]));
    }
    EXPECT_EQ(optionsOf(arguments), expected);
  }
}

TEST(TrainOptions, HelpExplainsEveryOption) {
  const std::string help = studio({"train", "--help"}).output;
  const Json options = optionsOf({});
  ASSERT_GT(options.size(), 60U);
  for (const auto& [name, value] : options.items()) {
    EXPECT_THAT(help, AnyOf(HasSubstr("  " + flagOf(name) + " "), HasSubstr("  " + flagOf(name) + ",")));
  }
  for (const char* group : {"Data:", "Generator:", "Discriminator:", "Losses and schedules:", "Warm-up:"}) {
    EXPECT_THAT(help, HasSubstr(group));
  }
}

TEST(TrainOptions, PresetComesFirstWhateverTheOrder) {
  const Json smoke = optionsOf({"--preset", "smoke"});
  EXPECT_EQ(smoke["cmax"], 32);
  for (const Json& options :
       {optionsOf({"--cmax", "64", "--preset", "smoke"}), optionsOf({"--preset", "smoke", "--cmax", "64"})}) {
    EXPECT_EQ(options["cmax"], 64);
    EXPECT_EQ(options["cbase"], smoke["cbase"]);
  }
}

TEST(TrainOptions, SwitchesTakeAValueOrNone) {
  for (const auto& [arguments, mirror] : std::vector<std::pair<std::vector<std::string>, bool>>{
           {{"--mirror"}, true},
           {{"--mirror", "1"}, true},
           {{"--mirror=True"}, true},
           {{"--mirror", "--batch", "8"}, true},
           {{"--preset", "smoke", "--mirror", "false"}, false},
           {{"--preset", "smoke", "--mirror=0"}, false}}) {
    EXPECT_EQ(optionsOf(arguments)["mirror"], mirror) << testing::PrintToString(arguments);
  }
}

TEST(TrainOptions, ThePublishedCommandMeansThePublishedPreset) {
  Json expected = optionsOf({"--preset", "published-512"});
  expected["metrics"] = "none";  // measures at snapshots are the preset's own addition
  expected["data"] = "img.zip";
  expected["masks"] = "seg.zip";
  expected["out"] = "runs";
  const Json options = optionsOf({"--outdir",
                                  "runs",
                                  "--img_data",
                                  "img.zip",
                                  "--seg_data",
                                  "seg.zip",
                                  "--cfg=ffhq",
                                  "--batch=32",
                                  "--gpus",
                                  "1",
                                  "--gamma=1",
                                  "--gamma_seg=1",
                                  "--gen_pose_cond",
                                  "True",
                                  "--mirror=1",
                                  "--use_torgb_raw=1",
                                  "--decoder_activation",
                                  "none",
                                  "--disc_module",
                                  "MaskDualDiscriminatorV2",
                                  "--bcg_reg_prob",
                                  "0.2",
                                  "--triplane_depth",
                                  "3",
                                  "--density_noise_fade_kimg",
                                  "200",
                                  "--density_reg",
                                  "0",
                                  "--min_yaw",
                                  "0",
                                  "--max_yaw",
                                  "180",
                                  "--back_repeat",
                                  "4",
                                  "--trans_reg",
                                  "10",
                                  "--gpc_reg_prob",
                                  "0.7",
                                  "--resolution",
                                  "512"});
  EXPECT_EQ(options, expected);
}

TEST(TrainOptions, PublishedFlagsThatHaveOneSettingHereTakeTheirPublishedDefaults) {
  const Json options = optionsOf({"--p=0.2",
                                  "--target=0.6",
                                  "--c-noise=0",
                                  "--g_architecture=skip",
                                  "--nobench=False",
                                  "--sr-module=None",
                                  "--sr_first_cutoff=2",
                                  "--sr_first_stopband=4.2871",
                                  "--seg_resolution=128",
                                  "--seg_channels=1",
                                  "--g_num_fp16_res=0",
                                  "--aug=noaug"});
  EXPECT_EQ(options, optionsOf({}));
}

TEST(TrainOptions, PrintedOptionsReadBack) {
  const test::ScratchFolder scratch;
  const Json options = optionsOf({"--preset", "heads-128", "--gamma", "3", "--data", "a b.zip"});
  std::ofstream(scratch / "mine.json") << options;
  EXPECT_EQ(optionsOf({"--options", (scratch / "mine.json").string()}), options);
  EXPECT_EQ(optionsOf({"--options", (scratch / "mine.json").string(), "--gamma", "4"})["gamma"], 4);
}

TEST(TrainOptions, AFileThatNobodyWritesIsNotWaitedFor) {
  const test::ScratchFolder scratch;
  ASSERT_EQ(mkfifo((scratch / "pipe").c_str(), 0600), 0);
  const test::ProcessResult result =
      test::studio({"train", "--options", (scratch / "pipe").string(), "--print-options"},
                   {.timeout = std::chrono::seconds(30)});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, testing::HasSubstr("not a regular file"));
}

TEST(TrainOptions, ARunFolderBringsItsOwn) {
  const test::ScratchFolder scratch;
  const std::string out = scratch.path().string();
  std::ofstream(scratch / "training_options.json")
      << optionsOf({"--preset", "smoke", "--out", out, "--gamma", "3"});
  const Json options = optionsOf({"--out", out, "--kimg", "9"});
  EXPECT_EQ(options["gamma"], 3);
  EXPECT_EQ(options["cmax"], 32);
  EXPECT_EQ(options["kimg"], 9);
  EXPECT_EQ(optionsOf({"--out", out, "--preset", "heads-256"})["gamma"], 1);
}

struct WrongTraining {
  const char* name;
  std::vector<std::string> arguments;
  const char* message;
};

void PrintTo(const WrongTraining& wrong, std::ostream* stream) { *stream << wrong.name; }

class WrongTrainings : public testing::TestWithParam<WrongTraining> {};

TEST_P(WrongTrainings, GiveOneMessageAHintAndExitCodeTwo) {
  const test::ScratchFolder scratch;
  std::vector<std::string> arguments{"train", "--out", (scratch / "run").string()};
  arguments.insert(arguments.end(), GetParam().arguments.begin(), GetParam().arguments.end());
  const ProcessResult result = studio(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors, AllOf(HasSubstr("panohead-studio: "), HasSubstr(GetParam().message)));
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 2) << result.errors;
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_THAT(scratch.names(), IsEmpty());
}

/// A warm-up that would begin, with more options.
std::vector<std::string> warmup(const std::vector<std::string>& more) {
  std::vector<std::string> all{"--preset", "smoke", "--data", "a.zip", "--masks", "b.zip", "--warmup"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    WrongTrainings,
    testing::Values(
        WrongTraining{"Preset", {"--preset", "heads-64"}, "heads-64"},
        WrongTraining{"Number", {"--batch", "many"}, "--batch"},
        WrongTraining{"Range", {"--glr", "-1"}, "--glr"},
        WrongTraining{"Choice", {"--discriminator", "v3"}, "--discriminator"},
        WrongTraining{"Switch", {"--mirror", "perhaps"}, "--mirror"},
        WrongTraining{"EmptyPath", {"--data", ""}, "--data"},
        WrongTraining{"TwoStarts", {"--preset", "smoke", "--options", "a.json"}, "--options"},
        WrongTraining{"MissingOptions", {"--options", "missing.json"}, "missing.json"},
        WrongTraining{"Gpus", {"--gpus", "8"}, "mpirun"},
        WrongTraining{"Augmentation", {"--aug", "ada"}, "--aug"},
        WrongTraining{"Unconditional", {"--cond", "False"}, "--cond"},
        WrongTraining{"LabelNoise", {"--c-noise", "0.1"}, "no noise"},
        WrongTraining{"OtherModule", {"--sr_module", "Mine"}, "--resolution decides"},
        WrongTraining{"NoBench", {"--nobench", "True"}, "cuDNN"},
        WrongTraining{"MaskChannels", {"--seg_channels", "3"}, "one channel"},
        WrongTraining{"TotalVariation", {"--reg_type", "total-variation"}, "--reg-type"},
        WrongTraining{"NoiseMode", {"--noise-mode", "none"}, "--noise-mode"},
        WrongTraining{"WarmupOnAGpu", warmup({"--device", "cuda"}), "--device cuda: the warm-up"},
        WrongTraining{"OtherShapes", {"--cfg", "shapenet"}, "--cfg"},
        WrongTraining{"TwoPrecisions", {"--sr_num_fp16_res", "2", "--d_num_fp16_res", "4"}, "--num-fp16-res"},
        WrongTraining{"UnknownClass", {"--disc_module", "Mine"}, "Mine"},
        WrongTraining{"SmallestYaw", {"--min_yaw", "30"}, "--min-yaw"},
        WrongTraining{"PlanRanks", {"--plan-ranks", "1,2.5", "--dry-run"}, "--plan-ranks"},
        WrongTraining{"Link", {"--link-gbit", "0", "--dry-run"}, "--link-gbit"},
        WrongTraining{"NoData", {"--preset", "smoke"}, "--data"},
        WrongTraining{"NoMasks", {"--preset", "smoke", "--data", "a.zip"}, "--masks"},
        WrongTraining{"UnknownOption", {"--kimgs", "3"}, "--kimgs"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(TrainJson, ErrorsAreEventsToo) {
  const ProcessResult result = studio({"train", "--preset", "smoke", "--json"});
  EXPECT_EQ(result.exit_code, 2);
  const Json event = Json::parse(result.output.substr(result.output.rfind("{\"event\":\"error\"")));
  EXPECT_THAT(event["message"].get<std::string>(), HasSubstr("--data"));
  EXPECT_FALSE(event["hint"].get<std::string>().empty());
}

}  // namespace
}  // namespace panohead
