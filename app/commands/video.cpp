#include "app/commands/commands.h"
#include "app/film.h"
#include "core/base/error.h"
#include "core/base/text_values.h"
#include "core/export/video_file.h"

#include <fmt/format.h>

#include <memory>

namespace panohead::app {
namespace {

struct VideoOptions {
  FilmOptions film;
  double fps = 30;
  std::filesystem::path out;
};

void parseGrid(const std::string& text, FilmOptions& film) {
  const std::size_t cross = text.find('x');
  if (cross == std::string::npos) {
    throw OptionError(fmt::format("--grid: '{}' is no grid", text), "give columns x rows, for example 4x2");
  }
  film.grid = {.columns = static_cast<int>(parseInteger(text.substr(0, cross), 1, 64, "--grid")),
               .rows = static_cast<int>(parseInteger(text.substr(cross + 1), 1, 64, "--grid"))};
}

void runVideo(const VideoOptions& options, Terminal& terminal) {
  options.film.check();
  std::vector<WantedHead> heads = wantedHeads(options.film.heads, options.film.picture);
  const ViewOptions view = makeViewOptions(options.film.picture);
  const ModelPtr model = openChosenModel(options.film.picture, terminal);
  Film film(options.film, model, std::move(heads), view);
  VideoWriter writer(options.out, {.width = film.width(), .height = film.height(), .fps = options.fps});
  if (!writer.notice().empty()) {
    terminal.notice(writer.notice());
  }

  StepContext step(terminal);
  Progress progress{"filming", 0, film.frames(), {}};
  try {
    for (int i = 0; i < film.frames(); ++i) {
      terminal.report(progress);
      writer.addFrame(film.frame(i, step));
      ++progress.step;
    }
  } catch (const Cancelled&) {
    if (writer.frames() > 0) {
      writer.finish();
      terminal.notice(
          fmt::format("{} of {} frames are in {}", writer.frames(), film.frames(), writer.path().string()));
    }
    throw;
  }
  terminal.report(progress);
  writer.finish();
  terminal.notice(fmt::format("{} frames in {}", writer.frames(), writer.path().string()));
}

}  // namespace

void addVideoCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "video",
                 "Films heads as MP4 (H.264). Ctrl-C leaves a film of the frames made so far.",
                 {"--kind orbit --seeds 5 --out orbit.mp4",
                  "--kind interpolate --seeds 0-7 --frames 480 --out loop.mp4",
                  "--kind interpolate --seeds 0-3 --open --turns 1 --out walk.mp4",
                  "--kind interpolate --avatar anna.avatar --avatar ben.avatar --out between.mp4",
                  "--kind grid --seeds 0-7 --grid 4x2 --size 256 --out grid.mp4"});
  const auto options = std::make_shared<VideoOptions>();
  FilmOptions& film = options->film;
  command
      .add_option(
          "--kind", film.kind, "orbit: around each head; interpolate: through the heads; grid: side by side")
      ->check(CLI::IsMember({"orbit", "interpolate", "grid"}))
      ->capture_default_str();
  addHeads(command,
           film.heads,
           "Seeds of the heads: 0-3,7. More than the grid has places: each place runs through its share");
  addInteger(command,
             "--frames",
             film.frames,
             {0, 1000000},
             "Frames of the whole film; 0 = 120 an orbit, 60 a head");
  addNumber(command, "--fps", options->fps, {1, 240}, "Frames per second");
  command.add_flag("--loop,!--open", film.closed, "Return to the first head (default), or end at the last");
  command
      .add_option_function<std::string>(
          "--grid", [&film](const std::string& text) { parseGrid(text, film); }, "Columns x rows")
      ->type_name("WxH")
      ->default_str("2x2");
  command
      .add_option_function<std::string>(
          "--turns",
          [&film](const std::string& text) { film.turns = parseNumber(text, -100, 100, "--turns"); },
          "Turns of the camera around each head")
      ->type_name("NUMBER")
      ->default_str("1, or 0 where heads flow into each other");
  addNumber(command, "--yaw", film.yaw, {-3600, 3600}, "First yaw in degrees");
  addNumber(command, "--pitch", film.pitch, {-89.9, 89.9}, "Elevation in degrees, positive from above");
  addInteger(command, "--size", film.size, {0, 4096}, "Pixels a side of each head; 0 = the model's");
  addPictureOptions(command, film.picture);
  addPath(command, "--out", options->out, "film.mp4, or a folder for numbered PNG files")
      ->type_name("FILE")
      ->required();
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) { runVideo(*options, terminal); };
  });
}

}  // namespace panohead::app
