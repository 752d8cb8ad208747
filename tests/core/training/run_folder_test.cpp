#include "core/training/run_folder.h"

#include "core/base/error.h"
#include "core/generator/load_generator.h"
#include "core/tensor/prelude.h"
#include "core/training/training_networks.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace panohead {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TrainingOptions smokeIn(const std::filesystem::path& folder) {
  TrainingOptions options = trainingPreset("smoke");
  options.data = "pictures.zip";
  options.masks = "masks.zip";
  options.out = folder;
  return options;
}

TrainingState stateOf(int number) {
  TrainingState state;
  state.text = "{}";
  state.tensors = {{"number", at::full({16}, number, at::kFloat)}};
  return state;
}

int numberOf(const TrainingState& state) { return state.at("number")[0].item<int>(); }

void damage(const std::filesystem::path& path) {
  std::vector<std::byte> bytes = test::readBytes(path);
  bytes[bytes.size() - 8] ^= std::byte{1};
  test::writeBytes(path, bytes);
}

template <typename ErrorType, typename Call>
ErrorType errorOf(Call call) {
  try {
    call();
  } catch (const ErrorType& error) {
    return error;
  }
  ADD_FAILURE() << "no such error";
  return ErrorType("none");
}

TEST(RunFolder, NewOneIsMadeWithItsOptions) {
  const test::ScratchFolder scratch;
  RunFolder folder(smokeIn(scratch / "deep" / "run"));
  EXPECT_FALSE(folder.resume());
  EXPECT_THAT(folder.notices(), IsEmpty());
  std::ifstream stream(scratch / "deep" / "run" / "training_options.json");
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_EQ(TrainingOptions::fromJson(text).batch, 4);
  EXPECT_THROW(RunFolder(smokeIn("")), OptionError);
}

TEST(RunFolder, GoesOnFromTheNewestOfTwoCheckpoints) {
  const test::ScratchFolder scratch;
  {
    RunFolder folder(smokeIn(scratch.path()));
    for (const int images : {4, 999, 1000, 12345678}) {
      const auto path = folder.writeCheckpoint(images, stateOf(images));
      EXPECT_TRUE(std::filesystem::exists(path));
    }
  }
  EXPECT_THAT(scratch.names(),
              ElementsAre("checkpoint-0000001000.safetensors",
                          "checkpoint-0012345678.safetensors",
                          "run.lock",
                          "training_options.json"));
  RunFolder folder(smokeIn(scratch.path()));
  const auto point = folder.resume();
  ASSERT_TRUE(point);
  EXPECT_EQ(point->images, 12345678);
  EXPECT_EQ(numberOf(point->state), 12345678);
  EXPECT_THAT(folder.notices(), IsEmpty());
}

TEST(RunFolder, PassesOverADamagedCheckpoint) {
  const test::ScratchFolder scratch;
  {
    RunFolder folder(smokeIn(scratch.path()));
    folder.writeCheckpoint(1000, stateOf(1));
    damage(folder.writeCheckpoint(2000, stateOf(2)));
  }
  RunFolder folder(smokeIn(scratch.path()));
  const auto point = folder.resume();
  ASSERT_TRUE(point);
  EXPECT_EQ(point->images, 1000);
  EXPECT_THAT(folder.notices(),
              ElementsAre(AllOf(HasSubstr("checkpoint-0000002000"), HasSubstr("checksum"))));
  // The damaged one does not count as the newest any more.
  folder.writeCheckpoint(1500, stateOf(3));
  folder.writeCheckpoint(1800, stateOf(4));
  EXPECT_THAT(scratch.names(),
              AllOf(Contains("checkpoint-0000001500.safetensors"),
                    Contains("checkpoint-0000001800.safetensors"),
                    Contains("checkpoint-0000002000.safetensors.damaged"),
                    Not(Contains("checkpoint-0000001000.safetensors"))));
}

TEST(RunFolder, NeverStartsAnewOverARunThatItCannotContinue) {
  const test::ScratchFolder scratch;
  {
    RunFolder folder(smokeIn(scratch.path()));
    damage(folder.writeCheckpoint(1000, stateOf(1)));
  }
  for (int attempt = 0; attempt < 2; ++attempt) {
    RunFolder folder(smokeIn(scratch.path()));
    const auto error = errorOf<TrainingError>([&] { folder.resume(); });
    EXPECT_THAT(error.what(), HasSubstr(scratch.path().string()));
    EXPECT_THAT(error.hint(), HasSubstr("--out"));
  }
  std::filesystem::remove(scratch / "checkpoint-0000001000.safetensors");
  std::ofstream(scratch / "network-snapshot-000007.safetensors") << "a model";
  RunFolder folder(smokeIn(scratch.path()));
  EXPECT_THAT(errorOf<TrainingError>([&] { folder.resume(); }).hint(), HasSubstr("network-snapshot-000007"));
}

