#include "app/commands/commands.h"
#include "app/head_changes.h"
#include "app/picture_options.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "core/base/text_values.h"
#include "core/jobs/step_context.h"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <set>

namespace panohead::app {
namespace {

struct RenderOptions {
  PictureOptions picture;
  WantedHeads heads;
  HeadChanges changes;
  std::vector<double> yaws;     // degrees
  std::vector<double> pitches;  // degrees, elevation
  bool strip = false;
  std::filesystem::path out;
};

struct View {
  std::string name;  // "_yaw+045_pitch+00"
  CameraLabel camera;
};

/// "+045" or "-07.50": sorts by size within a sign.
std::string signedAngle(double degrees, int digits) {
  return std::round(degrees) == degrees ? fmt::format("{:+0{}.0f}", degrees, digits + 1)
                                        : fmt::format("{:+0{}.2f}", degrees, digits + 4);
}

std::vector<View> namedViews(const RenderOptions& options) {
  std::vector<View> views;
  for (const double pitch : options.pitches.empty() ? std::vector<double>{0} : options.pitches) {
    for (const double yaw : options.yaws.empty() ? std::vector<double>{0} : options.yaws) {
      views.push_back(
          {fmt::format("_yaw{}_pitch{}", signedAngle(yaw, 3), signedAngle(pitch, 2)),
           orbitLabel({.yaw_degrees = yaw, .pitch_degrees = pitch, .fov_degrees = options.picture.fov})});
    }
  }
  return views;
}

/// The five views of the published sample script, front to back.
std::vector<View> publishedStrip(double fov) {
  using std::numbers::pi;
  Intrinsics intrinsics;
  intrinsics.fx = intrinsics.fy = static_cast<float>(focalFromFov(fov));
  std::vector<View> views;
  for (const double turn : {0.0, -45.0, -90.0, -135.0, -180.0}) {
    const double h = (90 + turn) * pi / 180;
    views.push_back({"", lookAtPose(h, pi / 2 - 0.2, {0, 0, 0}, kHeadCameraRadius, intrinsics)});
  }
  return views;
}

/// Throws OptionError where two pictures would have one name, and the second would take the first's place, or
/// where one would take the place of what is read.
void checkNames(const RenderOptions& options,
                const std::vector<WantedHead>& heads,
                const std::vector<View>& views) {
  const std::vector<std::filesystem::path> read = readFiles(options.heads, options.picture);
  std::set<std::string> taken;
  for (const WantedHead& head : heads) {
    for (const View& view : views) {
      if (!taken.insert(head.name + view.name).second) {
        throw OptionError(fmt::format("two pictures would be called '{}{}.png'", head.name, view.name),
                          "give each head and each view once; angles are named to a hundredth of a degree");
      }
      requireOtherFile(options.out / (head.name + view.name + ".png"), read);
    }
  }
}

void runRender(const RenderOptions& options, Terminal& terminal) {
  options.heads.check();
  std::vector<WantedHead> heads = blended(wantedHeads(options.heads, options.picture), options.changes);
  ViewOptions view = makeViewOptions(options.picture);
  const bool published = options.yaws.empty() && options.pitches.empty();
  const bool strip = options.strip || published;
  const std::vector<View> views = published ? publishedStrip(options.picture.fov) : namedViews(options);
  const std::string strip_name = published ? "" : "_strip";
  checkNames(options, heads, strip ? std::vector<View>{{strip_name, {}}} : views);
  makeFolder(options.out);

  const ModelPtr model = openChosenModel(options.picture, terminal);
  edit(heads, options.changes, model);
  StepContext step(terminal);
  Progress progress{"rendering", 0, static_cast<std::int64_t>(heads.size() * views.size()), {}};
  for (const auto& [name, head_options] : heads) {
    const HeadPtr head = makeHead(model, head_options, step);
    std::vector<Image> pictures;
    for (const View& named : views) {
      terminal.checkpoint();
      terminal.report(progress);
      view.camera = named.camera;
      Image picture = renderFrame(*head, view, step).picture;
      if (strip) {
        pictures.push_back(std::move(picture));
      } else {
        writePng(options.out / (name + named.name + ".png"), picture);
      }
      ++progress.step;
    }
    if (strip) {
      writePng(options.out / (name + strip_name + ".png"),
               tiled(pictures, static_cast<int>(pictures.size())));
    }
  }
  terminal.report(progress);
  const std::size_t files = heads.size() * (strip ? 1 : views.size());
  terminal.notice(fmt::format(
      "{} {}{} in {}", files, strip ? "strip" : "picture", files == 1 ? "" : "s", options.out.string()));
}

/// Degrees separated by commas.
CLI::Option* addAngles(CLI::App& command,
                       const std::string& name,
                       std::vector<double>& angles,
                       double limit,
                       const std::string& help) {
  return command
      .add_option_function<std::string>(
          name,
          [&angles, name, limit](const std::string& text) {
            angles = parseNumbers(text, -limit, limit, name);
          },
          help)
      ->type_name("LIST");
}

}  // namespace

void addRenderCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "render",
                 "Draws heads as PNG files: one for each head and view, or without --yaw and --pitch "
                 "one strip of five views for each head.",
                 {"--seeds 0-3,7 --out strips",
                  "--seeds 5 --yaw -90,-45,0,45,90 --pitch 0,20 --out views",
                  "--model heads.pkl --seeds 0 --yaw 30 --background none --out cutouts",
                  "--avatar anna.avatar --yaw -60,0,60 --background white --out anna",
                  "--avatar anna.avatar --avatar ben.avatar --blend 0.25,0.5,0.75 --yaw 0 --out between",
                  "--avatar anna.avatar --edit hair_length=2 --edit age=-1 --yaw 0 --out edited",
                  "--seeds 1 --yaw 0 --mode depth --resolution 128 --samples 48+48 --out depth"});
  const auto options = std::make_shared<RenderOptions>();
  addHeads(command, options->heads, "Seeds, one head each: 0-3,7");
  addHeadChanges(command, options->changes);
  addAngles(command, "--yaw", options->yaws, 3600, "Degrees around the head: 0 = front, 90 = its left side");
  addAngles(command, "--pitch", options->pitches, 89.9, "Degrees of elevation, positive from above");
  command.add_flag(
      "--strip", options->strip, "All views of a head side by side in one file, seedNNNN_strip.png");
  addPictureOptions(command, options->picture);
  addPath(command, "--out", options->out, "Folder for the pictures; made when missing")
      ->type_name("DIR")
      ->required();
  command.callback([options, &invocation] {
    invocation.run = [options](Terminal& terminal) { runRender(*options, terminal); };
  });
}

}  // namespace panohead::app
