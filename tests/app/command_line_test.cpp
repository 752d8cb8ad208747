#include "tests/support/places.h"
#include "tests/support/scoped_environment.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <tuple>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::vector<std::string> kCommands{"info",
                                         "convert",
                                         "render",
                                         "video",
                                         "shape",
                                         "views",
                                         "doctor",
                                         "dataset",
                                         "align",
                                         "bench",
                                         "metrics",
                                         "invert",
                                         "train",
                                         "completion"};

TEST(CommandLine, HelpNamesEveryCommand) {
  const ProcessResult result = studio({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  for (const std::string& command : kCommands) {
    EXPECT_THAT(result.output, HasSubstr("\n  " + command + " "));
  }
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(CommandLine, EveryCommandHasHelpWithExamples) {
  for (const std::string& command : kCommands) {
    const ProcessResult result = studio({command, "--help"});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.output, HasSubstr("Examples:\n  panohead-studio " + command)) << command;
    EXPECT_THAT(result.output, Not(HasSubstr(" \n"))) << command;
    EXPECT_THAT(result.output, Not(testing::ContainsRegex("--out [^ \n]+/[^ \n]+[.]")))
        << command << ": an example wants a folder that a fresh place has not";
  }
}

TEST(CommandLine, AMistypedCommandIsNamed) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"rendr"}, {"rendr", "--seeds", "0"}, {"rendr", "pictures", "-q"}}) {
    const ProcessResult result = studio(words);
    EXPECT_NE(result.exit_code, 0);
    EXPECT_THAT(result.errors, HasSubstr("neither a command nor a file 'rendr'"));
  }
}

