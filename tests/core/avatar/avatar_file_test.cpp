#include "core/avatar/avatar_file.h"

#include "core/base/error.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/first_model.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/some_avatar.h"
#include "tests/support/test_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace panohead {
namespace {

using testing::HasSubstr;

Avatar theAvatar() { return test::someAvatar(test::firstModel(), 3); }

TEST(AvatarFile, ComesBackAsItWas) {
  const test::ScratchFolder folder;
  Avatar avatar = theAvatar();
  avatar.background = {
      AvatarBackground::Kind::Photo, std::make_shared<const Image>(avatar.photos[0].aligned), {1, 2, 3}};
  const AvatarPtr written = writeAvatar(folder / "a.avatar", avatar);
  const AvatarPtr back = readAvatar(folder / "a.avatar");
  EXPECT_EQ(back->ws, avatar.ws);
  EXPECT_EQ(back->ws_background, avatar.ws_background);
  EXPECT_EQ(back->delta, avatar.delta);
  EXPECT_EQ(back->name, "anna");
  EXPECT_EQ(back->model_sha256, avatar.model_sha256);
  EXPECT_EQ(back->measures, avatar.measures);
  ASSERT_EQ(back->photos.size(), 1U);
  EXPECT_EQ(back->photos[0].square, avatar.photos[0].square);
  EXPECT_EQ(back->photos[0].camera, avatar.photos[0].camera);
  EXPECT_EQ(back->photos[0].aligned.pixels, avatar.photos[0].aligned.pixels);
  EXPECT_EQ(back->photos[0].mask.pixels, avatar.photos[0].mask.pixels);
  EXPECT_EQ(back->background.plate->pixels, avatar.background.plate->pixels);
  EXPECT_EQ(back->background.colour, avatar.background.colour);
  EXPECT_EQ(back->sha256, written->sha256);
  EXPECT_EQ(back->sha256, sealAvatar(avatar)->sha256) << "the hash does not depend on the file";
  EXPECT_EQ(back->source, folder / "a.avatar");
  EXPECT_TRUE(isAvatarFile(folder / "a.avatar"));
  EXPECT_FALSE(isAvatarFile(test::firstModel()->info.path));
  EXPECT_EQ((AvatarShare{back, 1}), (AvatarShare{written, 1}));
  EXPECT_NE((AvatarShare{back, 1}), (AvatarShare{written, 0.5}));
}

TEST(AvatarFile, SavingThatIsCancelledLeavesWhatWasThere) {
  const test::ScratchFolder folder;
  writeAvatar(folder / "a.avatar", theAvatar());
  const std::vector<std::byte> before = test::readBytes(folder / "a.avatar");
  const Avatar other = test::someAvatar(test::firstModel(), 4);
  int looks = 0;
  for (bool cancelled = true; cancelled; ++looks) {
    test::CancellingContext context(looks);
    try {
      writeAvatar(folder / "a.avatar", other, context);
      cancelled = false;
    } catch (const Cancelled&) {
      EXPECT_EQ(test::readBytes(folder / "a.avatar"), before) << "look " << looks;
      const auto files = std::filesystem::directory_iterator(folder.path());
      EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "look " << looks << " left a part of a file";
    }
  }
  EXPECT_GE(looks, 4);
  EXPECT_EQ(readAvatar(folder / "a.avatar")->ws, other.ws);
}

TEST(AvatarFile, DamageIsExplained) {
  const test::ScratchFolder folder;
  writeAvatar(folder / "a.avatar", theAvatar());
  const std::vector<std::byte> good = test::readBytes(folder / "a.avatar");
  const auto expectRefused = [&](const std::vector<std::byte>& bytes, const char* word) {
    test::writeBytes(folder / "bad.avatar", bytes);
    try {
      readAvatar(folder / "bad.avatar");
      FAIL() << "was read; expected: " << word;
    } catch (const CheckpointError& error) {
      EXPECT_THAT(error.what(), HasSubstr("bad.avatar"));
      EXPECT_THAT(error.what(), HasSubstr(word));
      EXPECT_FALSE(error.hint().empty());
    }
  };
  const auto replaced = [&](std::string what, std::string by) {
    std::string text(reinterpret_cast<const char*>(good.data()), good.size());
    const auto place = text.find(what);
    EXPECT_NE(place, std::string::npos) << what;
    EXPECT_EQ(what.size(), by.size()) << "offsets must stay";
    text.replace(place, what.size(), by);
    const auto bytes = std::as_bytes(std::span(text));
    return std::vector<std::byte>(bytes.begin(), bytes.end());
  };
  expectRefused({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(good.size() / 2)},
                "cannot be read");
  expectRefused(replaced(R"(\"version\":1)", R"(\"version\":9)"), "newer version");
  expectRefused(replaced(R"(\"kind\":\"low_rank\")", R"(\"kind\":\"lower_it\")"), "damaged");
  expectRefused(replaced(R"(\"left\":[3)", R"(\"left\":[9)"), "damaged");
  expectRefused(replaced("panohead-studio avatar", "panohead-studio potato"), "not an avatar");
  expectRefused(replaced(R"(\"measures\")", R"(\"measurez\")"), "damaged");
  test::writeBytes(folder / "bad.avatar", test::readBytes(test::firstModel()->info.path));
  expectRefused(test::readBytes(folder / "bad.avatar"), "not an avatar");
  EXPECT_THROW(readAvatar(folder / "none.avatar"), CheckpointError);

  const std::vector<std::int64_t> shape = theAvatar().delta.parts[0].shape;
  // Every byte of the header and of the small tensors behind it, one at a time: an error or an avatar, but
  // never a crash.
  for (std::size_t place = 0; place < good.size(); place += 1 + place / 64) {
    std::vector<std::byte> bytes = good;
    bytes[place] ^= std::byte{0x15};
    test::writeBytes(folder / "bad.avatar", bytes);
    try {
      const AvatarPtr read = readAvatar(folder / "bad.avatar");
      for (const DeltaPart& part : read->delta.parts) {
        if (part.shape == shape) {
          unpack(part);
        }
      }
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("bad.avatar"));
    }
  }
}

TEST(AvatarFile, FullDiskLeavesTheOldFile) {
  const test::ScratchFolder folder;
  const AvatarPtr before = writeAvatar(folder / "a.avatar", theAvatar());
  {
    const test::FileSizeLimit limit(2000);
    EXPECT_THROW(writeAvatar(folder / "a.avatar", test::someAvatar(test::firstModel(), 4)), DiskFullError);
  }
  EXPECT_EQ(readAvatar(folder / "a.avatar")->sha256, before->sha256);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.avatar"});
}

TEST(AvatarFile, NumbersThatDoNotFitAreRefused) {
  Avatar avatar = theAvatar();
  avatar.ws.pop_back();
  EXPECT_THROW(sealAvatar(avatar), OptionError);
  avatar = theAvatar();
  avatar.ws[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(sealAvatar(avatar), OptionError);
}

}  // namespace
}  // namespace panohead
