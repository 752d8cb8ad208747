#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <sstream>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::string readFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void writeFile(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// One message that names the file, with a hint and at most one line of detail; exit code 1, nothing on
/// standard output.
void expectRefused(const ProcessResult& result, const std::string& path) {
  EXPECT_EQ(result.exit_code, 1) << result.errors;
  EXPECT_THAT(result.errors, AllOf(StartsWith("panohead-studio: "), HasSubstr(path)));
  EXPECT_LE(std::count(result.errors.begin(), result.errors.end(), '\n'), 3) << result.errors;
  EXPECT_THAT(result.output, IsEmpty());
}

TEST(Info, DescribesAPickleAsTextAndJson) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const ProcessResult text = studio({"info", model});
  EXPECT_EQ(text.exit_code, 0);
  for (const char* part : {"TriPlaneGenerator", "G_ema", "SHA-256", "neural_rendering_resolution"}) {
    EXPECT_THAT(text.output, HasSubstr(part));
  }
  const ProcessResult result = studio({"info", model, "--json"});
  const nlohmann::json json = nlohmann::json::parse(result.output);
  EXPECT_EQ(json.at("networks").size(), 3U);
  EXPECT_EQ(json.at("bytes").get<std::uintmax_t>(), std::filesystem::file_size(model));
  EXPECT_EQ(json.at("sha256").get<std::string>().size(), 64U);
}

TEST(Info, FullDiskBehindStandardOutputIsAFailure) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  EXPECT_EQ(studio({"info", model}, {.output_file = "/dev/full"}).exit_code, 1);
}

TEST(Convert, KeepsOneNetworkOrAllAndHalvesTheSize) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const test::ScratchFolder scratch;
  const auto convert = [&](const std::string& name, std::vector<std::string> options) {
    options.insert(options.begin(), {"convert", model, (scratch / name).string()});
    const ProcessResult result = studio(options);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return std::filesystem::file_size(scratch / name);
  };
  const auto networksOf = [&](const std::string& name) {
    const auto json = nlohmann::json::parse(studio({"info", (scratch / name).string(), "--json"}).output);
    std::vector<std::string> keys;
    for (const auto& network : json.at("networks")) {
      keys.push_back(network.at("key"));
    }
    return keys;
  };
  const auto single = convert("one.safetensors", {});
  const auto half = convert("half.safetensors", {"--half"});
  convert("all.safetensors", {"--network", "all"});
  EXPECT_LT(half, single * 0.6);
  EXPECT_THAT(networksOf("one.safetensors"), testing::ElementsAre("G_ema"));
  EXPECT_THAT(networksOf("all.safetensors"), testing::UnorderedElementsAre("G", "D", "G_ema"));
  EXPECT_EQ(scratch.names().size(), 3U);
}

TEST(Convert, NetworkWithoutANameIsCalledAfterItsFile) {
  const test::ScratchFolder scratch;
  const std::string out = (scratch / "out.safetensors").string();
  const std::string model = test::sourceData("state_dict.pth").string();
  const ProcessResult result = studio({"convert", model, out});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.errors, StartsWith("state_dict.pth ("));
  expectRefused(studio({"convert", model, out, "--network", "G"}), "It holds: one without a name.");
}

TEST(Convert, TakesAFileWhoseNameIsNoText) {
  const test::ScratchFolder scratch;
  const std::filesystem::path model = scratch / "caf\xe9.pth";  // Latin-1
  std::filesystem::copy_file(test::sourceData("state_dict.pth"), model);
  const std::string out = (scratch / "out.safetensors").string();
  const ProcessResult result = studio({"convert", model.string(), out});
  ASSERT_EQ(result.exit_code, 0) << result.errors;
  const auto metadata = nlohmann::json::parse(studio({"info", out, "--json"}).output).at("metadata");
  EXPECT_TRUE(metadata.contains("source_sha256"));
  EXPECT_FALSE(metadata.contains("source"));
}

