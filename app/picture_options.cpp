#include "app/picture_options.h"

#include "app/commands/commands.h"
#include "core/avatar/avatar_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/paths.h"
#include "core/base/sha256.h"
#include "core/base/text_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace panohead::app {
namespace {

template <typename Enum>
using Names = std::vector<std::pair<std::string, Enum>>;

const Names<RenderMode> kModes{{"picture", RenderMode::Picture},
                               {"raw", RenderMode::Raw},
                               {"depth", RenderMode::Depth},
                               {"mask", RenderMode::Mask},
                               {"normals", RenderMode::Normals}};
const Names<DeviceChoice> kDevices{
    {"auto", DeviceChoice::Auto}, {"cpu", DeviceChoice::Cpu}, {"cuda", DeviceChoice::Cuda}};
const Names<NoiseMode> kNoiseModes{
    {"const", NoiseMode::Const}, {"random", NoiseMode::Random}, {"none", NoiseMode::None}};

/// The value behind a name that the parser has checked.
template <typename Enum>
Enum fromName(const Names<Enum>& names, const std::string& name) {
  return std::ranges::find(names, name, &Names<Enum>::value_type::first)->second;
}

/// Accepts one of the names.
template <typename Enum>
CLI::Validator anyOf(const Names<Enum>& names) {
  std::vector<std::string> plain;
  std::ranges::transform(names, std::back_inserter(plain), &Names<Enum>::value_type::first);
  return CLI::IsMember(plain);
}

/// "96" halves into 48 + 48; "32+16" is taken as it is.
void parseSamples(const std::string& text, ViewOptions& view) {
  const std::size_t plus = text.find('+');
  if (plus == std::string::npos) {
    const auto total = static_cast<int>(parseInteger(text, 8, 1024, "--samples"));
    view.coarse_samples = (total + 1) / 2;
    view.fine_samples = total / 2;
  } else {
    view.coarse_samples = static_cast<int>(parseInteger(text.substr(0, plus), 4, 512, "--samples"));
    view.fine_samples = static_cast<int>(parseInteger(text.substr(plus + 1), 0, 512, "--samples"));
  }
}

}  // namespace

void addTruncation(CLI::App& command, PictureOptions& options) {
  command
      .add_option_function<std::string>(
          "--psi",
          [&options](const std::string& text) { options.psi = parseNumber(text, -2, 2, "--psi"); },
          "Truncation: 1 = as drawn, 0 = the average head")
      ->type_name("NUMBER")
      ->default_str("0.7, or 1 for avatars");
  addInteger(command, "--cutoff", options.cutoff, {-1, 1000}, "Layers that are truncated; -1 = all");
}

void addDevice(CLI::App& command, DeviceChoice& device) {
  command
      .add_option_function<std::string>(
          "--device",
          [&device](const std::string& name) { device = fromName<DeviceChoice>(kDevices, name); },
          "What draws; auto: an NVIDIA GPU where there is one that draws rightly, else the processor")
      ->check(anyOf(kDevices))
      ->default_str("auto");
}

void addPictureOptions(CLI::App& command, PictureOptions& options, bool with_mode) {
  addPath(command, "--model", options.model, "Model file; without it the one that ships with the program")
      ->type_name("FILE");
  addTruncation(command, options);
  addNumber(command, "--fov", options.fov, {1, 120}, "Field of view in degrees");
  addIntegerOrZero(command,
                   "--resolution",
                   options.resolution,
                   {8, 512},
                   "Pixels a side of volume rendering, 8 to 512; 0 = the model's");
  command.add_option("--samples", options.samples, "Depth samples a ray: N, or coarse+fine such as 48+48")
      ->type_name("N|C+F");
  command
      .add_option(
          "--background", options.background, "own, none (transparent), a seed, a colour, or a picture file")
      ->type_name("own|none|SEED|COLOUR|FILE")
      ->capture_default_str();
  command.add_option("--noise", options.noise, "Noise of the synthesis layers")
      ->check(anyOf(kNoiseModes))
      ->capture_default_str();
  if (with_mode) {
    command.add_option("--mode", options.mode, "What is drawn; raw is the picture before super-resolution")
        ->check(anyOf(kModes))
        ->capture_default_str();
  }
  addDevice(command, options.device);
  command.add_flag("--exact",
                   options.exact,
                   "Plain LibTorch operations on the processor instead of the fast path; slower");
}

WantedHeads WantedHeads::only(std::size_t place) const {
  if (place < seeds.size()) {
    return {{seeds[place]}, {}};
  }
  return {{}, {avatars[place - seeds.size()]}};
}

void WantedHeads::check() const {
  if (size() == 0) {
    throw OptionError("neither --seeds nor --avatar is given",
                      "for example --seeds 0-3, or --avatar anna.avatar");
  }
}

