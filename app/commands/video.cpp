#include "app/commands/commands.h"
#include "app/seed_film.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/text_values.h"
#include "core/filming/film_run.h"
#include "core/filming/shot_film.h"
#include "core/session/project.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

namespace panohead::app {
namespace {

struct VideoOptions {
  SeedFilmOptions film;
  FilmFormat format;
  std::optional<double> fps;
  std::filesystem::path path;  // key frames of a project, or cameras
  std::optional<double> divider;
  std::filesystem::path out;
};

void parseGrid(const std::string& text, SeedFilmOptions& film) {
  const std::size_t cross = text.find('x');
  if (cross == std::string::npos) {
    throw OptionError(fmt::format("--grid: '{}' is no grid", text), "give columns x rows, for example 4x2");
  }
  film.grid = {.columns = static_cast<int>(parseInteger(text.substr(0, cross), 1, 64, "--grid")),
               .rows = static_cast<int>(parseInteger(text.substr(cross + 1), 1, 64, "--grid"))};
}

/// What is filmed, by which model.
struct Scene {
  std::unique_ptr<Film> film;
  double fps = 30;
};

bool isProject(const std::filesystem::path& path) { return lowerSuffix(path) == ".heads"; }

HeadOptions withoutEdits(HeadOptions head) {
  head.edits.clear();
  return head;
}

/// Key frames of a project; for a split the same path without and with what its sliders change.
Scene projectScene(const VideoOptions& options, const ViewOptions& view, Terminal& terminal) {
  PictureOptions picture = options.film.picture;
  const Project project = openProject(options.path, picture, terminal);
  const double fps = options.fps.value_or(project.frames_per_second);
  Shots shots = shotsOf(project.key_frames, fps);
  if (options.film.picture.background != "own") {  // asked for, in place of the project's
    const Background behind = parseBackground(options.film.picture.background);
    shots.at = [at = shots.at, behind](int index) {
      Shot shot = at(index);
      shot.head.background = behind;
      return shot;
    };
  }
  const ModelPtr model = openChosenModel(picture, terminal);
  const std::string source = fmt::format("path: {}\n{}", hashOf(options.path), settingsOf(picture));
  const auto filmOf = [&](const Shots& what) {
    return shotFilm(model, nullptr, what, view, options.film.size, source);
  };
  if (options.film.kind == "path") {
    return {filmOf(shots), fps};
  }
  const Shots plain{shots.count, [shots](int index) {
                      Shot shot = shots.at(index);
                      shot.head = withoutEdits(shot.head);
                      return shot;
                    }};
  return {splitFilm(filmOf(plain), filmOf(shots), options.divider), fps};
}

Scene seedScene(const VideoOptions& options, const ViewOptions& view, Terminal& terminal) {
  const std::vector<WantedHead> heads = wantedHeads(options.film.heads, options.film.picture);
  const double fps = options.fps.value_or(30);
  if (options.film.kind == "path") {
    const CameraSet cameras = readCameraSet(options.path);
    const HeadOptions& head = heads.front().options;
    const Shots shots = shotsOf(cameras, head);
    const std::string source =
        fmt::format("path: {}\nseed: {}\navatar: {}\n{}",
                    hashOf(options.path),
                    head.seed,
                    head.avatars.empty() ? std::string() : head.avatars.front().avatar->sha256,
                    settingsOf(options.film.picture));
    return {
        shotFilm(
            openChosenModel(options.film.picture, terminal), nullptr, shots, view, options.film.size, source),
        options.fps.value_or(cameras.frames_per_second)};
  }
  const ModelPtr model = openChosenModel(options.film.picture, terminal);
  if (options.film.kind != "split") {
    return {std::make_unique<SeedFilm>(options.film, model, heads, view), fps};
  }
  const auto side = [&](std::size_t which) {
    SeedFilmOptions one = options.film;
    one.kind = "orbit";
    one.heads = options.film.heads.only(which);
    return std::make_unique<SeedFilm>(one, model, std::vector<WantedHead>{heads[which]}, view);
  };
  return {splitFilm(side(0), side(1), options.divider), fps};
}

void checkVideo(const VideoOptions& options) {
  const SeedFilmOptions& film = options.film;
  const bool path = film.kind == "path", split = film.kind == "split";
  const bool from_project = !options.path.empty() && isProject(options.path);
  if (!options.path.empty() && !path && !(split && from_project)) {
    throw OptionError(fmt::format("--path: a film of the kind '{}' follows no path", film.kind),
                      split ? "give a project (.heads), or two seeds in --seeds" : "add --kind path");
  }
  if (path && options.path.empty()) {
    throw OptionError("--kind path needs a path", "add --path project.heads, or --path cameras.json");
  }
  if (from_project && film.heads.size() > 0) {
    throw OptionError("--seeds: the project says which heads are shown", "leave --seeds away");
  }
  if (path && !from_project && film.heads.size() != 1) {
    throw OptionError(fmt::format("--seeds: one head goes along given cameras, not {}", film.heads.size()),
                      "for example --seeds 5");
  }
  if (split && !from_project && film.heads.size() != 2) {
    throw OptionError(fmt::format("--seeds: a split shows two heads, not {}", film.heads.size()),
                      "for example --seeds 3,7");
  }
  if (options.divider && !split) {
    throw OptionError(fmt::format("--divider: a film of the kind '{}' has no line", film.kind),
                      "add --kind split");
  }
  if (!path && !split) {
    film.check();
  }
  if (film.picture.background == "none" && !keepsAlpha(filmKind(options.out))) {
    throw OptionError("--background: this kind of film has no transparency",
                      "choose a colour, or name the film .webm or .webp, or a folder");
  }
}

void runVideo(const VideoOptions& options, Terminal& terminal) {
  std::vector<std::filesystem::path> read = readFiles(options.film.heads, options.film.picture);
  read.push_back(options.path);
  requireOtherFile(options.out, read);
  checkVideo(options);
  const ViewOptions view = makeViewOptions(options.film.picture);
  const bool from_project = !options.path.empty() && isProject(options.path);
  const Scene scene =
      from_project ? projectScene(options, view, terminal) : seedScene(options, view, terminal);
  FilmFormat format = options.format;
  format.fps = scene.fps;
  const FilmReport report =
      writeFilm(*scene.film, options.out, format, true, terminal, [&](const std::string& line) {
        terminal.notice(line);
      });
  terminal.notice(sentenceOf(report));
}

}  // namespace

void addVideoCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(
      root,
      invocation,
      "video",
      "Films heads as MP4 (H.264), WebM (VP9), animated WebP or numbered PNG files. Ctrl-C keeps the "
      "frames made so far beside the name.",
      {"--kind orbit --seeds 5 --out orbit.mp4",
       "--kind interpolate --seeds 0-7 --frames 480 --out loop.mp4",
       "--kind interpolate --seeds 0-3 --open --turns 1 --out walk.mp4",
       "--kind interpolate --avatar anna.avatar --avatar ben.avatar --out between.mp4",
       "--kind grid --seeds 0-7 --grid 4x2 --size 256 --out grid.mp4",
       "--kind path --path project.heads --quality 90 --out path.mp4",
       "--kind path --path cameras.json --seeds 5 --background none --out path.webm",
       "--kind split --seeds 3,7 --out split.webp"});
  const auto options = std::make_shared<VideoOptions>();
  SeedFilmOptions& film = options->film;
  command
      .add_option("--kind",
                  film.kind,
                  "orbit: around each head; interpolate: through the heads; grid: side by side; path: along "
                  "--path; split: "
                  "two heads in one picture, or a project without and with its sliders")
      ->check(CLI::IsMember({"orbit", "interpolate", "grid", "path", "split"}))
      ->capture_default_str();
  addHeads(command,
           film.heads,
           "Seeds of the heads: 0-3,7. More than the grid has places: each place runs through its share");
  addPath(command, "--path", options->path, "Project (.heads) with key frames, or cameras (.json)")
      ->type_name("FILE");
  addInteger(command,
             "--frames",
             film.frames,
             {0, 1000000},
             "Frames of the whole film; 0 = 120 an orbit, 60 a head");
  command
      .add_option_function<std::string>(
          "--fps",
          [options](const std::string& text) { options->fps = parseNumber(text, 1, 240, "--fps"); },
          "Frames per second")
      ->type_name("NUMBER")
      ->default_str("30, or the path's");
  addInteger(command,
             "--quality",
             options->format.quality,
             {1, 100},
             "Of MP4, WebM and WebP: 75 looks like the pictures, 100 is lossless in WebP");
  addNumber(command,
            "--bitrate",
            options->format.megabits,
            {0, 1000},
            "Megabits per second of MP4 and WebM, in place of --quality; 0 = what that needs");
  CLI::Option* loop = command.add_flag_callback(
      "--loop",
      [&film] { film.closed = true; },
      "Return to the first head: what happens without --open, too");
  command.add_flag_callback(
             "--open", [&film] { film.closed = false; }, "End at the last head")
      ->excludes(loop);
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
  command
      .add_option_function<std::string>(
          "--divider",
          [options](const std::string& text) {
            if (text != "sweep") {
              options->divider = parseNumber(text, 0, 1, "--divider");
            }
          },
          "Where the line of a split is: 0 to 1 of the width, or sweep")
      ->type_name("NUMBER|sweep")
      ->default_str("sweep");
  addNumber(command, "--yaw", film.yaw, {-3600, 3600}, "First yaw in degrees");
  addNumber(command, "--pitch", film.pitch, {-89.9, 89.9}, "Elevation in degrees, positive from above");
  addInteger(command, "--size", film.size, {0, 4096}, "Pixels a side of each head; 0 = the model's");
  addPictureOptions(command, film.picture);
  addPath(command, "--out", options->out, "film.mp4, .webm or .webp, or a folder for numbered PNG files")
      ->type_name("FILE")
      ->required();
  command.callback([options, &command, &invocation] {
    if (isProject(options->path)) {
      refuseHeadOptions(command);
    }
    invocation.run = [options](Terminal& terminal) { runVideo(*options, terminal); };
  });
}

}  // namespace panohead::app
