#include "app/commands/commands.h"
#include "app/picture_options.h"
#include "core/base/error.h"
#include "core/base/paths.h"
#include "core/base/text_values.h"
#include "core/filming/view_set_run.h"
#include "core/session/project.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace panohead::app {
namespace {

struct ViewsOptions {
  ViewsOptions() { picture.background = "none"; }

  PictureOptions picture;
  WantedHeads heads;
  std::filesystem::path project;
  ViewSetOptions set;
  std::filesystem::path out;
};

void runViews(const ViewsOptions& options, Terminal& terminal) {
  if ((options.heads.size() == 0) == options.project.empty()) {
    throw OptionError("name the head by --seeds or --avatar, or by --project", "for example --seeds 5");
  }
  options.set.check();
  std::vector<WantedHead> heads;
  PictureOptions picture = options.picture;
  if (options.project.empty()) {
    heads = wantedHeads(options.heads, picture);
  } else {
    HeadOptions head = openProject(options.project, picture, terminal).head;
    head.background = parseBackground(picture.background);
    heads.push_back({"head", std::move(head)});
  }
  const ViewOptions view = makeViewOptions(picture);
  ViewSetOptions set = options.set;
  set.pattern.fov_degrees = picture.fov;
  const ModelPtr model = openChosenModel(picture, terminal);
  const bool several = heads.size() > 1;
  if (several) {
    makeFolder(options.out);
  }
  for (const WantedHead& head : heads) {
    const std::filesystem::path folder = several ? options.out / head.name : options.out;
    const int points = writeViewSet(makeHead(model, head.options, terminal), view, set, folder, terminal);
    terminal.notice(fmt::format("{} views and {} points in {}", set.pattern.count, points, folder.string()));
  }
}

}  // namespace

void addViewsCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "views",
                 "Writes pictures of a head from all around with depth, masks, cameras (nerfstudio, "
                 "COLMAP) and a point cloud, for reconstruction tools.",
                 {"--seeds 5 --out head5",
                  "--seeds 0-3 --pattern sphere --count 120 --pitch -40,60 --out heads",
                  "--project anna.heads --size 512 --background white --out anna"});
  const auto options = std::make_shared<ViewsOptions>();
  ViewSetOptions& set = options->set;
  addHeads(command, options->heads, "Seeds, a folder for each when there are several heads: 0-3,7");
  addPath(command, "--project", options->project, "Project file whose head is drawn")->type_name("FILE");
  command
      .add_option_function<std::string>(
          "--pattern",
          [&set](const std::string& name) {
            set.pattern.kind = name == "sphere" ? CameraPattern::Kind::Sphere : CameraPattern::Kind::Rings;
          },
          "rings: circles around the head, one at each pitch; sphere: evenly between the pitches")
      ->check(CLI::IsMember({"rings", "sphere"}))
      ->default_str("rings");
  addInteger(command, "--count", set.pattern.count, {1, 10000}, "Cameras in all");
  command
      .add_option_function<std::string>(
          "--pitch",
          [&set](const std::string& text) { set.pattern.pitches = parseNumbers(text, -89, 89, "--pitch"); },
          "Degrees of elevation, positive from above")
      ->type_name("LIST")
      ->default_str("-20,0,20");
  addNumber(command, "--radius", set.pattern.radius, {0.6, 20}, "Distance of the cameras, world units");
  addInteger(command, "--size", set.size, {0, 4096}, "Pixels a side of the pictures; 0 = the model's");
  addInteger(command,
             "--depth-size",
             set.depth_size,
             {0, 512},
             "Pixels a side of depth; 0 = as the pictures, at most 512");
  addInteger(command, "--points", set.points, {0, 10'000'000}, "Points of the cloud, at most");
  addPictureOptions(command, options->picture, false);
  addPath(command, "--out", options->out, "New folder")->type_name("DIR")->required();
  command.callback([options, &command, &invocation] {
    if (!options->project.empty()) {
      refuseHeadOptions(command);
    }
    invocation.run = [options](Terminal& terminal) { runViews(*options, terminal); };
  });
}

}  // namespace panohead::app
