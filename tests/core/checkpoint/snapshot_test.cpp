// Whole network snapshots: shared golden data, and hand-made pickles of the same shape.
#include "core/base/error.h"
#include "core/checkpoint/byte_reader.h"
#include "core/checkpoint/checkpoint.h"
#include "tests/support/pickle_builder.h"
#include "tests/support/test_files.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <malloc.h>
#include <unistd.h>

namespace panohead {
namespace {

using Json = nlohmann::json;
using Shape = std::vector<std::int64_t>;
using test::PickleBuilder;
using testing::HasSubstr;

std::size_t residentBytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

class Snapshot : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    path_ = test::sharedData(std::string("golden/") + GetParam() + ".pkl");
    if (!std::filesystem::exists(path_)) {
      GTEST_SKIP() << path_ << " is absent: set PANOHEAD_SHARED to the folder of the golden data";
    }
  }
  Checkpoint open() const {
    SilentContext context;
    return openCheckpoint(path_, context);
  }
  std::filesystem::path path_;
};

TEST_P(Snapshot, OpensInLittleTimeAndMemory) {
  malloc_trim(0);
  const std::size_t resident = residentBytes();
  const std::size_t heap = mallinfo2().uordblks + mallinfo2().hblkhd;
  const auto start = std::chrono::steady_clock::now();
  const Checkpoint checkpoint = open();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const auto file = static_cast<double>(checkpoint.bytes.size());
  const double extra = static_cast<double>(residentBytes()) - static_cast<double>(resident);
  const double kept = static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd - heap);
  fmt::print(
      "  {}: {:.1f} MB opened in {:.1f} ms, resident memory +{:.1f} MB, of it kept on the heap {:.2f} MB\n",
      GetParam(),
      file / 1e6,
      seconds.count() * 1e3,
      extra / 1e6,
      kept / 1e6);
  EXPECT_LT(seconds.count(), 0.5);
  EXPECT_LT(extra, 1.5 * file);
  EXPECT_LT(kept, 0.1 * file) << "weights must stay in the mapping";
}

TEST_P(Snapshot, HoldsGeneratorsAndDiscriminator) {
  const Checkpoint checkpoint = open();
  const bool pano = GetParam() == std::string("tiny_panohead");
  std::vector<std::string> keys;
  for (const NetworkState& network : checkpoint.networks) {
    keys.push_back(network.key);
  }
  EXPECT_THAT(keys, testing::ElementsAre("G", "D", "G_ema"));
  EXPECT_EQ(checkpoint.network().key, "G_ema");
  EXPECT_EQ(checkpoint.network().class_name, "TriPlaneGenerator");
  EXPECT_EQ(checkpoint.network("D").class_name, pano ? "MaskDualDiscriminatorV2" : "DualDiscriminator");
  const Json config = Json::parse(checkpoint.network().config);
  EXPECT_EQ(config["z_dim"], 64);
  EXPECT_EQ(config["w_dim"], 512);
  EXPECT_EQ(config["c_dim"], 25);
  EXPECT_EQ(config["img_resolution"], pano ? 128 : 256);
  EXPECT_EQ(config["mapping_kwargs"]["num_layers"], 2);
  EXPECT_EQ(config["rendering_kwargs"]["depth_resolution"], 12);
  EXPECT_EQ(config["rendering_kwargs"]["use_background"], pano);
  EXPECT_EQ(Json::parse(checkpoint.network("D").config)["img_channels"], 3);
  const TensorRecord* axes = checkpoint.network().find("renderer.plane_axes");
  ASSERT_TRUE(axes);
  EXPECT_EQ(axes->shape, (std::vector<std::int64_t>{3, 3, 3}));
  EXPECT_FALSE(axes->in_state_dict);
}

INSTANTIATE_TEST_SUITE_P(Golden,
                         Snapshot,
                         testing::Values("tiny_panohead", "tiny_eg3d"),
                         [](const auto& info) { return std::string(info.param); });

