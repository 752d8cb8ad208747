// Heads of fitted people: their files, blends, edits, backgrounds, films and projects.
#include "core/session/avatar_session.h"

#include "core/base/error.h"
#include "core/session/key_frames.h"
#include "core/session/project.h"
#include "tests/support/first_model.h"
#include "tests/support/plain_model.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/some_avatar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace panohead {
namespace {

using test::firstModel;
using test::someAvatar;
using testing::HasSubstr;

HeadPtr headOf(const HeadOptions& options) {
  SilentContext context;
  return makeHead(firstModel(), options, context);
}

std::vector<std::uint8_t> pixels(const HeadPtr& head, double yaw = 15, bool exact = false) {
  SilentContext context;
  ViewOptions view;
  view.camera = orbitLabel({.yaw_degrees = yaw});
  view.neural_resolution = 32;
  view.coarse_samples = view.fine_samples = 12;
  view.exact = exact;
  return renderFrame(*head, view, context).picture.pixels;
}

std::vector<std::uint8_t> pixels(const HeadOptions& options) { return pixels(headOf(options)); }

double difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    sum += std::abs(int{a[i]} - int{b[i]});
  }
  return sum / static_cast<double>(a.size());
}

AvatarPtr anna() {
  static const AvatarPtr avatar = sealAvatar(someAvatar(firstModel(), 3));
  return avatar;
}
AvatarPtr ben() {
  static const AvatarPtr avatar = sealAvatar(someAvatar(firstModel(), 8, "ben"));
  return avatar;
}

TEST(AvatarHead, TunedWeightsDrawIt) {
  Avatar plain = someAvatar(firstModel(), 3);
  plain.delta = {};
  const double tuning = difference(pixels(avatarHead(anna())), pixels(avatarHead(sealAvatar(plain))));
  std::printf("[   INFO   ] tuning changes pixels by %.2f of 255\n", tuning);
  EXPECT_GT(tuning, 0.5);
  const HeadPtr head = headOf(avatarHead(anna()));
  EXPECT_NE(head->networks, firstModel());
  EXPECT_EQ(headModel(*head), firstModel());
  EXPECT_LT(difference(pixels(head), pixels(head, 15, true)), 1.5) << "the fast path draws somebody else";
}

TEST(AvatarHead, OfAReopenedFileIsTheSameToTheLastBit) {
  const test::ScratchFolder folder;
  const auto before = pixels(avatarHead(anna()));
  writeAvatar(folder / "a.avatar", *anna());
  EXPECT_EQ(pixels(avatarHead(readAvatar(folder / "a.avatar"))), before);
}

TEST(AvatarHead, OpensOnItsModelOnly) {
  Avatar stranger = someAvatar(firstModel(), 3);
  stranger.model_name = "other";
  stranger.model_sha256 = std::string(64, 'a');
  try {
    headOf(avatarHead(sealAvatar(stranger)));
    FAIL();
  } catch (const CheckpointError& error) {
    EXPECT_THAT(error.what(), HasSubstr(stranger.model_sha256));
    EXPECT_THAT(error.what(), HasSubstr(anna()->model_sha256));
    EXPECT_THAT(error.what(), HasSubstr("'other'"));
  }
  HeadOptions nobody;
  nobody.avatars = {{nullptr, 1.0}};
  EXPECT_THROW(headOf(nobody), OptionError);
  HeadOptions half = avatarHead(anna());
  half.avatars[0].weight = 0.5;
  EXPECT_THROW(headOf(half), OptionError) << "weights must sum to 1";
}

TEST(AvatarHead, BlendsRunThroughBothEnds) {
  const HeadOptions a = avatarHead(anna()), b = avatarHead(ben());
  EXPECT_EQ(interpolated(a, b, 0), a);
  EXPECT_EQ(interpolated(a, b, 1), b);
  const HeadOptions middle = interpolated(a, b, 0.5);
  ASSERT_EQ(middle.avatars.size(), 2U);
  const auto first = pixels(a), second = pixels(b), between = pixels(middle);
  EXPECT_GT(difference(first, second), 2);
  EXPECT_LT(difference(first, between), difference(first, second));
  EXPECT_LT(difference(second, between), difference(first, second));
  // Weights move as w does: half of both deltas.
  const HeadPtr head = headOf(middle);
  const char* name = "backbone.synthesis.b32.conv1.weight";
  const at::Tensor expected = firstModel()->generator.store().at(name) +
                              0.5 * (unpack(anna()->delta.parts[0]) + unpack(ben()->delta.parts[0]));
  EXPECT_TRUE(at::allclose(head->networks->generator.store().at(name), expected, 0, 1e-6));
}

