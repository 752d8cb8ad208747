#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/filming/film_run.h"
#include "core/filming/shot_film.h"
#include "tests/support/cancelling_context.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/first_model.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/some_avatar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace panohead {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ViewOptions quickView() {
  ViewOptions view;
  view.neural_resolution = 16;
  view.coarse_samples = 8;
  view.fine_samples = 8;
  return view;
}

KeyFrames path(std::initializer_list<KeyFrame> frames) {
  KeyFrames result;
  for (const KeyFrame& frame : frames) {
    result.set(frame);
  }
  return result;
}

double distance(const CameraLabel& a, const CameraLabel& b) {
  return std::hypot(double{a[3]} - b[3], double{a[7]} - b[7], double{a[11]} - b[11]);
}

double meanDifference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    sum += std::abs(a.pixels[i] - b.pixels[i]);
  }
  return sum / static_cast<double>(a.pixels.size());
}

/// Pictures that tell their number.
class CountingFilm final : public Film {
 public:
  explicit CountingFilm(int frames, bool alpha = false) : frames_(frames), alpha_(alpha) {}
  int frames() const override { return frames_; }
  int width() const override { return 32; }
  int height() const override { return 32; }
  bool hasAlpha() const override { return alpha_; }
  Image frame(int index, JobContext& context) override {
    context.checkpoint();
    ++drawn;
    Image image(32, 32, alpha_ ? 4 : 3);
    std::ranges::fill(image.pixels, static_cast<std::uint8_t>(index * 10));
    return image;
  }
  std::string settings() const override { return "kind: counting\n"; }
  int drawn = 0;

 private:
  int frames_;
  bool alpha_;
};

std::vector<std::string> notices;
void keepNotice(const std::string& line) { notices.push_back(line); }

TEST(KeyFramePath, LoopEndsOneStepBeforeItsBeginning) {
  const KeyFrames loop = path({{0, {.yaw_degrees = 10}, {}},
                               {1, {.yaw_degrees = 120, .pitch_degrees = 20}, {}},
                               {2.5, {.yaw_degrees = 250, .pitch_degrees = -10}, {}},
                               {4, {.yaw_degrees = 370}, {}}});
  EXPECT_TRUE(loop.closed());
  const Shots shots = shotsOf(loop, 30);
  ASSERT_EQ(shots.count, 120);
  std::vector<double> steps;  // from each frame to the next, around the end
  for (int i = 0; i < shots.count; ++i) {
    steps.push_back(distance(shots.at(i).camera, shots.at((i + 1) % shots.count).camera));
  }
  // No repeat and no jump: the step over the end is like its neighbours.
  EXPECT_NEAR(steps[119], steps[118], 0.1 * steps[118]);
  EXPECT_NEAR(steps[119], steps[0], 0.1 * steps[0]);
  EXPECT_GT(std::ranges::min(steps), 0.02);
}

TEST(KeyFramePath, LoopThatIsNoWholeNumberOfFramesIsEvenAllTheSame) {
  const Shots shots = shotsOf(path({{0, {}, {}}, {1.01, {.yaw_degrees = 360}, {}}}), 30);
  ASSERT_EQ(shots.count, 30);
  const double step = distance(shots.at(0).camera, shots.at(1).camera);
  for (int i = 0; i < shots.count; ++i) {
    EXPECT_NEAR(distance(shots.at(i).camera, shots.at((i + 1) % shots.count).camera), step, 0.002 * step)
        << i;
  }
}

TEST(KeyFramePath, OpenPathEndsAtItsLastKeyFrame) {
  const Shots shots = shotsOf(path({{0, {}, {}}, {1, {.yaw_degrees = 90}, {}}}), 10);
  ASSERT_EQ(shots.count, 11);
  EXPECT_EQ(shots.at(10).camera, orbitLabel({.yaw_degrees = 90}));
  HeadOptions other;
  other.seed = 4;
  EXPECT_FALSE(path({{0, {}, {}}, {1, {.yaw_degrees = 360}, other}}).closed()) << "another head";
  EXPECT_FALSE(path({{0, {}, {}}, {1, {.yaw_degrees = 300}, {}}}).closed());
}

