#include "core/filming/head_shots.h"

#include "core/base/error.h"
#include "core/filming/grid_film.h"

#include <gtest/gtest.h>

#include <cmath>

namespace panohead {
namespace {

double distance(const CameraLabel& a, const CameraLabel& b) {
  return std::hypot(double{a[3]} - b[3], double{a[7]} - b[7], double{a[11]} - b[11]);
}

HeadOptions seed(std::uint32_t seed) { return {.seed = seed}; }

TEST(HeadShots, OrbitIsALoopOfEvenSteps) {
  const OrbitView start{.yaw_degrees = 170, .pitch_degrees = 10};
  const Shots shots = orbitShots(seed(4), start, 12);
  ASSERT_EQ(shots.count, 12);
  EXPECT_EQ(shots.at(0).camera, orbitLabel(start));
  const double step = distance(shots.at(0).camera, shots.at(1).camera);
  EXPECT_GT(step, 0.5);
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ(shots.at(i).head.seed, 4U);
    EXPECT_NEAR(distance(shots.at(i).camera, shots.at((i + 1) % 12).camera), step, 1e-5);
  }
  EXPECT_THROW(orbitShots(seed(4), start, 0), OptionError);
  EXPECT_THROW(orbitShots(seed(4), start, 2'000'000), OptionError);
}

TEST(HeadShots, HeadsFlowIntoEachOtherAndBack) {
  const std::vector<HeadOptions> heads{seed(1), seed(2), seed(3)};
  const Shots shots = throughHeads(heads, {}, 1, 30);
  ASSERT_EQ(shots.count, 30);
  EXPECT_TRUE(sameIdentity(shots.at(0).head, interpolated(heads[0], heads[1], 0)));
  EXPECT_TRUE(sameIdentity(shots.at(10).head, interpolated(heads[1], heads[2], 0)));
  EXPECT_TRUE(sameIdentity(shots.at(25).head, interpolated(heads[2], heads[0], 0.5))) << "back to the first";
  EXPECT_NEAR(distance(shots.at(29).camera, shots.at(0).camera),
              distance(shots.at(0).camera, shots.at(1).camera),
              1e-5);
  EXPECT_EQ(throughHeads(heads, {}, 0, 30).at(17).camera, orbitLabel({}));
  EXPECT_THROW(throughHeads({seed(1)}, {}, 1, 30), OptionError);
  EXPECT_THROW(throughHeads(heads, {}, 1, 2), OptionError);
}

/// One grey, `frames` long.
class PlainFilm final : public Film {
 public:
  PlainFilm(int frames, int size, std::uint8_t grey) : frames_(frames), size_(size), grey_(grey) {}
  int frames() const override { return frames_; }
  int width() const override { return size_; }
  int height() const override { return size_; }
  bool hasAlpha() const override { return false; }
  Image frame(int, JobContext&) override {
    Image image(size_, size_, 3);
    std::fill(image.pixels.begin(), image.pixels.end(), grey_);
    return image;
  }
  std::string settings() const override { return "plain\n"; }

 private:
  int frames_, size_;
  std::uint8_t grey_;
};

TEST(GridFilm, FilmsLieRowByRow) {
  std::vector<std::unique_ptr<Film>> films;
  for (int i = 0; i < 3; ++i) {
    films.push_back(std::make_unique<PlainFilm>(10 - i, 4, static_cast<std::uint8_t>(50 * (i + 1))));
  }
  const auto grid = gridFilm(std::move(films), 0);
  EXPECT_EQ(grid->frames(), 8);
  EXPECT_EQ(grid->width(), 8);
  EXPECT_EQ(grid->height(), 8);
  SilentContext context;
  const Image image = grid->frame(0, context);
  ASSERT_EQ(image.width, 8);
  EXPECT_EQ(image.row(1)[3 * 1], 50);
  EXPECT_EQ(image.row(1)[3 * 6], 100);
  EXPECT_EQ(image.row(6)[3 * 1], 150);
  EXPECT_EQ(image.row(6)[3 * 6], 0);
}

TEST(GridFilm, NeedsFilmsOfOneSize) {
  EXPECT_THROW(gridFilm({}, 2), OptionError);
  std::vector<std::unique_ptr<Film>> films;
  films.push_back(std::make_unique<PlainFilm>(2, 4, 1));
  films.push_back(std::make_unique<PlainFilm>(2, 5, 1));
  EXPECT_THROW(gridFilm(std::move(films), 2), OptionError);
}

}  // namespace
}  // namespace panohead