TEST(AvatarHead, BlendsWithSeeds) {
  const HeadOptions seed{.seed = 5, .truncation_psi = 1};
  const HeadOptions person = avatarHead(anna());
  EXPECT_EQ(pixels(interpolated(seed, person, 1)), pixels(person));
  const HeadOptions nearly = interpolated(seed, person, 0.25);
  EXPECT_EQ(nearly.blend.size(), 1U);
  EXPECT_LT(difference(pixels(nearly), pixels(seed)), difference(pixels(nearly), pixels(person)));
}

TEST(AvatarHead, TakesEditsMixingAndTruncation) {
  const HeadOptions plain = avatarHead(anna());
  const auto before = pixels(plain);
  HeadOptions edited = plain;
  auto direction = std::make_shared<LatentDirection>();
  direction->name = direction->label = "some";
  direction->delta.resize(static_cast<std::size_t>(anna()->w_dim), 0.2F);
  edited.edits = {{direction, 1}};
  EXPECT_GT(difference(pixels(edited), before), 0.5);
  const HeadPtr head = headOf(edited);
  EXPECT_TRUE(at::equal(head->ws_background, headOf(plain)->ws_background)) << "its background stays";
  EXPECT_EQ(head->networks, headOf(plain)->networks) << "unpacked once";

  HeadOptions mixed = plain;
  mixed.mix = StyleMix{5, 4, 14};
  EXPECT_GT(difference(pixels(mixed), before), 0.5);
  HeadOptions average = plain;
  average.truncation_psi = 0;
  average.truncation_cutoff = -1;
  const at::Tensor ws = headOf(average)->prepared.ws;
  EXPECT_TRUE(
      at::allclose(ws, headOf({.seed = 9, .truncation_psi = 0, .truncation_cutoff = -1})->prepared.ws));
}

TEST(AvatarHead, HasItsOwnBackgroundUntilItIsSwapped) {
  SilentContext context;
  Avatar before_colour = someAvatar(firstModel(), 3);
  before_colour.background = {AvatarBackground::Kind::Colour, nullptr, {0, 255, 0}};
  const HeadPtr head = headOf(avatarHead(sealAvatar(before_colour)));
  EXPECT_EQ(pixels(head)[1], 255) << "green in the corner";
  const HeadPtr swapped = withBackground(head, ColourBackground{255, 0, 0}, context);
  EXPECT_EQ(pixels(swapped)[0], 255);
  EXPECT_LE(pixels(swapped)[1], 1);
  const HeadPtr back = withBackground(swapped, OwnBackground{}, context);
  EXPECT_EQ(pixels(back), pixels(head));

  before_colour.background.kind = AvatarBackground::Kind::None;
  EXPECT_EQ(pixels(avatarHead(sealAvatar(before_colour))).size(), 256U * 256 * 4) << "transparent";
  before_colour.background = {AvatarBackground::Kind::Photo, std::make_shared<const Image>(16, 16, 3), {}};
  EXPECT_LE(pixels(avatarHead(sealAvatar(before_colour)))[0], 1) << "the black plate";

  // Generated: by its own code, not by that of the head.
  const HeadPtr own = headOf(avatarHead(anna()));
  const at::Tensor code =
      at::tensor(at::ArrayRef<float>(anna()->ws_background)).view(own->ws_background.sizes());
  EXPECT_TRUE(at::equal(own->ws_background, code));
  // Another seed's is that of any other head with it.
  const at::Tensor seeds = withBackground(own, SeedBackground{4, 0.7}, context)->prepared.background;
  EXPECT_TRUE(
      at::equal(seeds, headOf({.seed = 1, .background = SeedBackground{4, 0.7}})->prepared.background));
}