TEST(KeyFramePath, FewerThanTwoKeyFramesAndEndlessOnesAreRefused) {
  EXPECT_THROW(shotsOf(KeyFrames(), 30), OptionError);
  EXPECT_THROW(shotsOf(path({{0, {}, {}}}), 30), OptionError);
  EXPECT_THROW(shotsOf(path({{5, {}, {}}}), 30), OptionError) << "its only key frame is late";
  EXPECT_THROW(shotsOf(path({{0, {}, {}}, {1e9, {}, {}}}), 30), OptionError);
  EXPECT_THROW(shotsOf(CameraSet{}, HeadOptions{}), OptionError);
}

TEST(Film, LoopHasNoRepeatAndNoJumpInItsPictures) {
  const Shots shots = shotsOf(path({{0, {}, {}}, {1, {.yaw_degrees = 360}, {}}}), 12);
  const auto film = shotFilm(test::firstModel(), nullptr, shots, quickView(), 64, "");
  SilentContext context;
  std::vector<Image> frames;
  for (int i = 0; i < film->frames(); ++i) {
    frames.push_back(film->frame(i, context));
  }
  ASSERT_EQ(frames.size(), 12U);
  std::vector<double> steps;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    steps.push_back(meanDifference(frames[i], frames[(i + 1) % frames.size()]));
  }
  const auto [least, most] = std::minmax_element(steps.begin(), steps.end() - 1);
  EXPECT_GE(steps.back(), 0.5 * *least) << "no repeat";
  EXPECT_LE(steps.back(), 1.5 * *most) << "no jump";
}

/// What is seen of it: colours that are transparent do not count.
Image seenOver(Image image) {
  for (std::size_t i = 0; image.channels == 4 && i < image.pixels.size(); i += 4) {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      image.pixels[i + channel] =
          static_cast<std::uint8_t>(image.pixels[i + channel] * image.pixels[i + 3] / 255);
    }
  }
  return image;
}

/// Changes from frame to frame of a still camera's way between two heads.
std::vector<double> stepsBetween(const HeadOptions& a, const HeadOptions& b) {
  const Shots shots = shotsOf(path({{0, {}, a}, {1, {}, b}}), 12);
  const auto film = shotFilm(test::firstModel(), nullptr, shots, quickView(), 0, "");
  SilentContext context;
  std::vector<Image> frames;
  for (int i = 0; i < film->frames(); ++i) {
    frames.push_back(seenOver(film->frame(i, context)));
  }
  std::vector<double> steps;
  for (std::size_t i = 1; i < frames.size(); ++i) {
    steps.push_back(meanDifference(frames[i - 1], frames[i]));
  }
  return steps;
}

TEST(Film, NothingThatDecidesAHeadJumpsBetweenKeyFrames) {
  struct Way {
    const char* what;
    HeadOptions a, b;
  };
  const HeadOptions plain{.seed = 3};
  HeadOptions mixed = plain, other_mix = plain, cut = plain, noisy = plain, noisier = plain, edited = plain;
  mixed.mix = StyleMix{9, 2, 9};
  other_mix.mix = StyleMix{12, 4, 14};
  cut.truncation_cutoff = 3;
  noisy.noise = NoiseMode::None;
  noisier.noise = noisy.noise;
  noisier.seed = 4;
  noisier.mix = other_mix.mix;
  noisier.truncation_cutoff = 5;
  edited.mix = mixed.mix;
  auto direction = std::make_shared<LatentDirection>();
  direction->delta.assign(static_cast<std::size_t>(modelInfo(*test::firstModel()).w_dim), 0.2F);
  edited.edits = {{direction, 1}};
  for (const Way& way : {Way{"mixing", plain, mixed},
                         Way{"another mixing", mixed, other_mix},
                         Way{"cutoff", plain, cut},
                         Way{"noise", plain, noisy},
                         Way{"all", mixed, noisier},
                         Way{"edits", edited, cut}}) {
    const std::vector<double> steps = stepsBetween(way.a, way.b);
    std::printf("%-15s", way.what);
    for (const double step : steps) {
      std::printf(" %5.2f", step);
    }
    std::printf("\n");
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double before = i > 0 ? steps[i - 1] : 0, after = i + 1 < steps.size() ? steps[i + 1] : 0;
      EXPECT_LT(steps[i], 2 * std::max(before, after) + 0.02) << way.what << ", step " << i;
    }
  }
}

