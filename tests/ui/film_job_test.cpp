// Films as the window makes them, without the window.
#include "ui/film_job.h"

#include "core/base/error.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace panohead::ui {
namespace {

/// A short way around the head, small.
FilmRequest orbitOf(const ModelPtr& model, const std::filesystem::path& path) {
  SilentContext context;
  FilmRequest request;
  request.head = makeHead(model, {.seed = 3}, context);
  request.subject = FilmSubject::Orbit;
  request.seconds = 0.8;
  request.format.fps = 10;
  request.size = 64;
  request.path = path;
  return request;
}

class StopsAtTheThirdFrame final : public JobContext {
 public:
  void report(const Progress& progress) override { step_ = progress.stage == "filming" ? progress.step : 0; }
  void preview(Frame) override {}
  void checkpoint() override {
    if (step_ >= 3) {
      throw Cancelled();
    }
  }
  std::stop_token stopToken() const override { return {}; }

 private:
  std::int64_t step_ = 0;
};

ModelPtr opened(const std::filesystem::path& path) {
  SilentContext context;
  return openModel(path, context);
}

TEST(FilmJob, FolderOfAnotherModelOfTheSameNameIsNotGoneOnWith) {
  const test::ScratchFolder scratch;
  const std::filesystem::path model = scratch / "model.safetensors";
  std::filesystem::copy_file(test::firstModelFile(), model);
  StopsAtTheThirdFrame stops;
  EXPECT_THROW(renderFilm(orbitOf(opened(model), scratch / "film"), stops), Cancelled);
  ASSERT_TRUE(std::filesystem::exists(scratch / "film.part" / "film.json"));
  const auto half = test::runProcess({test::studioProgram(),
                                      "convert",
                                      model.string(),
                                      (scratch / "half.safetensors").string(),
                                      "--half",
                                      "--quiet"});
  ASSERT_EQ(half.exit_code, 0) << half.errors;
  std::filesystem::rename(scratch / "half.safetensors", model);
  SilentContext context;
  EXPECT_THROW(renderFilm(orbitOf(opened(model), scratch / "film"), context), SaveError);
}

TEST(FilmJob, ForecastSaysOnlyWhatIsKnown) {
  const ModelPtr model = opened(test::firstModelFile());
  const test::ScratchFolder scratch;
  FilmRequest request;
  request.subject = FilmSubject::Orbit;
  request.seconds = 2;
  request.format.fps = 10;
  EXPECT_EQ(framesOf(request), 20);
  EXPECT_EQ(forecastFilm(request, model, FilmKind::Mp4).seconds, 0);
  EXPECT_EQ(forecastFilm(request, model, FilmKind::Mp4).bytes, 0);
  request.format.megabits = 4;
  EXPECT_NEAR(forecastFilm(request, model, FilmKind::Mp4).bytes, 1e6, 1);
  EXPECT_EQ(forecastFilm(request, model, FilmKind::WebP).bytes, 0) << "it has no bit rate";

  SilentContext context;
  FilmRequest film = orbitOf(model, scratch / "film");
  const auto first = renderFrame(*film.head, {.camera = orbitLabel({})}, context);
  EXPECT_GT(forecastFilm(film, model, FilmKind::Pictures).seconds, 0);
  renderFilm(film, context);
  film.path = scratch / "longer";
  film.seconds = 1.6;
  const FilmForecast forecast = forecastFilm(film, model, FilmKind::Pictures);
  const auto begin = std::chrono::steady_clock::now();
  renderFilm(film, context);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  EXPECT_LT(forecast.seconds, 10 * seconds)
      << "the machine may do other work now than then, but units must be right";
  EXPECT_GT(forecast.seconds, seconds / 10);
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch / "longer")) {
    bytes += static_cast<double>(entry.file_size());
  }
  EXPECT_NEAR(forecast.bytes, bytes, 0.2 * bytes);

  film.subject = FilmSubject::Interpolation;
  film.heads = {{.seed = 1}, {.seed = 2}};
  EXPECT_GT(forecastFilm(film, model, FilmKind::Pictures).seconds, forecast.seconds)
      << "every frame has a head of its own";
  film.mode = RenderMode::Depth;
  EXPECT_EQ(forecastFilm(film, model, FilmKind::Pictures).seconds, 0) << "such frames were not drawn";
}

}  // namespace
}  // namespace panohead::ui