void addHeads(CLI::App& command, WantedHeads& heads, const std::string& help) {
  addSeeds(command, heads.seeds, help);
  command
      .add_option_function<std::vector<std::string>>(
          "--avatar",
          [&heads](const std::vector<std::string>& files) {
            heads.avatars.assign(files.begin(), files.end());
          },
          "A person made by 'invert', as a head behind those of the seeds; may be given several times")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::vector<WantedHead> wantedHeads(const WantedHeads& heads, const PictureOptions& options) {
  std::vector<WantedHead> wanted;
  for (const std::uint32_t seed : heads.seeds) {
    HeadOptions head = makeHeadOptions(options);
    head.seed = seed;
    wanted.push_back({fmt::format("seed{:04}", seed), std::move(head)});
  }
  for (const std::filesystem::path& path : heads.avatars) {
    HeadOptions head = makeHeadOptions(options);
    head.avatars = {{readAvatar(path), 1.0}};
    head.truncation_psi = options.psi.value_or(1);
    std::string name = path.stem().string();
    while (std::ranges::find(wanted, name, &WantedHead::name) != wanted.end()) {
      name += "_";
    }
    wanted.push_back({std::move(name), std::move(head)});
  }
  return wanted;
}

void refuseHeadOptions(const CLI::App& command) {
  for (const char* name : {"--psi", "--cutoff", "--noise"}) {
    const CLI::Option* option = command.get_option_no_throw(name);
    if (option != nullptr && option->count() > 0) {
      throw OptionError(fmt::format("{}: the project says how its heads are made", name),
                        fmt::format("leave {} away", name));
    }
  }
}

Project openProject(const std::filesystem::path& path, PictureOptions& options, Terminal& terminal) {
  ReadProject read = readProject(path);
  for (const std::string& missing : read.missing) {
    terminal.notice(missing);
  }
  if (options.model.empty()) {
    options.model = read.project.model.path;
  }
  return std::move(read.project);
}

std::vector<std::filesystem::path> readFiles(const WantedHeads& heads, const PictureOptions& options) {
  std::vector<std::filesystem::path> files = heads.avatars;
  files.insert(files.end(), {options.model, options.background});
  return files;
}

ModelPtr openChosenModel(const PictureOptions& options, Terminal& terminal) {
  const ModelPtr model =
      openModel(options.model.empty() ? defaultModelPath() : options.model, terminal, options.device);
  if (const std::vector<std::string>& unused = modelInfo(*model).unused_tensors; !unused.empty()) {
    terminal.notice(
        fmt::format("{}: {} tensors belong to no part of this network and are not used, the first is {}",
                    modelInfo(*model).path.string(),
                    unused.size(),
                    unused.front()));
  }
  return model;
}

HeadOptions makeHeadOptions(const PictureOptions& options) {
  HeadOptions head;
  head.truncation_psi = options.psi.value_or(head.truncation_psi);
  head.truncation_cutoff = options.cutoff;
  head.background = parseBackground(options.background);
  head.noise = fromName<NoiseMode>(kNoiseModes, options.noise);
  head.check();
  return head;
}

ViewOptions makeViewOptions(const PictureOptions& options) {
  ViewOptions view;
  view.mode = fromName<RenderMode>(kModes, options.mode);
  view.neural_resolution = options.resolution;
  view.exact = options.exact;
  if (!options.samples.empty()) {
    parseSamples(options.samples, view);
  }
  view.camera = orbitLabel({.fov_degrees = options.fov});
  view.check();
  return view;
}

std::string hashOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256 hash;
  std::vector<char> bytes(std::size_t{1} << 20);
  while (file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || file.gcount() > 0) {
    hash.update(std::as_bytes(std::span(bytes.data(), static_cast<std::size_t>(file.gcount()))));
  }
  return hash.hex();
}

std::string settingsOf(const PictureOptions& options) {
  std::error_code ignored;
  const bool picture = std::filesystem::is_regular_file(options.background, ignored);
  return fmt::format(
      "model: {}\npsi: {}\ncutoff: {}\nfov: {}\nresolution: {}\nsamples: {}\nbackground: {}\nnoise: {}\n"
      "mode: {}\nexact: {}\n",
      hashOf(options.model.empty() ? defaultModelPath() : options.model),
      options.psi ? fmt::format("{}", *options.psi) : "0.7 (1 of avatars)",
      options.cutoff,
      options.fov,
      options.resolution,
      options.samples,
      picture ? hashOf(options.background) : options.background,
      options.noise,
      options.mode,
      options.exact);
}

Background parseBackground(const std::string& text) {
  if (text == "own") {
    return OwnBackground{};
  }
  if (text == "none") {
    return NoBackground{};
  }
  if (!text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return SeedBackground{static_cast<std::uint32_t>(parseInteger(text, 0, UINT32_MAX, "--background"))};
  }
  if (const auto colour = parseColour(text)) {
    return ColourBackground{(*colour)[0], (*colour)[1], (*colour)[2]};
  }
  std::error_code ignored;
  if (std::filesystem::exists(text, ignored)) {
    const Image image = readUprightImage(text);
    return ImageBackground{std::make_shared<const Image>(withChannels(image, std::max(image.channels, 3)))};
  }
  throw OptionError(
      fmt::format("--background: '{}' is no background, and there is no such file", text),
      fmt::format("give own, none, a seed, the name of a picture, #rrggbb, or one of: {}", colourNames()));
}

}  // namespace panohead::app