// The gradient table of the reference lists every parameter with its shape.
TEST(SnapshotParameters, HaveTheNamesAndShapesOfTheReference) {
  const auto folder = test::sharedData("golden");
  if (!std::filesystem::exists(folder / "tiny_panohead.pkl")) {
    GTEST_SKIP() << folder << " is absent: set PANOHEAD_SHARED to the folder of the golden data";
  }
  SilentContext context;
  const Checkpoint checkpoint = openCheckpoint(folder / "tiny_panohead.pkl", context);
  const Json table = Json::parse(std::ifstream(folder / "tiny_panohead.train.grad_norms.json"));
  const std::pair<const char*, const char*> phases[] = {{"G", "Gmain"}, {"D", "Dmain"}};
  for (const auto& [key, phase] : phases) {
    std::map<std::string, Shape> found;
    std::map<std::string, Shape> expected;
    const Json& parameters = table.at("phases").at(phase);
    for (const TensorRecord& tensor : checkpoint.network(key).tensors) {
      if (tensor.is_parameter) {
        found[tensor.name] = tensor.shape;
      }
    }
    for (const auto& [name, entry] : parameters.items()) {
      // Parameters without a gradient are listed without a shape.
      const auto known = found.find(name);
      const Shape unlisted = known == found.end() ? Shape{} : known->second;
      expected[name] = entry.is_null() ? unlisted : entry.at("shape").get<Shape>();
    }
    EXPECT_EQ(found, expected) << key;
    EXPECT_GT(expected.size(), 40U);
  }
}

Checkpoint read(const std::string& bytes) {
  SilentContext context;
  return readCheckpoint({"hand.pkl", test::bytesOf(bytes)}, context);
}

CheckpointError errorOf(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const CheckpointError& error) {
    return error;
  }
  return CheckpointError("no error");
}

// {"G_ema": Net()} with the given opcodes as the content of its attribute dictionary.
std::string network(const PickleBuilder& attributes) {
  const std::string inner = attributes.finish();
  return PickleBuilder()
      .op('}')
      .text("G_ema")
      .global("nets", "Net")
      .ops(")\x81")
      .ops(std::string_view(inner).substr(2, inner.size() - 3))
      .ops("bs")
      .finish();
}

TEST(HandMadeSnapshot, TheObjectsOwnRenderingOptionsDecide) {
  PickleBuilder attributes;
  attributes.op('}').op('(').text("_parameters").op('}').text("rendering_kwargs");
  attributes.op('}').text("ray_start").integer(2).op('s');
  attributes.text("z_dim").integer(64).text("img_channels").integer(6).text("_init_kwargs");
  attributes.op('}').op('(').text("img_channels").integer(3).text("rendering_kwargs");
  attributes.op('}').text("ray_start").integer(1).op('s').ops("uu");
  const Json config = Json::parse(read(network(attributes)).network().config);
  EXPECT_EQ(config["rendering_kwargs"]["ray_start"], 2);
  EXPECT_EQ(config["img_channels"], 3);
  EXPECT_EQ(config["z_dim"], 64);
}

std::string withWeight(std::int32_t offset,
                       const std::vector<std::int32_t>& shape,
                       const std::vector<std::int32_t>& stride) {
  PickleBuilder attributes;
  attributes.op('}').text("_parameters").op('}').text("w");
  attributes.tensor(PickleBuilder::container({1, 2, 3, 4}), offset, shape, stride).ops("ss");
  return network(attributes);
}

TEST(HandMadeSnapshot, ReadsViewsAndRefusesThoseThatLeaveTheirStorage) {
  EXPECT_EQ(read(withWeight(1, {3}, {1})).network().tensors.at(0).offset, 1);
  EXPECT_THAT(errorOf(withWeight(2, {3}, {1})).what(), HasSubstr("tensor 'w': element 4 of a storage of 4"));
  EXPECT_THAT(errorOf(withWeight(-1, {3}, {1})).what(), HasSubstr("offset -1"));
  EXPECT_THAT(errorOf(withWeight(0, {2147483647, 2147483647}, {0, 0})).what(), HasSubstr("tensor 'w'"));
}

TEST(HandMadeSnapshot, APickleThatNamesOsSystemRunsNothing) {
  const auto marker = std::filesystem::temp_directory_path() / fmt::format("panohead_ran_{}", getpid());
  const CheckpointError error = errorOf(
      PickleBuilder(2).global("posix", "system").text("touch " + marker.string()).ops("\x85R").finish());
  EXPECT_THAT(error.what(), HasSubstr("holds no network"));
  EXPECT_THAT(error.detail(), HasSubstr("posix.system"));
  EXPECT_FALSE(std::filesystem::exists(marker));
}

TEST(HandMadeSnapshot, WrongKindsAreNamed) {
  EXPECT_THAT(errorOf(PickleBuilder().ops("NNN\x87").finish()).what(), HasSubstr("TensorFlow era"));
  EXPECT_THAT(errorOf(PickleBuilder().op('}').text("G").op('N').op('s').finish()).what(),
              HasSubstr("no network"));
  EXPECT_THAT(errorOf("<!DOCTYPE html>").hint(), HasSubstr("web page"));
  EXPECT_THAT(errorOf("just text").what(), HasSubstr("no model file"));
}

