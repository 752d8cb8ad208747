#include "core/training/stats.h"

#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "core/training/event_file.h"
#include "core/training/stats_file.h"
#include "tests/support/doubled_rank.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>

namespace panohead {
namespace {

using Json = nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

StatsSnapshot snapshotAt(double kimg) {
  StatsSnapshot snapshot;
  snapshot["Progress/kimg"].add(kimg);
  snapshot["Loss/G/loss"].add(0.5);
  snapshot["Loss/G/loss"].add(1.5);
  return snapshot;
}

std::vector<std::string> linesOf(const std::filesystem::path& path) {
  std::ifstream stream(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(StatsCollector, KeepsCountMeanAndDeviation) {
  StatsCollector collector;
  const std::unique_ptr<Communicator> alone = makeSingleCommunicator();
  collector.add("a", 1.0);
  collector.add("a", at::tensor({2.0F, 3.0F, 6.0F}).view({3, 1}));
  collector.add("a", at::tensor(3.0F));
  collector.add("b", at::full({1}, 4.0, at::kHalf));
  collector.add("c", 7);
  const StatsSnapshot snapshot = collector.take(*alone);
  ASSERT_THAT(snapshot, SizeIs(3));
  EXPECT_EQ(snapshot.at("a").count, 5);
  EXPECT_DOUBLE_EQ(snapshot.at("a").mean(), 3.0);
  EXPECT_DOUBLE_EQ(snapshot.at("a").deviation(), std::sqrt(14.0 / 5));
  EXPECT_EQ(snapshot.at("b").mean(), 4);
  EXPECT_EQ(snapshot.at("c").deviation(), 0);
  EXPECT_EQ(meansOf(snapshot).at("c"), 7);
  EXPECT_THAT(collector.take(*alone), IsEmpty());
}

TEST(StatsCollector, TellsOfLossesThatAreNoNumbers) {
  StatsCollector collector;
  const std::unique_ptr<Communicator> alone = makeSingleCommunicator();
  collector.add("Loss/a", at::tensor({1.0F, 3.0F}));
  collector.add("Timing/b", std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(collector.isSound("Loss/"));
  collector.add("Loss/a", at::tensor({std::numeric_limits<float>::infinity()}));
  EXPECT_FALSE(collector.isSound("Loss/"));
  collector.take(*alone);
  EXPECT_TRUE(collector.isSound("Loss/"));
  collector.add("Loss/c", std::numeric_limits<double>::quiet_NaN());
  EXPECT_FALSE(collector.isSound("Loss/"));
}

TEST(StatsCollector, SumsOverTheRanks) {
  StatsCollector collector;
  test::DoubledRank ranks;
  collector.add("a", at::tensor({1.0F, 3.0F}));
  collector.add("b", 5);
  const StatsSnapshot snapshot = collector.take(ranks);
  EXPECT_EQ(snapshot.at("a").count, 4);
  EXPECT_EQ(snapshot.at("a").mean(), 2);
  EXPECT_EQ(snapshot.at("a").deviation(), 1);
  EXPECT_EQ(snapshot.at("b").count, 2);
  EXPECT_EQ(snapshot.at("b").mean(), 5);
}

TEST(StatsCollector, DoesNotKeepTheGraphAlive) {
  StatsCollector collector;
  const std::unique_ptr<Communicator> alone = makeSingleCommunicator();
  const at::Tensor x = at::ones({3}).requires_grad_(true);
  collector.add("a", x * 2);
  EXPECT_EQ(collector.take(*alone).at("a").sum, 6);
}

TEST(StatsFile, WritesThePublishedLines) {
  const test::ScratchFolder folder;
  StatsFile(folder / "stats.jsonl", 0).write(snapshotAt(4), 1700000000.25);
  const auto lines = linesOf(folder / "stats.jsonl");
  ASSERT_THAT(lines, SizeIs(1));
  const Json json = Json::parse(lines[0]);
  EXPECT_EQ(json,
            (Json{{"Progress/kimg", {{"num", 1}, {"mean", 4.0}, {"std", 0.0}}},
                  {"Loss/G/loss", {{"num", 2}, {"mean", 1.0}, {"std", 0.5}}},
                  {"timestamp", 1700000000.25}}));
}

TEST(StatsFile, NumbersThatAreNotFiniteKeepTheLineJson) {
  StatsSnapshot snapshot = snapshotAt(1);
  snapshot["bad"].add(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(Json::parse(statsLine(snapshot, 1))["bad"]["mean"].is_null());
}

TEST(StatsFile, ResumedRunDropsTornAndLaterLines) {
  const test::ScratchFolder folder;
  const auto path = folder / "stats.jsonl";
  {
    StatsFile file(path, 0);
    for (const double kimg : {0.004, 1.0, 2.0, 3.0}) {
      file.write(snapshotAt(kimg), kimg);
    }
  }
  std::ofstream(path, std::ios::app) << R"({"Progress/kimg": {"num": 1, "me)";
  {
    StatsFile file(path, 2000);
    file.write(snapshotAt(2.5), 9);
  }
  std::vector<double> kimgs;
  for (const std::string& line : linesOf(path)) {
    kimgs.push_back(Json::parse(line)["Progress/kimg"]["mean"].get<double>());
  }
  EXPECT_THAT(kimgs, ElementsAre(0.004, 1.0, 2.0, 2.5));
  const auto before = std::filesystem::last_write_time(path);
  StatsFile(path, 2500);
  EXPECT_EQ(std::filesystem::last_write_time(path), before);
  StatsFile(path, 0);
  EXPECT_THAT(linesOf(path), IsEmpty());
}

TEST(StatsFile, FullDiskLeavesWholeLines) {
  const test::ScratchFolder folder;
  const auto path = folder / "stats.jsonl";
  StatsFile file(path, 0);
  file.write(snapshotAt(1), 1);
  {
    const test::FileSizeLimit limit(std::filesystem::file_size(path) + 10);
    EXPECT_THROW(file.write(snapshotAt(2), 2), DiskFullError);
  }
  EXPECT_THAT(linesOf(path), SizeIs(1));
  file.write(snapshotAt(2), 2);
  EXPECT_THAT(linesOf(path), SizeIs(2));
}

// An independent reader of event files: CRC bit by bit, protocol buffers by hand.

std::uint32_t slowMaskedCrc(std::string_view data) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : data) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0x82f63b78U : crc >> 1;
    }
  }
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U;
}

template <typename Number>
Number take(std::string_view& data) {
  Number number{};
  if (data.size() < sizeof number) {
    throw std::runtime_error("too short");
  }
  std::memcpy(&number, data.data(), sizeof number);
  data.remove_prefix(sizeof number);
  return number;
}

std::uint64_t takeVarint(std::string_view& data) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = take<std::uint8_t>(data);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
}