TEST(Film, NothingBehindAHeadJumpsBetweenKeyFrames) {
  HeadOptions plain{.seed = 3};
  const auto before = [&plain](const Background& background) {
    HeadOptions head = plain;
    head.background = background;
    return head;
  };
  const auto person = [](std::uint32_t seed, const std::array<std::uint8_t, 3>& colour) {
    Avatar avatar = test::someAvatar(test::firstModel(), seed);
    avatar.background = {AvatarBackground::Kind::Colour, nullptr, colour};
    return avatarHead(sealAvatar(avatar));
  };
  const auto photo = [](int red) {
    Image image(40, 30, 3);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) {
      image.pixels[i] = static_cast<std::uint8_t>(i % 3 == 0 ? red : (i * 5) % 256);
    }
    return ImageBackground{std::make_shared<const Image>(std::move(image))};
  };
  const HeadOptions anna = person(1, {240, 30, 30}), ben = person(2, {20, 30, 240});
  const ImageBackground still = photo(20);
  ImageBackground blurred = still;
  blurred.blur = 4;
  struct Way {
    const char* what;
    HeadOptions a, b;
  };
  for (const Way& way :
       {Way{"own, seed", plain, before(SeedBackground{8, 1.0})},
        Way{"seed, seed", before(SeedBackground{5, 0.9}), before(SeedBackground{8, {}})},
        Way{"a seed's truncation", before(SeedBackground{5, -0.5}), before(SeedBackground{5, 1.0})},
        Way{"colour, colour", before(ColourBackground{250, 20, 20}), before(ColourBackground{20, 30, 240})},
        Way{"colour, seed", before(ColourBackground{250, 20, 20}), before(SeedBackground{5, 0.9})},
        Way{"own, photo", plain, before(still)},
        Way{"photo, photo", before(still), before(photo(230))},
        Way{"a photo's blur", before(still), before(blurred)},
        Way{"none, colour", before(NoBackground{}), before(ColourBackground{250, 20, 20})},
        Way{"none, own", before(NoBackground{}), plain},
        Way{"two persons' own", anna, ben},
        Way{"a person's, a seed's own", anna, {.seed = 9}}}) {
    const std::vector<double> steps = stepsBetween(way.a, way.b);
    std::printf("%-25s", way.what);
    for (const double step : steps) {
      std::printf(" %5.2f", step);
    }
    std::printf("\n");
    EXPECT_GT(std::accumulate(steps.begin(), steps.end(), 0.0), 1) << way.what << ": nothing changes";
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const double last = i > 0 ? steps[i - 1] : 0, next = i + 1 < steps.size() ? steps[i + 1] : 0;
      EXPECT_LT(steps[i], 2 * std::max(last, next) + 0.02) << way.what << ", step " << i;
    }
  }
}

TEST(Film, FadesBetweenBackgroundsBeginAndEndWithThem) {
  const auto pictureOf = [](const HeadOptions& head) {
    SilentContext context;
    ViewOptions view = quickView();
    view.camera = orbitLabel({});
    return renderFrame(*makeHead(test::firstModel(), head, context), view, context).picture;
  };
  const HeadOptions own{.seed = 3};
  HeadOptions colour = own, none = own;
  colour.background = ColourBackground{250, 20, 20};
  none.background = NoBackground{};
  {
    SilentContext context;
    const HeadPtr head = makeHead(test::firstModel(), interpolated(own, colour, 0.5), context);
    ViewOptions view;
    view.camera = orbitLabel({});
    std::vector<std::string> stages;
    for (const StageTime& time : renderFrame(*head, view, context).times) {
      EXPECT_THAT(stages, testing::Not(testing::Contains(time.stage))) << "two pictures, but one frame";
      stages.push_back(time.stage);
    }
  }
  // Half of each, whatever the kinds.
  const Image a = pictureOf(own), b = pictureOf(colour), half = pictureOf(interpolated(own, colour, 0.5));
  for (std::size_t i = 0; i < half.pixels.size(); ++i) {
    ASSERT_NEAR(half.pixels[i], (a.pixels[i] + b.pixels[i]) / 2.0, 2) << i;
  }
  const Image clear = pictureOf(none), faded = pictureOf(interpolated(none, colour, 0.25));
  ASSERT_EQ(faded.channels, 4);
  for (std::size_t i = 0; i < clear.pixels.size(); i += 4) {
    ASSERT_NEAR(faded.pixels[i + 3], 0.75 * clear.pixels[i + 3] + 0.25 * 255, 1.5) << i;
    if (clear.pixels[i + 3] < 2) {  // behind the head
      ASSERT_NEAR(faded.pixels[i], 250, 4) << i;
    }
  }
  EXPECT_EQ(interpolated(own, colour, 0), own);
  EXPECT_EQ(interpolated(own, colour, 1), colour);
  EXPECT_EQ(interpolated(own, colour, 1e-9).seed, own.seed);
}