TEST(CommandLine, VersionIsPrinted) {
  const ProcessResult result = studio({"--version"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, testing::MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

/// What would be passed over is told: a measure would be of something else than was asked for.
TEST(CommandLine, WordsOfTheEnvironmentThatMeanNothingAreRefused) {
  const test::ScratchFolder scratch;
  const auto convert = [&] {
    return studio({"convert", test::firstModelFile().string(), (scratch / "a.safetensors").string()});
  };
  for (const auto& [name, wrong, right] :
       {std::tuple{"PANOHEAD_SIMD", "avx3", "portable"}, {"PANOHEAD_PRECISION", "float32", "fp32"}}) {
    const test::ScopedEnvironment set(name, wrong);
    const ProcessResult result = convert();
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.errors, AllOf(HasSubstr(name), HasSubstr(wrong), HasSubstr(right)));
    EXPECT_EQ(studio({"--help"}).exit_code, 0);
    const test::ScopedEnvironment correct(name, right);
    EXPECT_EQ(convert().exit_code, 0);
    const test::ScopedEnvironment empty(name, "");
    EXPECT_EQ(convert().exit_code, 0);
  }
}

struct WrongUse {
  std::string name;
  std::vector<std::string> arguments;
  std::string message;  // part of it
};

void PrintTo(const WrongUse& wrong, std::ostream* stream) { *stream << wrong.name; }

class WrongUses : public testing::TestWithParam<WrongUse> {};

TEST_P(WrongUses, GiveOneMessageAHintAndExitCodeTwo) {
  const test::ScratchFolder scratch;
  std::vector<std::string> arguments = GetParam().arguments;
  for (std::string& argument : arguments) {
    if (argument.starts_with("OUT")) {
      argument = (scratch / ("out" + argument.substr(3))).string();
    }
  }
  const ProcessResult result = studio(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.errors,
              AllOf(StartsWith("panohead-studio: "), HasSubstr(GetParam().message), HasSubstr("\n  ")));
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 2) << result.errors;
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_THAT(scratch.names(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    WrongUses,
    testing::Values(
        WrongUse{"UnknownCommand", {"rendr"}, "'rendr'"},
        WrongUse{"UnknownOption", {"info", "x", "--colour"}, "--colour"},
        WrongUse{"NoSeeds", {"render", "--out", "OUT"}, "--seeds"},
        WrongUse{"NoPhoto", {"invert", "--out", "OUT"}, "PHOTO"},
        WrongUse{"PhotoWithoutOut", {"invert", "x.jpg"}, "--out"},
        WrongUse{"FitSetting", {"invert", "x.jpg", "--out", "OUT", "--set", "colour=3"}, "colour=3"},
        WrongUse{"FitSettingRange",
                 {"invert", "x.jpg", "--out", "OUT", "--set", "latent_steps=-3"},
                 "latent_steps"},
        WrongUse{"FitWithoutSteps",
                 {"invert", "x.jpg", "--out", "OUT", "--set", "latent_steps=0", "--set", "tuning_steps=0"},
                 "studio: latent_steps and tuning_steps are both 0"},
        WrongUse{"AvatarSuffix", {"invert", "x.jpg", "--out", "OUT.txt"}, "end it in .avatar"},
        WrongUse{"ThumbnailSuffix", {"info", "x", "--thumbnail", "OUT.txt"}, "end it in .png"},
        WrongUse{"HistogramSuffix",
                 {"dataset", "check", "--data", "x", "--histogram", "OUT.json"},
                 "end it in .png"},
        WrongUse{"SheetSuffix", {"dataset", "check", "--data", "x", "--sheet", "OUT"}, "end it in .png"},
        WrongUse{"DoctorSheetSuffix", {"doctor", "--seeds", "0", "--sheet", "OUT.jpg"}, "end it in .png"},
        WrongUse{"ResumedFitThatIsNone",
                 {"invert", "x.jpg", "--resume", "--out", "OUT.avatar"},
                 "out.avatar.fit'"},
        WrongUse{
            "SquareOfTwo", {"invert", "x.jpg", "y.jpg", "--out", "OUT", "--square", "1,2,300"}, "--square"},
        WrongUse{"SquareShort", {"invert", "x.jpg", "--out", "OUT", "--square", "1,2"}, "--square"},
        WrongUse{"FitBackground", {"invert", "x.jpg", "--out", "OUT", "--background", "beach"}, "beach"},
        WrongUse{
            "MasksOfPhotos", {"invert", "x.jpg", "--out", "OUT", "--mask", "a", "--mask", "b"}, "2 masks"},
        WrongUse{"NoOut", {"render", "--seeds", "1"}, "--out"},
        WrongUse{"NegativeSeed", {"render", "--seeds", "-3", "--out", "OUT"}, "'-3'"},
        WrongUse{"BackwardSeeds", {"render", "--seeds", "7-3", "--out", "OUT"}, "backwards"},
        WrongUse{"SeedTooLarge", {"render", "--seeds", "4294967296", "--out", "OUT"}, "4294967296"},
        WrongUse{"TooManySeeds", {"render", "--seeds", "0-4294967295", "--out", "OUT"}, "more than"},
        WrongUse{"SeedsOverflow", {"render", "--seeds", "0-99999999999999999999", "--out", "OUT"}, "--seeds"},
        WrongUse{"SeedsNonsense", {"render", "--seeds", "many", "--out", "OUT"}, "'many'"},
        WrongUse{"YawNotFinite", {"render", "--seeds", "0", "--yaw", "nan", "--out", "OUT"}, "--yaw"},
        WrongUse{"PitchOverhead", {"render", "--seeds", "0", "--pitch", "90", "--out", "OUT"}, "--pitch"},
        WrongUse{"PsiTooLarge", {"render", "--seeds", "0", "--psi", "9", "--out", "OUT"}, "--psi"},
        WrongUse{"FovZero", {"render", "--seeds", "0", "--fov", "0", "--out", "OUT"}, "--fov"},
        WrongUse{"ResolutionTooLarge",
                 {"render", "--seeds", "0", "--resolution", "4096", "--out", "OUT"},
                 "--resolution"},
        WrongUse{"ResolutionTooSmall",
                 {"render", "--seeds", "0", "--resolution", "3", "--out", "OUT"},
                 "--resolution: 3 is neither 0 nor from 8 to 512"},
        WrongUse{"ResolutionOfMetricsTooSmall", {"metrics", "--resolution", "7"}, "--resolution: 7"},
        WrongUse{"TrianglesTooFew",
                 {"shape", "--seeds", "0", "--triangles", "1", "--out", "OUT.glb"},
                 "--triangles: 1"},
        WrongUse{"BackgroundThatIsNoFile",
                 {"render", "--seeds", "0", "--background", "wall.png", "--out", "OUT"},
                 "'wall.png' is no background, and there is no such file"},
        WrongUse{"Samples", {"render", "--seeds", "0", "--samples", "48+x", "--out", "OUT"}, "--samples"},
        WrongUse{
            "Background", {"render", "--seeds", "0", "--background", "mauve", "--out", "OUT"}, "'mauve'"},
        WrongUse{"Mode", {"render", "--seeds", "0", "--mode", "smells", "--out", "OUT"}, "--mode"},
        WrongUse{"Threads", {"render", "--seeds", "0", "--threads", "-1", "--out", "OUT"}, "--threads"},
        WrongUse{"FilmWithoutBackground",
                 {"video", "--seeds", "0", "--background", "none", "--out", "OUT.mp4"},
                 "transparency"},
        WrongUse{"InterpolateOneHead",
                 {"video", "--kind", "interpolate", "--seeds", "0", "--out", "OUT"},
                 "at least two"},
        WrongUse{"GridDoesNotFit", {"video", "--kind", "grid", "--seeds", "0-2", "--out", "OUT"}, "2 x 2"},
        WrongUse{"GridNonsense",
                 {"video", "--kind", "grid", "--grid", "4", "--seeds", "0", "--out", "OUT"},
                 "--grid"},
        WrongUse{"GridOfAnOrbit", {"video", "--grid", "4x4", "--seeds", "0", "--out", "OUT"}, "--grid"},
        WrongUse{"OpenOrbit", {"video", "--open", "--seeds", "0,1", "--out", "OUT"}, "--open"},
        WrongUse{"OpenGridOfStills",
                 {"video", "--kind", "grid", "--open", "--seeds", "0-3", "--out", "OUT"},
                 "--open"},
        WrongUse{"EmptyModel", {"render", "--model", "", "--seeds", "0", "--out", "OUT"}, "--model"},
        WrongUse{"EmptyModelOfBench", {"bench", "--model", ""}, "--model"},
        WrongUse{"EmptyModelOfAComparison", {"bench", "--compare", ""}, "MODEL"},
        WrongUse{"TwoModelsOfBench", {"bench", "a.pkl", "--model", "b.pkl"}, "--model"},
        WrongUse{"ViewsWithoutComparison", {"bench", "--views", "3"}, "--views"},
        WrongUse{"RepeatsOfAComparison", {"bench", "--compare", "--repeats", "3"}, "--repeats"},
        WrongUse{"EmptyOut", {"render", "--seeds", "0", "--out", ""}, "--out"},
        WrongUse{"EmptyFile", {"info", ""}, "FILE"},
        WrongUse{"EmptyModelOfTheWindow", {""}, "MODEL"},
        WrongUse{"FramesPerSecond", {"video", "--seeds", "0", "--fps", "0", "--out", "OUT"}, "--fps"},
        WrongUse{"FilmSuffix", {"video", "--seeds", "0", "--out", "film.avi"}, "film.avi"},
        WrongUse{"ConvertSuffix", {"convert", "a.pkl", "b.pkl"}, ".safetensors"},
        WrongUse{"UnknownShell", {"completion", "tcsh"}, "tcsh"},
        WrongUse{"UnknownDevice", {"render", "--seeds", "0", "--device", "gpu", "--out", "x"}, "--device"},
        WrongUse{"DeviceOfTheWindow", {"--device", "cpu", "bench"}, "--device"},
        WrongUse{"BenchResolution", {"bench", "--resolution", "1"}, "--resolution"}),
    [](const auto& info) { return info.param.name; });

class Completions : public testing::TestWithParam<std::string> {};

TEST_P(Completions, NameEveryCommandAndItsOptions) {
  const ProcessResult result = studio({"completion", GetParam()});
  EXPECT_EQ(result.exit_code, 0);
  for (const std::string& command : kCommands) {
    EXPECT_THAT(result.output, HasSubstr(command));
  }
  for (const char* option : {"seeds", "background", "half", "grid", "repeats"}) {
    EXPECT_THAT(result.output, HasSubstr(option));
  }
  EXPECT_THAT(result.output, HasSubstr("picture raw depth mask"));
}

INSTANTIATE_TEST_SUITE_P(Shells, Completions, testing::Values("bash", "zsh", "fish"));

TEST(Completions, BashOffersTheChoicesOfAnOption) {
  const test::ScratchFolder scratch;
  const std::filesystem::path script = scratch / "script";
  std::ofstream(script) << studio({"completion", "bash"}).output << R"(
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _panohead_studio; echo "${COMPREPLY[@]}"; }
cd /
try panohead-studio re
try panohead-studio render --mode ''
try panohead-studio video --se
)";
  const ProcessResult result = test::runProcess({"/bin/bash", script.string()});
  EXPECT_EQ(result.output, "render\npicture raw depth mask normals\n--seeds\n");
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST(CommandLine, FullDiskBehindStandardOutputIsAFailure) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "this system has no /dev/full";
  }
  const ProcessResult result = studio({"completion", "bash"}, {.output_file = "/dev/full"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("standard output"));
}

/// @param behind the command, in the shell's words
int exitCodeOf(const std::string& command, const std::string& behind) {
  return test::runProcess({"/bin/sh", "-c", "'" + test::studioProgram() + "' " + command + " " + behind})
      .exit_code;
}

TEST(CommandLine, StandardErrorThatCannotBeWrittenEndsNothing) {
  const test::ScratchFolder scratch;
  const std::string missing = "info '" + (scratch / "none.pkl").string() + "'";
  const std::string wrong = "render --no-such-option";
  for (const char* behind : {"2>/dev/full", "2>&-"}) {
    EXPECT_EQ(exitCodeOf(missing, behind), 1) << behind;
    EXPECT_EQ(exitCodeOf(wrong, behind), 2) << behind;
    const std::string file = scratch / "seed.safetensors";
    EXPECT_EQ(exitCodeOf("convert '" + test::firstModelFile().string() + "' '" + file + "'", behind), 0)
        << behind;
    EXPECT_TRUE(std::filesystem::remove(file)) << behind;
  }
}

TEST(CommandLine, WhoStopsReadingStandardOutputEndsItByTheUsualSignal) {
  const std::string script =
      "exec 3> >(true); sleep 1; '" + test::studioProgram() + "' completion bash >&3; echo $?";
  const ProcessResult result = test::runProcess({"/bin/bash", "-c", script});
  EXPECT_EQ(result.output, "141\n");
}

}  // namespace
}  // namespace panohead
