#include "app/commands/commands.h"
#include "app/picture_options.h"
#include "core/base/allocator_tuning.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/paths.h"
#include "core/base/quantity_text.h"
#include "core/jobs/step_context.h"
#include "core/session/mesh_export.h"
#include "core/session/project.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <utility>

namespace panohead::app {
namespace {

struct ShapeOptions {
  PictureOptions picture;
  WantedHeads heads;
  std::filesystem::path project;
  MeshOptions mesh;
  MeshFileOptions file;
  std::string colours = "texture";
  std::vector<std::string> formats;  // empty: what the name's suffix says
  std::filesystem::path out;
  bool json = false;
};

/// A head with the name that its files get.
struct NamedHead {
  WantedHead head;
  std::filesystem::path path;  // without what --format adds
};

constexpr const char* kVolume = "mrc";
constexpr std::array kFormats = {"glb", "obj", "ply", "stl", kVolume};

bool hasKnownSuffix(const std::filesystem::path& path) {
  const std::string suffix = lowerSuffix(path);
  return !suffix.empty() && std::ranges::find(kFormats, suffix.substr(1)) != kFormats.end();
}

/// The names of a head's files: one for each format.
std::vector<std::filesystem::path> fileNames(const ShapeOptions& options, const std::filesystem::path& path) {
  if (options.formats.empty()) {
    return {path};
  }
  std::vector<std::filesystem::path> names;
  for (const std::string& format : options.formats) {
    names.push_back(path);
    names.back() += "." + format;
  }
  return names;
}

bool isVolume(const std::filesystem::path& path) { return lowerSuffix(path) == std::string(".") + kVolume; }

/// @param picture its model becomes the project's, where one is given
std::vector<NamedHead> namedHeads(const ShapeOptions& options, PictureOptions& picture, Terminal& terminal) {
  std::vector<WantedHead> wanted;
  if (options.project.empty()) {
    wanted = wantedHeads(options.heads, picture);
  } else {
    wanted.push_back({options.project.stem().string(), openProject(options.project, picture, terminal).head});
  }
  std::vector<NamedHead> heads;
  for (WantedHead& head : wanted) {
    head.options.background = NoBackground{};
    std::filesystem::path path = options.out;
    const bool has_suffix = options.formats.empty() || hasKnownSuffix(path);
    const std::string suffix = has_suffix ? path.extension().string() : std::string();
    std::string stem = has_suffix ? path.stem().string() : path.filename().string();
    if (options.heads.size() > 1) {
      stem += "_" + head.name;
    }
    path.replace_filename(options.formats.empty() ? stem + suffix : stem);  // else --format adds its own
    heads.push_back({std::move(head), path});
  }
  return heads;
}

std::uint64_t bytesOf(const std::vector<std::filesystem::path>& files) {
  std::uint64_t bytes = 0;
  for (const std::filesystem::path& file : files) {
    std::error_code ignored;
    bytes += std::filesystem::file_size(file, ignored);
  }
  return bytes;
}

/// What --json says of a head, an object a line.
std::string asJson(const NamedHead& named,
                   const Mesh& mesh,
                   const ShapeOptions& options,
                   const std::vector<std::filesystem::path>& files,
                   double seconds) {
  nlohmann::ordered_json object{{"head", named.head.name}};
  if (options.project.empty() && named.head.options.avatars.empty()) {
    object["seed"] = named.head.options.seed;
  }
  object["files"] = nlohmann::ordered_json::array();
  for (const std::filesystem::path& file : files) {
    object["files"].push_back(file.string());
  }
  object["bytes"] = bytesOf(files);
  object["seconds"] = std::round(seconds * 100) / 100;
  if (!mesh.empty()) {
    const MeshBounds bounds = meshBounds(mesh);
    const auto metres = [&](float low, float high) {
      return std::round(static_cast<double>(high - low) * options.file.metres_per_unit * 1e4) / 1e4;
    };
    object["vertices"] = mesh.vertices();
    object["triangles"] = mesh.triangles();
    object["size_metres"] = {metres(bounds.low.x, bounds.high.x),
                             metres(bounds.low.y, bounds.high.y),
                             metres(bounds.low.z, bounds.high.z)};
  }
  return jsonText(object) + "\n";
}

std::string namesOf(const std::vector<std::filesystem::path>& files) {
  std::string names;
  for (const std::filesystem::path& file : files) {
    names += (names.empty() ? "" : ", ") + file.string();
  }
  return names;
}

/// What to expect of a head's files.
std::string forecastText(const Head& head,
                         const std::vector<std::filesystem::path>& names,
                         const ShapeOptions& options) {
  MeshForecast expected;
  std::uint64_t bytes = 0;
  for (const std::filesystem::path& name : names) {
    if (isVolume(name)) {
      const auto side = static_cast<std::uint64_t>(options.mesh.resolution);
      bytes += side * side * side * sizeof(float);
    } else {
      expected = forecastMesh(head, options.mesh, meshFormatOf(name), options.file.jpeg);
      bytes += expected.file_bytes;
    }
  }
  return fmt::format("{}: about {} triangles, {}, {} and {} of memory",
                     namesOf(names),
                     expected.triangles,
                     bytesText(static_cast<double>(bytes)),
                     durationText(expected.seconds),
                     bytesText(static_cast<double>(expected.memory)));
}

void runShape(ShapeOptions options, Terminal& terminal) {
  using Clock = std::chrono::steady_clock;
  tuneAllocatorForSmallPeaks();
  options.mesh.colours = options.colours == "texture"    ? MeshColours::Texture
                         : options.colours == "vertices" ? MeshColours::Vertices
                                                         : MeshColours::None;
  options.mesh.check();
  options.file.check();
  if ((options.heads.size() == 0) == options.project.empty()) {
    throw OptionError("name heads by --seeds and --avatar, or one by --project", "for example --seeds 5");
  }
  requireFolderOf(options.out);
  PictureOptions picture = options.picture;
  const std::vector<NamedHead> heads = namedHeads(options, picture, terminal);
  bool wants_mesh = false;
  std::vector<std::filesystem::path> read = readFiles(options.heads, picture);
  read.push_back(options.project);
  for (const NamedHead& named : heads) {
    for (const std::filesystem::path& name : fileNames(options, named.path)) {
      requireOtherFile(name, read);
    }
  }
  for (const std::filesystem::path& name : fileNames(options, heads.front().path)) {
    if (!isVolume(name)) {
      meshFormatOf(name);
      wants_mesh = true;
    }
  }
  const ModelPtr model = openChosenModel(picture, terminal);
  StepContext step(terminal);
  for (const NamedHead& named : heads) {
    const auto start = Clock::now();
    const HeadPtr head = makeHead(model, named.head.options, step);
    Mesh mesh;
    if (wants_mesh) {
      terminal.notice(forecastText(*head, fileNames(options, named.path), options));
      mesh = makeMesh(head, options.mesh, terminal);
    }
    std::vector<std::filesystem::path> files;
    for (const std::filesystem::path& name : fileNames(options, named.path)) {
      if (isVolume(name)) {
        saveDensityVolume(head, options.mesh.resolution, options.mesh.exact, name, terminal);
        files.push_back(name);
      } else {
        std::ranges::copy(saveMesh(mesh, name, options.file, terminal), std::back_inserter(files));
      }
    }
    const double seconds = secondsSince(start);
    if (options.json) {
      printOut(asJson(named, mesh, options, files, seconds));
    } else {
      terminal.notice(fmt::format("{}{}: {:.1f} MB, {:.1f} s",
                                  namesOf(files),
                                  wants_mesh ? fmt::format(": {} triangles", mesh.triangles()) : "",
                                  static_cast<double>(bytesOf(files)) / 1e6,
                                  seconds));
    }
  }
}

void parseFormats(const std::string& text, std::vector<std::string>& formats) {
  formats.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string format = text.substr(begin, end - begin);
    if (std::ranges::find(kFormats, format) == kFormats.end()) {
      throw OptionError(fmt::format("--format: '{}' is no format", format),
                        "choose of glb, obj, ply, stl, mrc");
    }
    if (std::ranges::find(formats, format) == formats.end()) {
      formats.push_back(format);
    }
    begin = end + 1;
  }
}

}  // namespace

void addShapeCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "shape",
                 "Writes heads as meshes for other programs: GLB, OBJ, PLY, STL, or their density as MRC.",
                 {"--seeds 5 --out head.glb",
                  "--avatar anna.avatar --out anna.glb",
                  "--project anna.heads --out anna.glb",
                  "--seeds 0-7 --out head.glb --triangles 50000 --texture 2048",
                  "--seeds 5 --out head.stl --colours none --smooth 10",
                  "--seeds 5 --out head.ply --colours vertices --triangles 0",
                  "--seeds 5 --out head --format glb,mrc --resolution 256"});
  const auto options = std::make_shared<ShapeOptions>();
  MeshOptions& mesh = options->mesh;
  addPath(command,
          "--model",
          options->picture.model,
          "Model file; without it the one that ships with the program")
      ->type_name("FILE");
  addHeads(command, options->heads, "Seeds of the heads: 0-3,7. Of several each file is named by its seed");
  addPath(command, "--project", options->project, "Project file: the head it shows")->type_name("FILE");
  addPath(command,
          "--out",
          options->out,
          "Name of the file; its suffix says the format: .glb, .obj, .ply, .stl, .mrc")
      ->type_name("FILE")
      ->required();
  command
      .add_option_function<std::string>(
          "--format",
          [options](const std::string& text) { parseFormats(text, options->formats); },
          "Several formats at once, in place of the suffix: glb,obj,ply,stl,mrc")
      ->type_name("LIST");
  addTruncation(command, options->picture);
  addDevice(command, options->picture.device);
  addInteger(command, "--resolution", mesh.resolution, {64, 1024}, "Points of the grid on a side of the box");
  addNumber(command, "--level", mesh.level, {-1000, 1000}, "Raw density at the surface; published: 10");
  command
      .add_option_function<std::string>(
          "--triangles",
          [&mesh](const std::string& text) {
            mesh.triangles = parseIntegerOrZero(text, 100, 1 << 30, "--triangles");
          },
          "Reduce to at most so many triangles; 0 = keep all")
      ->type_name("N")
      ->default_str(fmt::format("{}", mesh.triangles));
  addInteger(command, "--smooth", mesh.smoothing, {0, 100}, "Passes of smoothing that keeps the volume");
  command.add_option("--colours", options->colours, "Of a texture, of vertices, or none")
      ->check(CLI::IsMember({"texture", "vertices", "none"}))
      ->capture_default_str();
  addInteger(command, "--texture", mesh.texture_side, {64, 8192}, "Pixels on a side of the texture");
  addInteger(command, "--views", mesh.views, {4, 256}, "Pictures of the head that colours are taken from");
  addNumber(command,
            "--scale",
            options->file.metres_per_unit,
            {1e-6, 1000},
            "Metres of a world unit; 0.4 is life-size");
  command.add_flag("--unlit", options->file.unlit, "GLB: shown without any light but the colours' own");
  command.add_flag("--jpeg", options->file.jpeg, "GLB: texture as JPEG, a fifth of the size");
  command.add_flag("--whole", mesh.whole, "Keep all pieces, not only the largest");
  command.add_flag_callback(
      "--published-cut",
      [&mesh] { mesh.flat_cut = false; },
      "Cut the bust as the published script does, not in a plane");
  command.add_flag_callback(
      "--quick",
      [&mesh] { mesh.exact = false; },
      "Density of the drawn volume (bfloat16) instead of float32's");
  command.add_flag("--json", options->json, "What was written as JSON on standard output, an object a line");
  command.callback([options, &command, &invocation] {
    if (!options->project.empty()) {
      refuseHeadOptions(command);
    }
    invocation.run = [options](Terminal& terminal) { runShape(*options, terminal); };
  });
}

}  // namespace panohead::app
