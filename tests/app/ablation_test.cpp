// tests/bench/ablation.sh: what it would run, and, with a stand-in for the program, that it goes on and does
// nothing twice, and what its table holds.
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace panohead {
namespace {

using test::ProcessResult;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string textOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> linesOf(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

class Ablation : public ::testing::Test {
 protected:
  ProcessResult ablation(const std::vector<std::string>& more) const {
    std::vector<std::string> command{"/bin/bash",
                                     test::sourceFolder() / "tests/bench/ablation.sh",
                                     "--data",
                                     scratch_ / "some img.zip",
                                     "--masks",
                                     scratch_ / "seg.zip",
                                     "--out",
                                     scratch_ / "out"};
    command.insert(command.end(), more.begin(), more.end());
    return test::runProcess(command);
  }

  /// A stand-in that writes what train and metrics would, and a line of calls.txt for each call: the number
  /// that a metric has is made from the run's name and the judge's.
  std::string standIn() const {
    const std::filesystem::path path = scratch_ / "stand_in";
    std::ofstream(path) << R"sh(#!/bin/bash
set -e
here=$(dirname "$0")
command=$1
while (($#)); do
  case $1 in
    --out) out=$2 ;;
    --model) model=$2 ;;
    --features) features=$2 ;;
  esac
  shift
done
if [[ $command == train ]]; then
  echo "train $(basename "$out")" >>"$here/calls.txt"
  [[ ! -f $here/fail ]] || exit 1
  mkdir -p "$out"
  touch "$out/network-snapshot-000001.safetensors"
  for seconds in 9 2 3; do echo "{\"Timing/sec_per_kimg\": {\"num\": 1, \"mean\": $seconds, \"std\": 0}}"; done >"$out/stats.jsonl"
else
  [[ -f $model && ( -z ${features-} || -f $features ) ]]
  run=$(basename "$(dirname "$model")")
  echo "metrics $run" >>"$here/calls.txt"
  base=${run##*-}
  [[ ${features-} != *judge-none* ]] || base=$((base + 100))
  cat >"$out" <<END
{
  "values": {
    "fid_features.all": {
      "value": $((base + 1)),
      "error": null
    },
    "fid_features.front": {
      "value": null,
      "error": null
    },
    "mirrored_face.score": {
      "value": -0.5,
      "error": 0.1
    }
  }
}
END
fi
)sh";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  std::vector<std::string> calls() const {
    std::vector<std::string> lines = linesOf(textOf(scratch_ / "calls.txt"));
    std::filesystem::remove(scratch_ / "calls.txt");
    return lines;
  }

  test::ScratchFolder scratch_;
};

TEST_F(Ablation, ItsRunsDifferInOnePartEachAndTrainTakesTheirOptions) {
  const ProcessResult listed =
      ablation({"--list", "--program", test::studioProgram(), "--preset", "smoke", "--", "--batch", "8"});
  ASSERT_EQ(listed.exit_code, 0) << listed.errors;
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "out"));
  std::map<std::string, nlohmann::json> runs;
  int metrics = 0;
  for (const std::string& line : linesOf(listed.output)) {
    if (line.find(" train ") == std::string::npos) {
      EXPECT_THAT(line, HasSubstr(" metrics --model "));
      ++metrics;
      continue;
    }
    const ProcessResult options = test::runProcess({"/bin/bash", "-c", line + " --print-options"});
    ASSERT_EQ(options.exit_code, 0) << line << options.errors;
    const nlohmann::json json = nlohmann::json::parse(options.output);
    EXPECT_EQ(json.at("data"), (scratch_ / "some img.zip").string());
    EXPECT_EQ(json.at("batch"), 8);
    runs[std::filesystem::path(json.at("out").get<std::string>()).filename()] = json;
  }
  EXPECT_EQ(metrics, 5 * 3);
  const auto differences = [&](const std::string& run) {
    std::vector<std::string> names;
    for (const auto& [name, value] : runs.at("full-0").items()) {
      if (name != "out" && value != runs.at(run).at(name)) {
        names.push_back(name);
      }
    }
    return names;
  };
  ASSERT_EQ(runs.size(), 7U);
  EXPECT_THAT(differences("triplane-0"), ElementsAre("triplane_depth"));
  EXPECT_THAT(differences("nomasks-0"), ElementsAre("discriminator"));
  EXPECT_THAT(differences("nocamera-0"), ElementsAre("camera_adjustment"));
  EXPECT_THAT(differences("none-0"), ElementsAre("camera_adjustment", "discriminator", "triplane_depth"));
  EXPECT_THAT(differences("judge-full"), ElementsAre("seed"));
  EXPECT_THAT(differences("judge-none"),
              ElementsAre("camera_adjustment", "discriminator", "seed", "triplane_depth"));
  EXPECT_EQ(runs.at("none-0").at("triplane_depth"), 1);
  EXPECT_EQ(runs.at("none-0").at("discriminator"), "dual");
}

