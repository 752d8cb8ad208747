#include "app/commands/commands.h"
#include "app/picture_options.h"
#include "core/base/atomic_file.h"
#include "core/base/canvas.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/json_text.h"
#include "core/jobs/step_context.h"
#include "core/session/head_check.h"
#include "core/session/project.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>

namespace panohead::app {
namespace {

struct DoctorOptions {
  PictureOptions picture;
  WantedHeads heads;
  std::filesystem::path project;
  int best = 0;
  bool json = false;
  std::filesystem::path out, sheet;
};

struct CheckedHead {
  std::string name;
  HeadOptions head;
  HeadGrade grade;
};

/// What is to be examined: seeds and avatars, or the heads of a project.
std::vector<CheckedHead> patients(const DoctorOptions& options, PictureOptions& picture, Terminal& terminal) {
  if ((options.heads.size() == 0) == options.project.empty()) {
    throw OptionError("name heads by --seeds and --avatar, or by --project", "for example --seeds 0-99");
  }
  std::vector<CheckedHead> heads;
  if (options.project.empty()) {
    for (const WantedHead& wanted : wantedHeads(options.heads, picture)) {
      heads.push_back({wanted.name, wanted.options, {}});
    }
    return heads;
  }
  const Project project = openProject(options.project, picture, terminal);
  heads.push_back({"shown", project.head, {}});
  for (const KeptHead& kept : project.gallery) {
    heads.push_back({kept.name, kept.head, {}});
  }
  return heads;
}

nlohmann::ordered_json jsonOf(const CheckedHead& checked) {
  nlohmann::ordered_json json{{"name", checked.name}};
  if (checked.name == fmt::format("seed{:04}", checked.head.seed)) {
    json["seed"] = checked.head.seed;
  }
  json["grade"] = checked.grade.grade;
  for (const HeadMeasure& measure : checked.grade.measures) {
    json["measures"][std::string(faultName(measure.fault))] = {
        {"value", measure.value}, {"limit", measure.limit}, {"score", measure.score}};
  }
  json["reasons"] = checked.grade.reasons;
  return json;
}

std::string tableOf(std::span<const CheckedHead> heads) {
  std::string text = fmt::format("{:>12} {:>6}", "head", "grade");
  for (const HeadMeasure& measure : heads.front().grade.measures) {
    text += fmt::format(" {:>15}", faultName(measure.fault));
  }
  text += "\n";
  for (const CheckedHead& checked : heads) {
    text += fmt::format("{:>12} {:6.1f}", checked.name, checked.grade.grade);
    for (const HeadMeasure& measure : checked.grade.measures) {
      text += fmt::format(" {:15.3f}", measure.value);
    }
    text += fmt::format("  {}\n", fmt::join(checked.grade.reasons, "; "));
  }
  return text;
}

/// The heads from the front, the side and behind, with their grades.
Image sheetOf(const ModelPtr& model, std::span<const CheckedHead> heads, Terminal& terminal) {
  constexpr int kSide = 128, kMargin = 14;  // pixels
  const int columns =
      std::clamp(static_cast<int>(std::ceil(std::sqrt(static_cast<double>(heads.size()) / 2))), 1, 8);
  const int rows = (static_cast<int>(heads.size()) + columns - 1) / columns;
  Canvas canvas(columns * 3 * kSide, rows * (kSide + kMargin), {0x1b, 0x1d, 0x21});
  StepContext step(terminal);
  Progress progress{"drawing the sheet", 0, static_cast<std::int64_t>(heads.size()), {}};
  for (std::size_t i = 0; i < heads.size(); ++i) {
    terminal.report(progress);
    const int x = static_cast<int>(i) % columns * 3 * kSide,
              y = static_cast<int>(i) / columns * (kSide + kMargin);
    canvas.drawText(
        x + 4, y + 4, fmt::format("{}: {:.1f}", heads[i].name, heads[i].grade.grade), {0xd8, 0xdb, 0xe0});
    const HeadPtr head = makeHead(model, heads[i].head, step);
    for (int turn = 0; turn < 3; ++turn) {
      ViewOptions view;
      view.camera = orbitLabel({.yaw_degrees = 90.0 * turn});
      canvas.drawImage(x + turn * kSide,
                       y + kMargin,
                       resized(withChannels(renderFrame(*head, view, step).picture, 3), kSide, kSide));
    }
    ++progress.step;
  }
  terminal.report(progress);
  return canvas.image();
}

void runDoctor(const DoctorOptions& options, Terminal& terminal) {
  std::vector<std::filesystem::path> read = readFiles(options.heads, options.picture);
  read.push_back(options.project);
  for (const std::filesystem::path& file : {options.out, options.sheet}) {
    requireOtherFile(file, read);
    requireFolderOf(file);
  }
  requireSuffix(options.sheet, ".png");
  PictureOptions picture = options.picture;
  std::vector<CheckedHead> heads = patients(options, picture, terminal);
  const ModelPtr model = openChosenModel(picture, terminal);
  StepContext step(terminal);
  Progress progress{"examining heads", 0, static_cast<std::int64_t>(heads.size()), {}};
  for (CheckedHead& checked : heads) {
    terminal.report(progress);
    HeadOptions bare = checked.head;
    bare.background = OwnBackground{};  // what is measured does not hang on it
    checked.grade = checkHead(*makeHead(model, bare, step), step);
    ++progress.step;
  }
  terminal.report(progress);
  std::ranges::stable_sort(
      heads, std::ranges::greater(), [](const CheckedHead& one) { return one.grade.grade; });
  const std::size_t count = heads.size();
  if (options.best > 0) {
    heads.resize(std::min(heads.size(), static_cast<std::size_t>(options.best)));
  }
  nlohmann::ordered_json json{{"model", modelInfo(*model).path.string()}, {"examined", count}};
  json["heads"] = nlohmann::ordered_json::array();
  for (const CheckedHead& checked : heads) {
    json["heads"].push_back(jsonOf(checked));
  }
  const std::string text = jsonText(json, 1) + "\n";
  // What took long comes first: no file that cannot be written loses it.
  printOut(options.json ? text : tableOf(heads));
  if (!options.out.empty()) {
    AtomicFile file(options.out);
    file.write(std::as_bytes(std::span(text)));
    file.commit();
  }
  if (!options.sheet.empty()) {
    writePng(options.sheet, sheetOf(model, heads, terminal));
  }
}

}  // namespace

void addDoctorCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(
      root,
      invocation,
      "doctor",
      "Grades heads, best first, and says what is wrong with them: a mirrored face on the "
      "back, holes, floaters, a flat head, background that shows through, flicker.",
      {"--seeds 0-99 --best 20 --sheet best.png", "--seeds 0-999 --best 20 --json", "--project anna.heads"});
  const auto options = std::make_shared<DoctorOptions>();
  PictureOptions& picture = options->picture;
  addHeads(command, options->heads, "Seeds, one head each: 0-99");
  addPath(command, "--project", options->project, "Project file: the head it shows, and its gallery")
      ->type_name("FILE");
  addPath(command, "--model", picture.model, "Model file; without it the one that ships with the program")
      ->type_name("FILE");
  addTruncation(command, picture);
  addDevice(command, picture.device);
  addInteger(command, "--best", options->best, {0, 100000}, "Only the best so many; 0 = all");
  command.add_flag("--json", options->json, "JSON instead of the table");
  addPath(command, "--out", options->out, "Also writes the JSON into a file")->type_name("FILE");
  addPath(command, "--sheet", options->sheet, "Draws them into a PNG file")->type_name("FILE");
  command.callback([options, &command, &invocation] {
    if (!options->project.empty()) {
      refuseHeadOptions(command);
    }
    invocation.run = [options](Terminal& terminal) { runDoctor(*options, terminal); };
  });
}

}  // namespace panohead::app
