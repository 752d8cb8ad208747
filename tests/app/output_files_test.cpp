// What is read is never written over, and files are named for what they are.
#include "core/base/image_io.h"
#include "tests/support/studio_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace panohead {
namespace {

using test::ProcessResult;
using test::studio;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// A command with the file that it would both read and write, and how it names it.
struct Overwriting {
  std::string name;
  std::string file;
  std::string command;  // words between blanks; an @ is the scratch folder
};

void PrintTo(const Overwriting& one, std::ostream* stream) { *stream << one.name; }

class Overwritings : public testing::TestWithParam<Overwriting> {};

TEST_P(Overwritings, AreRefusedBeforeAnythingIsDone) {
  const test::ScratchFolder scratch;
  const std::filesystem::path file = scratch / GetParam().file;
  std::filesystem::create_directories(file.parent_path());
  writePng(file, Image(16, 16, 3));  // one command reads its picture early
  const std::vector<std::byte> before = test::readBytes(file);
  std::istringstream words(GetParam().command);
  std::vector<std::string> arguments{std::istream_iterator<std::string>(words), {}};
  for (std::string& argument : arguments) {
    if (const std::size_t at = argument.find('@'); at != std::string::npos) {
      argument.replace(at, 1, scratch.path().string() + "/");
    }
  }
  const ProcessResult result = studio(arguments);
  EXPECT_EQ(result.exit_code, 2) << result.errors;
  EXPECT_THAT(
      result.errors,
      AllOf(HasSubstr(file.filename().string() + "' is also what is read"), HasSubstr("another name")));
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_EQ(test::readBytes(file), before);
}

INSTANTIATE_TEST_SUITE_P(
    Matrix,
    Overwritings,
    testing::Values(
        Overwriting{"InvertPhoto", "me.jpg", "invert @me.jpg --aligned --out @me.jpg"},
        Overwriting{"InvertMask", "m.png", "invert @me.jpg --aligned --mask @m.png --out @m.png"},
        Overwriting{"InvertLabels", "set.json", "invert @me.jpg --labels @set.json --out @set.json"},
        Overwriting{"InvertModel", "m.avatar", "invert @me.jpg --model @m.avatar --out @m.avatar"},
        Overwriting{"InvertSetting", "v.avatar", "invert @me.jpg --set vgg_file=@v.avatar --out @v.avatar"},
        Overwriting{"InvertViews",
                    "pictures/after.png",
                    "invert @pictures/after.png --views @pictures --out @me.avatar"},
        Overwriting{"Info", "anna.avatar", "info @anna.avatar --thumbnail @anna.avatar"},
        Overwriting{"Convert", "a.safetensors", "convert @a.safetensors @a.safetensors --half"},
        Overwriting{"ConvertByAnotherPath", "a.safetensors", "convert @a.safetensors @./a.safetensors"},
        Overwriting{"CheckHistogram", "h.zip", "dataset check --data @h.zip --histogram @h.zip"},
        Overwriting{"CheckSheet", "s.zip", "dataset check --data @h.zip --masks @s.zip --sheet @s.zip"},
        Overwriting{"PackPictures", "h_img.zip", "dataset pack --data @h_img.zip --out @h"},
        Overwriting{"PackMasks", "h_seg.zip", "dataset pack --data @img --masks @h_seg.zip --out @h"},
        Overwriting{"DoctorOut", "m.pkl", "doctor --seeds 0 --model @m.pkl --out @m.pkl"},
        Overwriting{"DoctorSheet", "m.pkl", "doctor --seeds 0 --model @m.pkl --sheet @m.pkl"},
        Overwriting{"DoctorAvatar", "a.avatar", "doctor --avatar @a.avatar --out @a.avatar"},
        Overwriting{"DoctorProject", "p.heads", "doctor --project @p.heads --out @p.heads"},
        Overwriting{"MetricsModel", "m.pkl", "metrics --model @m.pkl --out @m.pkl"},
        Overwriting{"MetricsFeatures", "f.pkl", "metrics --data @d --features @f.pkl --out @f.pkl"},
        Overwriting{"ShapeModel", "m.glb", "shape --seeds 0 --model @m.glb --out @m.glb"},
        Overwriting{"ShapeModelOfOneHead",
                    "m_seed0001.mrc",
                    "shape --seeds 0,1 --model @m_seed0001.mrc --out @m --format glb,mrc"},
        Overwriting{"VideoBackground", "w.webp", "video --seeds 0 --background @w.webp --out @w.webp"},
        Overwriting{"RenderBackground",
                    "out/seed0003_yaw+000_pitch+00.png",
                    "render --seeds 3 --yaw 0 --background @out/seed0003_yaw+000_pitch+00.png --out @out"},
        Overwriting{"RenderStrip",
                    "out/seed0003_strip.png",
                    "render --seeds 3 --yaw 0 --strip --background @out/seed0003_strip.png --out @out"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace panohead