TEST(Film, GivenCamerasAreThoseOfTheFrames) {
  const CameraSet cameras{30, 64, 64, {orbitLabel({}), orbitLabel({.yaw_degrees = 90})}};
  const auto film = shotFilm(test::firstModel(), nullptr, shotsOf(cameras, {.seed = 3}), quickView(), 0, "");
  ASSERT_EQ(film->frames(), 2);
  EXPECT_EQ(film->width(), 256);
  SilentContext context;
  ViewOptions view = quickView();
  view.camera = cameras.frames[1];
  EXPECT_EQ(film->frame(1, context).pixels,
            renderFrame(*makeHead(test::firstModel(), {.seed = 3}, context), view, context).picture.pixels);
}

TEST(Film, AlphaIsThatOfHeadsWithoutBackground) {
  HeadOptions bare;
  bare.background = NoBackground{};
  const auto film = shotFilm(
      test::firstModel(), nullptr, shotsOf(CameraSet{30, 8, 8, {orbitLabel({})}}, bare), quickView(), 32, "");
  EXPECT_TRUE(film->hasAlpha());
  SilentContext context;
  EXPECT_EQ(film->frame(0, context).channels, 4);
  const test::ScratchFolder scratch;
  EXPECT_THROW(writeFilm(*film, scratch / "film.mp4", {}, true, context, keepNotice), OptionError);
  EXPECT_THAT(scratch.names(), IsEmpty());
}

TEST(Film, SplitShowsBothSidesAndItsSweepIsALoop) {
  class Flat final : public Film {
   public:
    explicit Flat(std::uint8_t value) : value_(value) {}
    int frames() const override { return 24; }
    int width() const override { return 100; }
    int height() const override { return 4; }
    bool hasAlpha() const override { return false; }
    Image frame(int, JobContext&) override {
      Image image(100, 4, 3);
      std::ranges::fill(image.pixels, value_);
      return image;
    }
    std::string settings() const override { return {}; }

   private:
    std::uint8_t value_;
  };
  SilentContext context;
  const auto fixed = splitFilm(std::make_unique<Flat>(10), std::make_unique<Flat>(90), 0.3);
  const Image image = fixed->frame(5, context);
  EXPECT_EQ(image.row(2)[3 * 28], 10);
  EXPECT_EQ(image.row(2)[3 * 30], 255);
  EXPECT_EQ(image.row(2)[3 * 32], 90);
  const auto sweep = splitFilm(std::make_unique<Flat>(10), std::make_unique<Flat>(90), std::nullopt);
  const auto edge = [&](int frame) {
    const Image picture = sweep->frame(frame, context);
    int x = 0;
    while (picture.row(0)[3 * x] == 10) {
      ++x;
    }
    return x;
  };
  EXPECT_NEAR(edge(0), 49, 1);
  EXPECT_GT(edge(6), 85);
  EXPECT_LT(edge(18), 15);
  EXPECT_NEAR(edge(0) - edge(23), edge(1) - edge(0), 2) << "over the end as anywhere";
  EXPECT_THROW(splitFilm(std::make_unique<Flat>(1), std::make_unique<CountingFilm>(3), 0.5), OptionError);
}

