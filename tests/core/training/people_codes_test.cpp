#include "core/training/people_codes.h"

#include "core/avatar/direction_file.h"
#include "core/base/error.h"
#include "core/tensor/prelude.h"
#include "tests/support/scratch_folder.h"

#include <gmock/gmock.h>

#include <limits>
#include <memory>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(PeopleCodes, LieBesideTheirNetwork) {
  EXPECT_EQ(codesBeside("runs/a/network-snapshot-000042.safetensors"), "runs/a/codes-000042.safetensors");
  EXPECT_EQ(codesBeside("model.safetensors"), "codes-model.safetensors");
  EXPECT_EQ(codesBeside("/models/heads.pkl"), "/models/codes-heads.safetensors");
}

TEST(PeopleCodes, AreReadAsTheyWereWritten) {
  const test::ScratchFolder scratch;
  const auto file = scratch / "codes-000001.safetensors";
  const at::Tensor w = at::randn({2, 7});
  writePeopleCodes(file, {{"00003", "d\xc3\xa9j\xc3\xa0 \"vu\""}, w});
  const PeopleCodes read = readPeopleCodes(file);
  EXPECT_THAT(read.names, ElementsAre("00003", "d\xc3\xa9j\xc3\xa0 \"vu\""));
  EXPECT_TRUE(at::equal(read.w, w));
}

TEST(PeopleCodes, OtherFilesAreRefusedByName) {
  const test::ScratchFolder scratch;
  const auto refused = [&](const char* name) {
    try {
      readPeopleCodes(scratch / name);
      ADD_FAILURE() << name;
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), HasSubstr(name));
    }
  };
  refused("missing.safetensors");
  auto direction = std::make_shared<LatentDirection>();
  direction->name = "w";
  direction->delta = {1, 2};
  writeDirectionFile(scratch / "directions.safetensors", {direction});
  refused("directions.safetensors");
  writePeopleCodes(scratch / "short.safetensors", {{"a", "b"}, at::ones({3, 7})});
  refused("short.safetensors");
  writePeopleCodes(scratch / "flat.safetensors", {{"a", "b"}, at::ones({2})});
  refused("flat.safetensors");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  writePeopleCodes(scratch / "nan.safetensors", {{"a"}, at::full({1, 7}, nan)});
  refused("nan.safetensors");
}

}  // namespace
}  // namespace panohead