struct Field {
  std::uint64_t number = 0;
  std::uint64_t integer = 0;  // varint, or the bits of a fixed one
  std::string bytes;
};

std::vector<Field> fieldsOf(std::string_view data) {
  std::vector<Field> fields;
  while (!data.empty()) {
    const std::uint64_t key = takeVarint(data);
    Field& field = fields.emplace_back(Field{key >> 3, 0, {}});
    switch (key & 7) {
      case 0:
        field.integer = takeVarint(data);
        break;
      case 1:
        field.integer = take<std::uint64_t>(data);
        break;
      case 2:
        field.integer = takeVarint(data);
        field.bytes = data.substr(0, field.integer);
        data.remove_prefix(field.integer);
        break;
      case 5:
        field.integer = take<std::uint32_t>(data);
        break;
      default:
        throw std::runtime_error("unknown wire type");
    }
  }
  return fields;
}

std::vector<std::vector<Field>> eventsOf(const std::filesystem::path& path) {
  const auto bytes = test::readBytes(path);
  std::string_view data(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::vector<std::vector<Field>> events;
  while (!data.empty()) {
    const std::string_view length_bytes = data.substr(0, 8);
    const auto length = take<std::uint64_t>(data);
    EXPECT_EQ(take<std::uint32_t>(data), slowMaskedCrc(length_bytes));
    const std::string_view message = data.substr(0, length);
    data.remove_prefix(length);
    EXPECT_EQ(take<std::uint32_t>(data), slowMaskedCrc(message));
    events.push_back(fieldsOf(message));
  }
  return events;
}

TEST(EventFile, FramesChecksumsAndMessagesAreTensorBoards) {
  const test::ScratchFolder folder;
  EventFile file(folder.path(), 0);
  file.write(snapshotAt(129), 129700, 1700000000.5);
  EXPECT_TRUE(file.path().filename().string().starts_with("events.out.tfevents."));
  const auto events = eventsOf(file.path());
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[0][2].number, 3U);
  EXPECT_EQ(events[0][2].bytes, "brain.Event:2");
  EXPECT_EQ(std::bit_cast<double>(events[1][0].integer), 1700000000.5);
  EXPECT_EQ(events[1][1].number, 2U);
  EXPECT_EQ(events[1][1].integer, 129U);
  std::map<std::string, float> scalars;
  for (const Field& value : fieldsOf(events[1][2].bytes)) {
    const auto parts = fieldsOf(value.bytes);
    scalars[parts[0].bytes] = std::bit_cast<float>(static_cast<std::uint32_t>(parts[1].integer));
  }
  EXPECT_EQ(scalars, (std::map<std::string, float>{{"Loss/G/loss", 1.0F}, {"Progress/kimg", 129.0F}}));
}

TEST(EventFile, PicturesAreTheirPng) {
  const test::ScratchFolder folder;
  EventFile file(folder.path(), 0);
  file.writePicture("fakes", "png bytes", 640, 480, 2345, 1700000000.5);
  const auto events = eventsOf(file.path());
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1][1].integer, 2U);
  const auto value = fieldsOf(fieldsOf(events[1][2].bytes)[0].bytes);
  EXPECT_EQ(value[0].bytes, "fakes");
  EXPECT_EQ(value[1].number, 4U);  // Summary.Value.image
  const auto image = fieldsOf(value[1].bytes);
  ASSERT_THAT(image, SizeIs(4));
  EXPECT_EQ(image[0].integer, 480U);
  EXPECT_EQ(image[1].integer, 640U);
  EXPECT_EQ(image[2].integer, 3U);
  EXPECT_EQ(image[3].bytes, "png bytes");
}

TEST(EventFile, ResumedRunBeginsAFileThatSupersedesLaterSteps) {
  const test::ScratchFolder folder;
  const EventFile first(folder.path(), 0);
  const EventFile second(folder.path(), 12300);
  EXPECT_NE(first.path(), second.path());
  const auto events = eventsOf(second.path());
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1][1].integer, 13U);
  EXPECT_EQ(events[1][2].number, 7U);                      // SessionLog
  EXPECT_EQ(fieldsOf(events[1][2].bytes)[0].integer, 1U);  // START
}

}  // namespace
}  // namespace panohead