TEST(AvatarHead, MovesThroughKeyFrames) {
  KeyFrames film;
  film.set({0, {}, avatarHead(anna())});
  film.set({2, {}, avatarHead(ben())});
  EXPECT_EQ(film.at(0).head, avatarHead(anna()));
  EXPECT_EQ(film.at(2).head, avatarHead(ben()));
  EXPECT_EQ(film.at(1).head.avatars.size(), 2U);
}

TEST(AvatarHead, TheirOwnBackgroundsFadeIntoEachOther) {
  const test::ScratchFolder folder;
  const auto person = [&](const char* file, std::uint32_t seed, const std::array<std::uint8_t, 3>& colour) {
    Avatar avatar = someAvatar(firstModel(), seed);
    avatar.background = {AvatarBackground::Kind::Colour, nullptr, colour};
    return avatarHead(writeAvatar(folder / file, avatar));
  };
  const HeadOptions red = person("red.avatar", 3, {240, 0, 0}), blue = person("blue.avatar", 4, {0, 0, 240});
  const HeadOptions between = interpolated(red, blue, 0.25);
  const auto corner = pixels(between);
  EXPECT_NEAR(corner[0], 180, 2);
  EXPECT_NEAR(corner[2], 60, 2);
  EXPECT_EQ(interpolated(red, blue, 0), red);

  // Kept in a project, also behind a head that is none of theirs.
  Project project;
  project.head = between;
  writeProject(folder / "a.heads", project);
  EXPECT_EQ(pixels(readProject(folder / "a.heads").project.head), corner);
  project.head.avatars.clear();
  writeProject(folder / "b.heads", project);
  EXPECT_NEAR(pixels(readProject(folder / "b.heads").project.head)[0], 180, 2);
  std::filesystem::remove(folder / "red.avatar");
  const ReadProject read = readProject(folder / "a.heads");
  EXPECT_EQ(read.missing.size(), 1U);
  EXPECT_NO_THROW(headOf(read.project.head));
}

TEST(AvatarHead, ProjectsDrawTheSamePixels) {
  const test::ScratchFolder folder;
  Project project;
  project.head = avatarHead(anna());
  EXPECT_THROW(writeProject(folder / "a.heads", project), SaveError) << "is in no file yet";
  project.head = avatarHead(writeAvatar(folder / "anna.avatar", *anna()));
  project.gallery = {
      {"both", interpolated(project.head, avatarHead(writeAvatar(folder / "ben.avatar", *ben())), 0.3)}};
  writeProject(folder / "a.heads", project);
  const ReadProject read = readProject(folder / "a.heads");
  EXPECT_TRUE(read.missing.empty());
  EXPECT_EQ(read.project.head, project.head);
  EXPECT_EQ(read.project.gallery, project.gallery);
  EXPECT_EQ(pixels(read.project.head), pixels(project.head));

  // Gone, or another one by now: told, and the seed stands in.
  writeAvatar(folder / "anna.avatar", *ben());
  const ReadProject changed = readProject(folder / "a.heads");
  ASSERT_EQ(changed.missing.size(), 1U);
  EXPECT_THAT(changed.missing[0], HasSubstr("anna.avatar"));
  EXPECT_TRUE(changed.project.head.avatars.empty());
  std::filesystem::remove(folder / "ben.avatar");
  EXPECT_EQ(readProject(folder / "a.heads").missing.size(), 2U);
}

TEST(AvatarHead, IsCancelledBeforeItUnpacks) {
  class Stopped final : public JobContext {
   public:
    void report(const Progress&) override {}
    void preview(Frame) override {}
    void checkpoint() override { throw Cancelled(); }
    std::stop_token stopToken() const override { return {}; }
  } stopped;
  Avatar fresh = someAvatar(firstModel(), 21);
  EXPECT_THROW(makeHead(firstModel(), avatarHead(sealAvatar(fresh)), stopped), Cancelled);
}

TEST(AvatarHead, WorksWithoutTheFastPath) {
  const ModelPtr model = test::modelWithoutFastPath();
  Avatar avatar = someAvatar(model, 1);
  const AvatarPtr person = sealAvatar(avatar);
  SilentContext context;
  const HeadPtr head = makeHead(model, avatarHead(person), context);
  EXPECT_EQ(pixels(head).size(), 128U * 128 * 3);
}

}  // namespace
}  // namespace panohead