TEST(RunFolder, StartsAnewWhenNothingButTheFirstNetworkWasWritten) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch.path());
  options.resume_kimg = 3;  // pictures that count as seen are no progress of this run
  const Generator generator(generatorConfig(options, 128), 1);
  const std::vector<NetworkState> networks{generatorState("G_ema", generator, 32)};
  RunFolder(options).writeNetworks(3000, networks);  // killed before its first checkpoint
  options.batch = 8;                                 // what was too much may be lowered
  EXPECT_FALSE(RunFolder(options).resume());
  RunFolder(options).writeNetworks(3900, networks);  // takes the first one's name
  RunFolder folder(options);
  EXPECT_THAT(errorOf<TrainingError>([&] { folder.resume(); }).hint(), HasSubstr("network-snapshot-000003"));
}

TEST(RunFolder, StartsAnewAlsoAfterTwoStartsThatWereKilledEarly) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch.path());
  const Generator generator(generatorConfig(options, 128), 1);
  const std::vector<NetworkState> networks{generatorState("G_ema", generator, 32)};
  RunFolder(options).writeNetworks(0, networks);
  options.resume_kimg = 3;
  RunFolder(options).writeNetworks(3000, networks);  // beside the other, by another name
  EXPECT_FALSE(RunFolder(options).resume());
}

TEST(RunFolder, KnowsWhichPicturesItsNetworkIsOf) {
  const test::ScratchFolder scratch;
  const TrainingOptions options = smokeIn(scratch.path());
  const Generator generator(generatorConfig(options, 128), 1);
  RunFolder folder(options);
  EXPECT_FALSE(folder.hasNetworkOf(2100));
  folder.writeNetworks(2100, std::vector<NetworkState>{generatorState("G_ema", generator, 32)});
  EXPECT_TRUE(folder.hasNetworkOf(2100));
  EXPECT_FALSE(folder.hasNetworkOf(2200)) << "of the same name";
  std::ofstream(scratch / "network-snapshot-000007.safetensors") << "a model";
  EXPECT_FALSE(folder.hasNetworkOf(7000));
}

TEST(RunFolder, ALostRanksRunIsTakenOver) {
  const test::ScratchFolder scratch;
  const TrainingOptions options = smokeIn(scratch.path());
  RunFolder(options).writeCheckpoint(4, stateOf(1));
  std::ofstream(scratch / "run.lock") << "4711\nnode17.cluster\n2026-01-01 00:00:00 UTC\n";
  EXPECT_THROW(RunFolder{options}, TrainingError);
  RunFolder folder(options, true);
  EXPECT_NO_THROW(folder.writeCheckpoint(8, stateOf(2)));
  EXPECT_EQ(RunFolder::imagesIn(scratch.path()), 8);
}

TEST(RunFolder, TheBatchBelongsToTheRun) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch.path());
  RunFolder(options).writeCheckpoint(4, stateOf(1));
  options.batch = 8;
  EXPECT_THAT(errorOf<OptionError>([&] { const RunFolder folder(options); }).what(),
              AllOf(HasSubstr("--batch"), HasSubstr("4"), HasSubstr("8")));
  EXPECT_EQ(RunFolder::optionsIn(scratch.path()).batch, 4) << "the refused one is not kept";
}

TEST(RunFolder, TwoRunsInOneFolderAreRefused) {
  const test::ScratchFolder scratch;
  const RunFolder first(smokeIn(scratch.path()));
  const auto error = errorOf<TrainingError>([&] { const RunFolder second(smokeIn(scratch.path())); });
  EXPECT_THAT(error.what(), AllOf(HasSubstr(scratch.path().string()), HasSubstr(std::to_string(getpid()))));
}

TEST(RunFolder, AnotherNetworkShapeIsRefusedOnceThereIsACheckpoint) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch.path());
  {
    const RunFolder folder(options);
  }
  options.cmax = 64;
  RunFolder(options).writeCheckpoint(4, stateOf(1));  // nothing was lost before
  options.cmax = 32;
  const auto error = errorOf<OptionError>([&] { const RunFolder folder(options); });
  EXPECT_THAT(error.what(), AllOf(HasSubstr("--cmax"), HasSubstr("64"), HasSubstr("32")));
  EXPECT_THAT(error.hint(), HasSubstr("64"));
}

TEST(RunFolder, OtherOptionsMayChangeWithANotice) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch.path());
  RunFolder(options).writeCheckpoint(4, stateOf(1));
  options.gamma = 5;
  options.resolution = 0;  // of the data, which are the same
  const RunFolder folder(options);
  EXPECT_THAT(folder.notices(), ElementsAre("--gamma is 5 from here on, was 1"));
  EXPECT_EQ(RunFolder::optionsIn(scratch.path()).gamma, 5);
}