TEST(Convert, FullDiskLeavesNoFile) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const test::ScratchFolder scratch;
  const std::string out = (scratch / "out.safetensors").string();
  expectRefused(studio({"convert", model, out}, {.max_file_bytes = 1000000}), out);
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST(Convert, UnwritablePlacesAndUnknownNetworksAreRefused) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const test::ScratchFolder scratch;
  const std::string missing = (scratch / "missing" / "out.safetensors").string();
  expectRefused(studio({"convert", model, missing}), missing);
  const std::string folder = (scratch / "folder.safetensors").string();
  std::filesystem::create_directory(folder);
  expectRefused(studio({"convert", model, folder}), folder);
  expectRefused(studio({"convert", model, (scratch / "x.safetensors").string(), "--network", "G_best"}),
                "G_best");
  EXPECT_THAT(scratch.names(), testing::ElementsAre("folder.safetensors"));
}

TEST(Info, DetailOfAnErrorFollowsItsHint) {
  const test::ScratchFolder scratch;
  writeFile(scratch / "text.pkl", "no model");
  EXPECT_THAT(studio({"info", (scratch / "text.pkl").string()}).errors,
              testing::MatchesRegex("panohead-studio: .*\n  Give a .*\n  at byte 0: expected .*\n"));
}

/// Files that are no models, and models that are damaged, for every command that opens one.
class BadModels : public testing::TestWithParam<std::string> {
 protected:
  /// The arguments of a command that opens `model`.
  std::vector<std::string> command(const std::string& model) const {
    const std::string out = (scratch_ / "out").string();
    if (GetParam() == "info") {
      return {"info", model};
    }
    if (GetParam() == "convert") {
      return {"convert", model, out + ".safetensors"};
    }
    if (GetParam() == "bench") {
      return {"bench", "--model", model, "--repeats", "1"};
    }
    const std::string target = GetParam() == "video" ? out + ".mp4" : (scratch_ / "pictures").string();
    return {GetParam(), "--model", model, "--seeds", "0", "--out", target};
  }

  void expectRefusal(const std::string& name, const std::string& bytes) {
    const std::string path = (scratch_ / name).string();
    writeFile(path, bytes);
    SCOPED_TRACE(name);
    expectRefused(studio(command(path)), path);
    std::filesystem::remove(path);
    expectNoResult();
  }

  void expectNoResult() const {
    for (const std::string& name : scratch_.names()) {  // render may have made its empty folder
      EXPECT_TRUE(name == "pictures" && std::filesystem::is_empty(scratch_ / name)) << name;
    }
  }

  test::ScratchFolder scratch_;
};

TEST_P(BadModels, MissingFilesFoldersAndOtherFilesAreRefused) {
  const std::string missing = (scratch_ / "missing.pkl").string();
  expectRefused(studio(command(missing)), missing);
  expectRefused(studio(command(scratch_.path().string())), scratch_.path().string());
  expectRefusal("empty.pkl", "");
  expectRefusal("text.pkl", "these are not the weights you are looking for\n");
  expectRefusal("zip.pt", std::string("PK\3\4") + std::string(200, 'x'));
  expectRefusal("huge_count.safetensors", std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 8) + "{}");
  expectRefusal("system.pkl", std::string("\x80\x02") + "cos\nsystem\nX\x04\0\0\0trueq\0\x85q\1Rq\2." + "");
}

TEST_P(BadModels, TruncatedAndBitFlippedModelsAreRefused) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const std::string whole = readFile(model);
  expectRefusal("cut.pkl", whole.substr(0, whole.size() / 2));
  expectRefusal("short.pkl", whole.substr(0, 300));
  std::string flipped = whole;
  flipped[1] = '\x7F';
  expectRefusal("flipped.pkl", flipped);
}

INSTANTIATE_TEST_SUITE_P(Commands, BadModels, testing::Values("info", "convert", "render", "video", "bench"));

TEST(ModelFiles, DiscriminatorAloneCannotBeDrawn) {
  PANOHEAD_SHARED_FILE(model, "golden/tiny_panohead.pkl");
  const test::ScratchFolder scratch;
  const std::string only = (scratch / "only.safetensors").string();
  ASSERT_EQ(studio({"convert", model, only, "--network", "D"}).exit_code, 0);
  expectRefused(studio({"render", "--model", only, "--seeds", "0", "--out", (scratch / "out").string()}),
                only);
}

}  // namespace
}  // namespace panohead