TEST_F(Ablation, GoesOnDoesNothingTwiceAndWritesATable) {
  const std::vector<std::string> two{"--program", standIn(), "--variants", "full,none", "--seeds", "1,3"};
  std::ofstream(scratch_ / "fail") << "";
  EXPECT_NE(ablation(two).exit_code, 0);
  EXPECT_THAT(calls(), ElementsAre("train judge-full"));
  std::filesystem::remove(scratch_ / "fail");

  const ProcessResult whole = ablation(two);
  ASSERT_EQ(whole.exit_code, 0) << whole.errors;
  EXPECT_EQ(calls().size(), 6U + 4 * 3);
  const std::string table = textOf(scratch_ / "out/ablation.md");
  // Seeds 1 and 3: the mean of 2 and 4, and their deviation; what no report has is a dash.
  EXPECT_THAT(table,
              HasSubstr("| all parts | 3 ± 1.4 | – | – | 103 ± 1.4 | – | – | -0.5 ± 0 | – | – | 3 ± 0 |\n"));
  EXPECT_THAT(table, HasSubstr("| variant | judge-full, all |"));
  EXPECT_THAT(whole.output, HasSubstr(table));

  ASSERT_EQ(ablation(two).exit_code, 0);
  EXPECT_THAT(calls(), IsEmpty());

  std::vector<std::string> longer = two;
  longer.insert(longer.end(), {"--kimg", "900", "--judge-kimg", "500"});
  ASSERT_EQ(ablation(longer).exit_code, 0);
  const std::vector<std::string> again = calls();
  EXPECT_EQ(std::ranges::count(again, "train judge-full"), 0) << "as long as before";
  EXPECT_EQ(std::ranges::count(again, "train full-1"), 1);
  EXPECT_EQ(std::ranges::count(again, "metrics full-1"), 3) << "of a network that is another now";

  longer.insert(longer.end(), {"--heads", "8"});
  ASSERT_EQ(ablation(longer).exit_code, 0);
  EXPECT_THAT(calls(), ElementsAre("metrics full-1", "metrics none-1", "metrics full-3", "metrics none-3"));
}

TEST_F(Ablation, AJudgeOfOnesOwnTakesThePlaceOfBoth) {
  std::ofstream(scratch_ / "judge.safetensors") << "";
  ASSERT_EQ(
      ablation({"--program", standIn(), "--variants", "nocamera", "--judge", scratch_ / "judge.safetensors"})
          .exit_code,
      0);
  EXPECT_THAT(calls(), ElementsAre("train nocamera-0", "metrics nocamera-0", "metrics nocamera-0"));
  EXPECT_THAT(textOf(scratch_ / "out/ablation.md"),
              HasSubstr("| cameras are not adapted | 1 | – | – | -0.5 |"));
}

TEST_F(Ablation, WrongUseIsTold) {
  for (const auto& [arguments, part] : std::vector<std::pair<std::vector<std::string>, const char*>>{
           {{"--seed", "1"}, "'--seed'"},
           {{"--seeds", "1,many"}, "--seeds"},
           {{"--seeds", "9000"}, "below 9000"},
           {{"--variants", "half"}, "full triplane"},
           {{"--program", "/nowhere/studio"}, "--program"},
           {{"--list", "--kimg"}, "'--kimg'"}}) {
    const ProcessResult result = ablation(arguments);
    EXPECT_EQ(result.exit_code, 2) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(part));
  }
}

}  // namespace
}  // namespace panohead