TEST(HandMadeSnapshot, ModulesThatContainThemselvesEndInAnError) {
  PickleBuilder cycle;
  cycle.op('}').text("G").global("nets", "Net").ops(")\x81").put(0).op('}').text("_modules");
  cycle.op('}').text("me").get(0).ops("ssbs");
  EXPECT_THAT(errorOf(cycle.finish()).what(), HasSubstr("nested more than"));
}

TEST(HandMadeSnapshot, ModulesSharedExponentiallyEndInAnError) {
  PickleBuilder bomb;
  const auto module = [&](std::uint32_t level) {
    bomb.global("nets", "Net").ops(")\x81").op('}').text("_modules").op('}').op('(');
    for (int i = 0; level > 0 && i < 10; ++i) {
      bomb.text(std::to_string(i)).get(level - 1);
    }
    bomb.ops("usb").put(level);
  };
  bomb.op('}').text("G");
  for (std::uint32_t level = 0; level < 30; ++level) {
    module(level);
    bomb.ops(level < 29 ? "0" : "s");
  }
  EXPECT_THAT(errorOf(bomb.finish()).what(), HasSubstr("without end"));
}

TEST(HandMadeSnapshot, AMissingNetworkIsNamedWithWhatIsThere) {
  const std::string bytes = withWeight(0, {4}, {1});
  const Checkpoint checkpoint = read(bytes);
  try {
    checkpoint.network("D");
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr("'D'"));
    EXPECT_THAT(error.hint(), HasSubstr("G_ema"));
  }
}

TEST(OpenCheckpoint, SaysWhatIsWrongWithThePath) {
  SilentContext context;
  const auto message = [&](const std::filesystem::path& path) -> std::string {
    try {
      openCheckpoint(path, context);
    } catch (const CheckpointError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message("/nowhere/model.pkl"), HasSubstr("/nowhere/model.pkl"));
  EXPECT_THAT(message(std::filesystem::temp_directory_path()), HasSubstr("is a folder"));
  EXPECT_THAT(message("/dev/null"), HasSubstr("not a regular file"));
  const auto empty = std::filesystem::temp_directory_path() / fmt::format("panohead_empty_{}", getpid());
  test::writeBytes(empty, {});
  EXPECT_THAT(message(empty), HasSubstr("is empty"));
  std::filesystem::remove(empty);
}

class CancelledContext final : public JobContext {
 public:
  void report(const Progress&) override {}
  void preview(Frame) override {}
  void checkpoint() override { throw Cancelled(); }
  std::stop_token stopToken() const override { return {}; }
};

TEST(OpenCheckpoint, CanBeCancelled) {
  CancelledContext context;
  EXPECT_THROW(openCheckpoint(test::sourceData("mini_hazards_p4.pkl"), context), Cancelled);
}

/// A network with an option of the given value.
std::string withSetting(const std::function<void(PickleBuilder&)>& value) {
  PickleBuilder attributes;
  attributes.op('}').text("_parameters").ops("}s").text("_init_kwargs").op('}').text("a");
  value(attributes);
  return network(attributes.ops("ss"));
}

TEST(HandMadeSnapshot, LongNumbersCountAsTheTextThatTheyBecome) {
  const auto numbers = [](PickleBuilder& pickle) {
    pickle.op('(');
    for (int i = 0; i < 2000; ++i) {  // of 256 bytes: 616 digits each
      pickle.op('\x8b').raw(std::uint32_t{256}).ops(std::string(256, '\x7f'));
    }
    pickle.op('l');
  };
  EXPECT_THAT(errorOf(withSetting(numbers)).what(), HasSubstr("settings are longer than"));
}

TEST(HandMadeSnapshot, SettingsThatEscapingMakesTooLongAreRefused) {
  const auto text = [](PickleBuilder& pickle) { pickle.text(std::string(300'000, '\x01')); };  // \u0001
  EXPECT_THAT(errorOf(withSetting(text)).what(), HasSubstr("settings are longer than"));
}

TEST(HandMadeSnapshot, TensorsThatUnfoldAFewBytesTogetherEndInAnError) {
  const std::string container = PickleBuilder::container({1});
  const auto file = [&](int tensors) {
    PickleBuilder attributes;
    attributes.op('}').text("_parameters").op('}').op('(');
    for (int i = 0; i < tensors; ++i) {
      attributes.text("t" + std::to_string(i)).tensor(container, 0, {4096, 4096}, {0, 0});
    }
    return network(attributes.ops("us"));
  };
  EXPECT_NO_THROW(read(file(2)));
  EXPECT_THAT(errorOf(file(8)).what(), HasSubstr("elements in a file of"));
}

}  // namespace
}  // namespace panohead
