#include "core/checkpoint/safetensors.h"

#include "core/base/error.h"
#include "core/checkpoint/half.h"
#include "core/checkpoint/passport.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/test_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <bit>
#include <cmath>
#include <csignal>
#include <cstring>
#include <limits>

namespace panohead {
namespace {

using test::ScratchFolder;
using testing::HasSubstr;

std::string file(std::string header, const std::string& data) {
  const std::uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), sizeof size) + std::move(header) + data;
}

Checkpoint read(const std::string& bytes) {
  SilentContext context;
  return readCheckpoint({"test.safetensors", test::bytesOf(bytes)}, context);
}

std::string errorOf(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "no error";
}

std::string tensor(
    const std::string& name, const std::string& dtype, const std::string& shape, int begin, int end) {
  return fmt::format(
      R"("{}":{{"dtype":"{}","shape":{},"data_offsets":[{},{}]}})", name, dtype, shape, begin, end);
}

TEST(SafetensorsReader, ReadsTensorsInTheOrderOfTheirBytes) {
  const std::string bytes =
      file("{" + tensor("b.bias", "F16", "[2]", 16, 20) + "," + tensor("a.weight", "F32", "[2,2]", 0, 16) +
               "," + tensor("none", "I64", "[0,3]", 16, 16) + "}   ",
           std::string(20, 'x'));
  const Checkpoint checkpoint = read(bytes);
  const NetworkState& network = checkpoint.network();
  ASSERT_EQ(network.tensors.size(), 3U);
  EXPECT_EQ(network.tensors[0].name, "a.weight");
  EXPECT_EQ(network.tensors[0].shape, (std::vector<std::int64_t>{2, 2}));
  EXPECT_EQ(network.tensors[1].name, "b.bias");
  EXPECT_EQ(network.key, "");
  EXPECT_EQ(network.config, "{}");
}

TEST(SafetensorsReader, IsStrict) {
  const std::string good = tensor("a", "F32", "[1]", 0, 4);
  const std::string data(4, 'x');
  EXPECT_EQ(errorOf(file("{" + good + "}", data)), "no error");
  const std::pair<std::string, const char*> faults[] = {
      {file("{" + good + "," + tensor("a", "F32", "[1]", 0, 4) + "}", data), "the same name twice"},
      {file("{" + good + "," + tensor("b", "F32", "[1]", 0, 4) + "}", data), "a gap or an overlap"},
      {file("{" + tensor("a", "F32", "[1]", 4, 8) + "}", std::string(8, 'x')), "a gap or an overlap"},
      {file("{" + good + "}", std::string(5, 'x')), "the end of the file"},
      {file("{" + tensor("a", "F32", "[1]", 0, 8) + "}", data), "not inside the 4 bytes"},
      {file("{" + tensor("a", "F32", "[1]", 4, 0) + "}", data), "not inside"},
      {file("{" + tensor("a", "F32", "[2]", 0, 4) + "}", data), "do not make 4 bytes"},
      {file("{" + tensor("a", "F16", "[9223372036854775807,2]", 0, 4) + "}", data), "do not make"},
      {file("{" + tensor("a", "F32", "[18446744073709551615]", 0, 4) + "}", data), "a number"},
      {file("{" + tensor("a", "F32", "[-1]", 0, 4) + "}", data), "a negative number"},
      {file("{" + tensor("a", "F32", "[1.0]", 0, 4) + "}", data), "a fraction"},
      {file("{" + tensor("a", "F32", "[[1]]", 0, 4) + "}", data), "a list"},
      {file("{" + tensor("a", "C64", "[1]", 0, 4) + "}", data), "unknown type 'C64'"},
      {file(R"({"a":{"dtype":"F32","shape":[1]}})", data), "an incomplete tensor"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":"x"}})", data), "a string"},
      {file(R"({"__metadata__":{"a":1}})", ""), "a number"},
      {file("{" + good, data), "damaged after"},
      {file("{" + good + "} x", data), "damaged after"},
      {file(" {" + good + "}", data), "expected"},
      {file("[]", data), "expected"},
  };
  for (const auto& [bytes, fault] : faults) {
    EXPECT_THAT(errorOf(bytes), HasSubstr(fault));
  }
}

TEST(SafetensorsReader, RefusesImpossibleHeaderLengths) {
  std::string bytes = file("{}", "");
  for (const std::uint64_t length : {std::uint64_t{3}, std::uint64_t{100'000'001}, ~std::uint64_t{0}}) {
    std::memcpy(bytes.data(), &length, sizeof length);
    EXPECT_THAT(errorOf(bytes), HasSubstr("header"));
  }
}