TEST(FilmRun, StoppedAtAnyPointLeavesNothingUnderTheName) {
  for (const char* name : {"film.mp4", "film.webm", "film.webp", "film"}) {
    for (const int stop_at : {1, 2, 3, 7, 12}) {
      const test::ScratchFolder scratch;
      CountingFilm film(8);
      test::CancellingContext context(stop_at - 1);
      EXPECT_THROW(writeFilm(film, scratch / name, {}, false, context, keepNotice), Cancelled);
      for (const std::string& left : scratch.names()) {
        EXPECT_EQ(left, "film.part") << name << " stopped at " << stop_at;
        EXPECT_STREQ(name, "film");
      }
    }
  }
}

TEST(FilmRun, StoppedFilmsCanBeKeptAsParts) {
  const test::ScratchFolder scratch;
  for (const char* name : {"film.mp4", "film.webm", "film.webp"}) {
    CountingFilm film(8);
    test::CancellingContext context(6);
    notices.clear();
    EXPECT_THROW(writeFilm(film, scratch / name, {}, true, context, keepNotice), Cancelled);
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_THAT(notices[0], HasSubstr("3 of 8 frames"));
  }
  EXPECT_THAT(scratch.names(), ElementsAre("film.part.mp4", "film.part.webm", "film.part.webp"));
}

TEST(FilmRun, FolderIsGoneOnWithAndDrawsNothingTwice) {
  const test::ScratchFolder scratch;
  CountingFilm film(8);
  test::CancellingContext stopping(8);
  EXPECT_THROW(writeFilm(film, scratch / "film", {}, false, stopping, keepNotice), Cancelled);
  EXPECT_EQ(film.drawn, 4);
  SilentContext context;
  const FilmReport report = writeFilm(film, scratch / "film", {}, false, context, keepNotice);
  EXPECT_EQ(report.resumed, 4);
  EXPECT_EQ(report.frames, 8);
  EXPECT_EQ(film.drawn, 8);
  EXPECT_THAT(scratch.names(), ElementsAre("film"));
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(readImage(scratch / "film" / ("frame_00000" + std::to_string(i) + ".png")).pixels[0], i * 10);
  }
}

TEST(FilmRun, FolderOnAFullDiskTellsWhatItKeepsAndIsGoneOnWith) {
  /// Noise from its fourth frame on: these pictures are larger than the disk.
  class Growing final : public Film {
   public:
    int frames() const override { return 6; }
    int width() const override { return 64; }
    int height() const override { return 64; }
    bool hasAlpha() const override { return false; }
    Image frame(int index, JobContext&) override {
      Image image(64, 64, 3);
      std::uint32_t state = 1;
      for (std::uint8_t& value : image.pixels) {
        state = state * 1664525U + 1013904223U;
        value = index < 3 ? std::uint8_t{7} : static_cast<std::uint8_t>(state >> 24);
      }
      return image;
    }
    std::string settings() const override { return "kind: growing\n"; }
  } film;
  const test::ScratchFolder scratch;
  SilentContext context;
  notices.clear();
  {
    const test::FileSizeLimit full(4000);
    EXPECT_THROW(writeFilm(film, scratch / "film", {}, false, context, keepNotice), SaveError);
  }
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0], HasSubstr("3 of 6 frames"));
  EXPECT_THAT(notices[0], HasSubstr("film.part"));
  EXPECT_THAT(scratch.names(), ElementsAre("film.part"));
  EXPECT_EQ(writeFilm(film, scratch / "film", {}, false, context, keepNotice).resumed, 3);
}

TEST(FilmRun, SizesThatCannotFitAreRefusedBeforeAnythingIsDrawn) {
  class Huge final : public Film {
   public:
    int frames() const override { return 3; }
    int width() const override { return 40000; }
    int height() const override { return 40000; }
    bool hasAlpha() const override { return false; }
    Image frame(int, JobContext&) override { throw std::logic_error("drawn"); }
    std::string settings() const override { return {}; }
  } film;
  const test::ScratchFolder scratch;
  SilentContext context;
  EXPECT_THROW(writeFilm(film, scratch / "film.mp4", {}, true, context, keepNotice), OptionError);
  EXPECT_THAT(scratch.names(), IsEmpty());
}

}  // namespace
}  // namespace panohead