TEST(RunFolder, StartingPointBelongsToTheRun) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch.path());
  options.resume = "start.safetensors";
  RunFolder(options).writeCheckpoint(4, stateOf(1));
  EXPECT_NO_THROW(RunFolder{options});  // the same command again continues
  options.resume.clear();
  EXPECT_EQ(RunFolder(options).options().resume, "start.safetensors");
  options.resume = "another.safetensors";
  EXPECT_THAT(errorOf<OptionError>([&] { const RunFolder folder(options); }).what(),
              AllOf(HasSubstr("--resume"), HasSubstr("start.safetensors")));
}

TEST(RunFolder, RunOfAnotherProgramIsLeftAlone) {
  const test::ScratchFolder scratch;
  std::ofstream(scratch / "network-snapshot-000100.safetensors") << "a model";
  EXPECT_THROW(RunFolder(smokeIn(scratch.path())), TrainingError);
  std::ofstream(scratch / "training_options.json") << R"({"G_kwargs": {"z_dim": 512}})";
  EXPECT_THROW(RunFolder(smokeIn(scratch.path())), TrainingError);
}

TEST(RunFolder, RemovesWhatAKilledRunLeftHalfWritten) {
  const test::ScratchFolder scratch;
  std::ofstream(scratch / ".checkpoint-0000001000.0123abcd.safetensors") << "half";
  std::ofstream(scratch / ".fakes000001_raw.0123abcd.png") << "half";
  std::ofstream(scratch / ".metric-flicker.0123abcd.jsonl") << "half";
  std::ofstream(scratch / ".stats.0123abcd.jsonl") << "half";
  std::ofstream(scratch / ".directions.0123abcd.safetensors") << "half";
  std::ofstream(scratch / ".run.0123abcd.lock") << "";
  std::ofstream(scratch / ".checkpoint-notes.txt") << "kept";
  std::ofstream(scratch / ".hidden.0123abcd.png") << "kept";
  const RunFolder folder(smokeIn(scratch.path()));
  EXPECT_THAT(
      scratch.names(),
      ElementsAre(".checkpoint-notes.txt", ".hidden.0123abcd.png", "run.lock", "training_options.json"));
}

TEST(RunFolder, FullDiskLeavesTheLastCheckpoint) {
  const test::ScratchFolder scratch;
  RunFolder folder(smokeIn(scratch.path()));
  folder.writeCheckpoint(1000, stateOf(1));
  {
    const test::FileSizeLimit limit(100);
    EXPECT_THROW(folder.writeCheckpoint(2000, stateOf(2)), DiskFullError);
  }
  EXPECT_EQ(folder.resume()->images, 1000);
}

TEST(RunFolder, NetworksOpenAsAModelThatTellsItsOptionsButNoFolders) {
  const test::ScratchFolder scratch;
  TrainingOptions options = smokeIn(scratch / "run");
  options.data = scratch / "pictures.zip";
  RunFolder folder(options);
  const Generator generator(generatorConfig(options, 128), 1);
  const std::vector<NetworkState> networks{generatorState("G_ema", generator, 32)};
  const auto path = folder.writeNetworks(12999, networks);
  EXPECT_EQ(path.filename(), "network-snapshot-000012.safetensors");
  SilentContext context;
  const Checkpoint checkpoint = openCheckpoint(path, context);
  EXPECT_NO_THROW(loadGenerator(checkpoint.network()));
  EXPECT_EQ(checkpoint.metadata.at("images_seen"), "12999");
  const TrainingOptions told = TrainingOptions::fromJson(checkpoint.metadata.at("training_options"));
  EXPECT_EQ(told.cmax, 32);
  EXPECT_EQ(told.data, "pictures.zip");
}

TEST(RunFolder, SheetsHaveThePublishedNames) {
  const test::ScratchFolder scratch;
  const RunFolder folder(smokeIn(scratch.path()));
  EXPECT_EQ(folder.sheetPaths(1200).picture.filename(), "fakes000001.png");
  EXPECT_EQ(folder.sheetPaths(25000000).depth.filename(), "fakes025000_depth.png");
  EXPECT_EQ(folder.sheetPaths(1200).reals.filename(), "reals.png");
  EXPECT_EQ(folder.sheetPaths(1200).segs.filename(), "segs.png");
}

TEST(RunFolder, SheetsOfTheSameKimgDoNotReplaceEachOther) {
  const test::ScratchFolder scratch;
  const RunFolder folder(smokeIn(scratch.path()));
  std::set<std::filesystem::path> written;
  for (const int images : {0, 100, 996, 1008, 1508}) {
    const SheetPaths paths = folder.sheetPaths(images);
    for (const auto& path : {paths.picture, paths.raw, paths.depth, paths.mask}) {
      EXPECT_TRUE(written.insert(path).second) << path;
      test::writeBytes(path, {});
    }
  }
  EXPECT_EQ(folder.sheetPaths(100).raw.filename(), "fakes000000.100_raw.png");
  EXPECT_EQ(folder.sheetPaths(1008).picture.filename(), "fakes000001.008.png");
  EXPECT_EQ(folder.sheetPaths(0).mask.filename(), "fakes000000_mask.png");  // done once more after a kill
}

}  // namespace
}  // namespace panohead