TEST(SafetensorsReader, NestedHeadersCostNothing) {
  EXPECT_THAT(errorOf(file("{\"a\":" + std::string(5'000'000, '['), "")), HasSubstr("a list"));
}

TEST(SafetensorsReader, DividesSeveralNetworks) {
  const std::string bytes =
      file(R"({"__metadata__":{"networks":"G,D","config.G":"{\"z_dim\":4}","class_name.D":"Critic"},)" +
               tensor("G.a", "U8", "[1]", 0, 1) + "," + tensor("D.x.y", "U8", "[1]", 1, 2) + "}",
           "12");
  const Checkpoint checkpoint = read(bytes);
  EXPECT_EQ(checkpoint.network("G").config, R"({"z_dim":4})");
  EXPECT_TRUE(checkpoint.network("G").find("a"));
  EXPECT_EQ(checkpoint.network("D").class_name, "Critic");
  EXPECT_TRUE(checkpoint.network("D").find("x.y"));
}

TEST(SafetensorsReader, RefusesMetadataThatIsWrong) {
  EXPECT_THAT(errorOf(file(R"({"__metadata__":{"config":"[["}})", "")),
              HasSubstr("'config' is not a JSON object"));
  EXPECT_THAT(errorOf(file(R"({"__metadata__":{"networks":"G,G"}})", "")), HasSubstr("'networks'"));
  EXPECT_THAT(
      errorOf(file(R"({"__metadata__":{"networks":"G"},)" + tensor("D.a", "U8", "[1]", 0, 1) + "}", "1")),
      HasSubstr("belongs to none"));
}

TEST(SafetensorsReader, ReadsTheShippedModel) {
  SilentContext context;
  const Checkpoint checkpoint = openCheckpoint(test::firstModelFile(), context);
  const NetworkState& network = checkpoint.network();
  EXPECT_EQ(network.key, "G_ema");
  EXPECT_EQ(network.tensors.size(), 276U);
  EXPECT_EQ(nlohmann::json::parse(network.config)["img_resolution"], 256);
  EXPECT_EQ(network.find("backbone.synthesis.b4.const")->dtype, DType::F16);
}

NetworkState networkOf(const std::string& key, const std::vector<float>& numbers) {
  NetworkState network;
  network.key = key;
  network.class_name = "Net";
  network.config = R"({"z_dim":3})";
  TensorRecord record;
  record.name = "layer.weight";
  record.shape = {static_cast<std::int64_t>(numbers.size())};
  record.stride = {1};
  record.storage = std::as_bytes(std::span(numbers));
  record.is_parameter = true;
  network.tensors.push_back(record);
  return network;
}

std::vector<std::byte> elements(const TensorRecord& record) {
  std::vector<std::byte> bytes(record.byteCount());
  copyElements(record, 0, record.elementCount(), bytes.data());
  return bytes;
}

TEST(SafetensorsWriter, KeepsEveryBitOfAPickle) {
  const ScratchFolder folder;
  SilentContext context;
  const Checkpoint before = openCheckpoint(test::sourceData("mini_hazards_p4.pkl"), context);
  writeSafetensors(
      folder / "out.safetensors", before.networks, {.metadata = provenanceOf(before, context)}, context);
  const Checkpoint after = openCheckpoint(folder / "out.safetensors", context);
  ASSERT_EQ(after.networks.size(), before.networks.size());
  for (const NetworkState& network : before.networks) {
    const NetworkState& copy = after.network(network.key);
    EXPECT_EQ(copy.class_name, network.class_name);
    EXPECT_EQ(copy.config, network.config);
    ASSERT_EQ(copy.tensors.size(), network.tensors.size());
    for (const TensorRecord& tensor : network.tensors) {
      const TensorRecord* written = copy.find(tensor.name);
      ASSERT_TRUE(written) << tensor.name;
      EXPECT_EQ(written->dtype, tensor.dtype) << tensor.name;
      EXPECT_EQ(written->shape, tensor.shape) << tensor.name;
      EXPECT_EQ(elements(*written), elements(tensor)) << tensor.name;
    }
  }
  EXPECT_EQ(after.training_set, before.training_set);
  EXPECT_EQ(after.metadata.at("source"), "mini_hazards_p4.pkl");
  EXPECT_EQ(after.metadata.at("source_sha256"), hashOf(before, context));
  EXPECT_THAT(folder.names(), testing::ElementsAre("out.safetensors"));
}

TEST(SafetensorsWriter, PadsItsHeaderAndNamesASingleNetwork) {
  const ScratchFolder folder;
  SilentContext context;
  const std::vector<float> numbers{1, 2, 3};
  const NetworkState network = networkOf("G_ema", numbers);
  writeSafetensors(
      folder / "one.safetensors", std::span(&network, 1), {.metadata = {{"networks", "stale"}}}, context);
  std::uint64_t header = 0;
  const auto bytes = test::readBytes(folder / "one.safetensors");
  std::memcpy(&header, bytes.data(), sizeof header);
  EXPECT_EQ(header % 8, 0U);
  EXPECT_EQ(bytes.size(), 8 + header + 12);
  const Checkpoint checkpoint = openCheckpoint(folder / "one.safetensors", context);
  EXPECT_EQ(checkpoint.network().key, "G_ema");
  EXPECT_EQ(checkpoint.network().config, network.config);
}

TEST(SafetensorsWriter, AHeaderOfAnyLengthIsToldFromAPickle) {
  const ScratchFolder folder;
  SilentContext context;
  const std::vector<float> numbers{1, 2, 3};
  const NetworkState network = networkOf("G_ema", numbers);
  bool as_a_pickle_begins = false;
  for (std::size_t padding = 0; padding < 256; padding += 8) {
    const auto path = folder / "one.safetensors";
    writeSafetensors(
        path, std::span(&network, 1), {.metadata = {{"note", std::string(padding, 'x')}}}, context);
    as_a_pickle_begins = as_a_pickle_begins || test::readBytes(path).front() == std::byte{0x80};
    EXPECT_EQ(openCheckpoint(path, context).format, CheckpointFormat::Safetensors) << padding;
  }
  EXPECT_TRUE(as_a_pickle_begins);
}

TEST(SafetensorsWriter, HalvesOnlyWhatHalfPrecisionCanHold) {
  const ScratchFolder folder;
  SilentContext context;
  const std::vector<float> small{1.0F, -0.333333F};
  const std::vector<float> large{1.0F, 70000.0F};
  std::vector<NetworkState> networks{networkOf("G", small), networkOf("D", large)};
  writeSafetensors(folder / "half.safetensors", networks, {.half = true}, context);
  const Checkpoint checkpoint = openCheckpoint(folder / "half.safetensors", context);
  const TensorRecord& half = checkpoint.network("G").tensors.at(0);
  ASSERT_EQ(half.dtype, DType::F16);
  std::uint16_t bits[2];
  std::memcpy(bits, elements(half).data(), sizeof bits);
  EXPECT_EQ(bits[0], 0x3c00);
  EXPECT_EQ(bits[1], 0xb555);
  EXPECT_EQ(checkpoint.network("D").tensors.at(0).dtype, DType::F32);
}

TEST(SafetensorsWriter, LeavesNothingWhenItCannotWrite) {
  const ScratchFolder folder;
  SilentContext context;
  const std::vector<float> numbers(100'000, 1.0F);
  const NetworkState network = networkOf("G", numbers);
  const auto save = [&](const std::filesystem::path& path) {
    writeSafetensors(path, std::span(&network, 1), {}, context);
  };
  EXPECT_THROW(save(folder / "missing" / "out.safetensors"), SaveError);
  EXPECT_THROW(save(folder.path()), SaveError);

  // A file size limit ends the writing half way, as a full disk does.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limited{65536, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &limited);
  EXPECT_THROW(save(folder / "out.safetensors"), SaveError);
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(SafetensorsWriter, RefusesNamesThatWouldNotComeBack) {
  const ScratchFolder folder;
  SilentContext context;
  const std::vector<float> numbers{1};
  std::vector<NetworkState> networks{networkOf("G", numbers), networkOf("a.b", numbers)};
  EXPECT_THROW(writeSafetensors(folder / "x", networks, {}, context), SaveError);
  networks = {networkOf("G", numbers)};
  networks[0].tensors[0].name = "\xff";
  EXPECT_THROW(writeSafetensors(folder / "x", networks, {}, context), SaveError);
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(Half, InvertsEveryHalf) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const unsigned exponent = (bits >> 10U) & 31U;
    const double fraction = (bits & 1023U) / 1024.0;
    if (exponent == 31 && fraction != 0) {
      continue;  // not a number
    }
    const double magnitude = exponent == 31  ? std::numeric_limits<double>::infinity()
                             : exponent == 0 ? std::ldexp(fraction, -14)
                                             : std::ldexp(1 + fraction, static_cast<int>(exponent) - 15);
    EXPECT_EQ(halfFromFloat(static_cast<float>(bits & 0x8000U ? -magnitude : magnitude)), bits);
  }
}

TEST(Half, RoundsToNearestTiesToEven) {
  EXPECT_EQ(halfFromFloat(1.0F + 0x1p-11F), 0x3c00);      // tie, down to even
  EXPECT_EQ(halfFromFloat(1.0F + 3 * 0x1p-11F), 0x3c02);  // tie, up to even
  EXPECT_EQ(halfFromFloat(1.0F + 0x1.002p-11F), 0x3c01);  // above the tie
  EXPECT_EQ(halfFromFloat(0x1p-25F), 0x0000);             // half of the smallest: to even
  EXPECT_EQ(halfFromFloat(0x1.8p-25F), 0x0001);
  EXPECT_EQ(halfFromFloat(65519.0F), 0x7bff);
  EXPECT_EQ(halfFromFloat(65520.0F), 0x7c00);
  EXPECT_EQ(halfFromFloat(std::numeric_limits<float>::quiet_NaN()) & 0x7e00, 0x7e00);
}

/// `levels` lists inside each other in an object.
std::string nested(std::size_t levels) {
  return R"({"a":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
}

std::string withConfig(const std::string& config) {
  return file(nlohmann::json{{"__metadata__", {{"config", config}}}}.dump(), "");
}

TEST(SafetensorsReader, DeepConfigurationsAreRefused) {
  EXPECT_EQ(errorOf(withConfig(nested(63))), "no error");
  for (const std::size_t levels : {64U, 200'000U}) {
    EXPECT_THAT(errorOf(withConfig(nested(levels))), HasSubstr("nested more than 64 levels")) << levels;
  }
  EXPECT_EQ(errorOf(withConfig(
                R"({"a":"[[[[[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})")),
            "no error")
      << "brackets in a text are none";
}

TEST(SafetensorsReader, LongConfigurationsAreToldFromBadOnes) {
  EXPECT_THAT(errorOf(withConfig(R"({"a":")" + std::string(1'000'000, 'x') + "\"}")), HasSubstr("too long"));
  EXPECT_THAT(errorOf(withConfig("[]")), HasSubstr("not a JSON object"));
}

TEST(SafetensorsReader, ErrorsAreShortAndPrintableHoweverLongTheFile) {
  std::string numbers = "0";
  for (int i = 0; i < 300'000; ++i) {
    numbers += ",12345678";
  }
  const std::string name(1'000'000, 'n');
  const std::pair<std::string, const char*> faults[] = {
      {file("{" + tensor("a", "F32", "[" + numbers + "]", 0, 4) + "}", "1234"), "more than 16 numbers"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[)" + numbers + "]}}", "1234"),
       "more than 2 numbers"},
      {file("{" + tensor(name, "F32", "[2]", 0, 4) + "}", "1234"), "do not make"},
      {file("{" + tensor(name, "F32", "[1]", 4, 8) + "}", "12345678"), "a gap"},
      {file("{" + tensor("a", name, "[1]", 0, 4) + "}", "1234"), "unknown type"},
      {file(R"({"__metadata__":{"networks":")" + name + R"("},)" + tensor("D.a", "U8", "[1]", 0, 1) + "}",
            "1"),
       "belongs to none"},
      {file(R"({"\u001b]0;title\u0007":null})", ""), "?]0;title?"}};
  for (const auto& [bytes, fault] : faults) {
    const std::string error = errorOf(bytes);
    EXPECT_THAT(error, HasSubstr(fault));
    EXPECT_LT(error.size(), 4096U);
    EXPECT_TRUE(std::ranges::none_of(error, [](unsigned char c) { return c < 32; })) << error;
  }
}

TEST(SafetensorsWriter, WritesNothingThatItsReaderRefuses) {
  const ScratchFolder folder;
  SilentContext context;
  const std::vector<float> numbers{1};
  NetworkState network = networkOf("G", numbers);
  network.config = R"({"a":")" + std::string(1'000'000, 'x') + "\"}";
  EXPECT_THROW(writeSafetensors(folder / "x", std::span(&network, 1), {}, context), SaveError);
  network.config = "{}";
  const SafetensorsOptions options{.metadata = {{"note", std::string(100'000'000, 'x')}}};
  EXPECT_THROW(writeSafetensors(folder / "x", std::span(&network, 1), options, context), SaveError);
  EXPECT_THAT(folder.names(), testing::IsEmpty());
}

}  // namespace
}  // namespace panohead
