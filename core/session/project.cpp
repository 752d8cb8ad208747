#include "core/session/project.h"

#include "core/avatar/avatar_file.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/regular_file.h"
#include "core/base/sha256.h"
#include "core/session/backdrop.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <type_traits>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

// 1: without avatars, 2: without heads between others. A file is written as the oldest that can hold it.
constexpr int kAvatarVersion = 2;
constexpr int kVersion = 3;
constexpr double kSlowestFilm = 0.1, kFastestFilm = 1000;     // frames a second
constexpr double kLongestFilm = 1e5;                          // seconds, more than a day
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;  // of a project's file
constexpr const char* kFormat = "panohead-studio project";
constexpr const char* kModes[] = {"picture", "raw", "depth", "mask", "normals"};
constexpr const char* kNoises[] = {"const", "random", "none"};

/// @param path empty stays empty
std::string relativeTo(const std::filesystem::path& folder, const std::filesystem::path& path) {
  if (path.empty()) {
    return {};
  }
  const std::filesystem::path whole = std::filesystem::absolute(path).lexically_normal();
  const std::filesystem::path relative = whole.lexically_relative(folder);
  return relative.empty() || *relative.begin() == ".." ? whole.string() : relative.string();
}

// Sliders appear in many places (head, gallery, key frames): each is stored once, and named by its number.
class Writer {
 public:
  explicit Writer(const std::filesystem::path& path)
      : folder_(std::filesystem::absolute(path).lexically_normal().parent_path()) {}

  Json project(const Project& project) {
    Json json{{"format", kFormat}, {"version", 1}};
    json["model"] = {{"path", relativeTo(folder_, project.model.path)}, {"sha256", project.model.sha256}};
    json["head"] = head(project.head);
    json["camera"] = camera(project.camera);
    json["mode"] = kModes[static_cast<int>(project.mode)];
    json["frames_per_second"] = project.frames_per_second;
    json["key_frames"] = Json::array();
    for (const KeyFrame& frame : project.key_frames.frames()) {
      json["key_frames"].push_back(
          {{"seconds", frame.seconds}, {"camera", camera(frame.camera)}, {"head", head(frame.head)}});
    }
    json["gallery"] = Json::array();
    for (const KeptHead& kept : project.gallery) {
      json["gallery"].push_back({{"name", kept.name}, {"head", head(kept.head)}});
    }
    json["sliders"] = Json::array();
    for (const DirectionPtr& slider : project.directions) {
      json["sliders"].push_back(number(slider));
    }
    json["directions"] = std::move(directions_);
    if (!avatars_.empty()) {
      json["version"] = kAvatarVersion;
      json["avatars"] = std::move(avatars_);
    }
    if (between_) {
      json["version"] = kVersion;
    }
    return json;
  }

 private:
  std::size_t number(const DirectionPtr& direction) {
    const auto [place, is_new] = numbers_.try_emplace(direction.get(), numbers_.size());
    if (is_new) {
      directions_.push_back({{"name", direction->name},
                             {"label", direction->label},
                             {"low", direction->low},
                             {"high", direction->high},
                             {"first_layer", direction->first_layer},
                             {"last_layer", direction->last_layer},
                             {"delta", direction->delta}});
    }
    return place->second;
  }

  std::size_t number(const Avatar& avatar) {
    if (avatar.source.empty()) {
      throw SaveError(
          fmt::format("the avatar '{}' is in no file yet, and a project only refers to it", avatar.name),
          "save the avatar first");
    }
    const auto [place, is_new] = avatar_numbers_.try_emplace(
        avatar.source.string() + '\n' + avatar.sha256, avatars_.size());  // a file may have been written over
    if (is_new) {
      avatars_.push_back({{"path", relativeTo(folder_, avatar.source)}, {"sha256", avatar.sha256}});
    }
    return place->second;
  }

  static Json camera(const OrbitView& view) {
    return {{"yaw", view.yaw_degrees},
            {"pitch", view.pitch_degrees},
            {"roll", view.roll_degrees},
            {"radius", view.radius},
            {"fov", view.fov_degrees},
            {"pivot", {view.pivot.x, view.pivot.y, view.pivot.z}}};
  }

  Json background(const Background& background) const {
    return std::visit(
        [this](const auto& value) -> Json {
          using Kind = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<Kind, SeedBackground>) {
            Json json{{"kind", "seed"}, {"seed", value.seed}};
            if (value.truncation_psi) {
              json["truncation_psi"] = *value.truncation_psi;
            }
            return json;
          } else if constexpr (std::is_same_v<Kind, ColourBackground>) {
            return {{"kind", "colour"}, {"rgb", {value.red, value.green, value.blue}}};
          } else if constexpr (std::is_same_v<Kind, ImageBackground>) {
            return {{"kind", "picture"},
                    {"path", relativeTo(folder_, value.source)},
                    {"fit", value.fit == ImageFit::Cover ? "cover" : "fit"},
                    {"blur", value.blur}};
          } else {
            return {{"kind", std::is_same_v<Kind, NoBackground> ? "none" : "own"}};
          }
        },
        background);
  }

  Json head(const HeadOptions& head) {
    Json json{{"seed", head.seed},
              {"truncation_psi", head.truncation_psi},
              {"truncation_cutoff", head.truncation_cutoff},
              {"conditioning_yaw", head.conditioning_yaw},
              {"conditioning_pitch", head.conditioning_pitch},
              {"noise", kNoises[static_cast<int>(head.noise)]},
              {"background", background(head.background)}};
    if (!head.blend.empty()) {
      json["blend"] = head.blend;
    }
    for (const AvatarShare& share : head.avatars) {
      json["avatars"].push_back({{"avatar", number(*share.avatar)}, {"weight", share.weight}});
    }
    if (head.mix) {
      json["mix"] = {{"seed", head.mix->seed},
                     {"first_layer", head.mix->first_layer},
                     {"last_layer", head.mix->last_layer}};
    }
    for (const LatentEdit& edit : head.edits) {
      json["edits"].push_back({{"direction", number(edit.direction)}, {"strength", edit.strength}});
    }
    for (const auto& [other, weight] : head.between) {
      json["between"].push_back({{"head", this->head(*other)}, {"weight", weight}});
      between_ = true;
    }
    return json;
  }

  std::filesystem::path folder_;
  std::map<const LatentDirection*, std::size_t> numbers_;
  Json directions_ = Json::array();
  bool between_ = false;  // some head is
  std::map<std::string, std::size_t> avatar_numbers_;
  Json avatars_ = Json::array();
};

// Throws nlohmann's exceptions where the file is not as written: readProject() turns them into sentences.
class Reader {
 public:
  Reader(const std::filesystem::path& path, ReadProject& read)
      : folder_(std::filesystem::absolute(path).parent_path()), read_(read) {}

  void project(const Json& json) {
    Project& project = read_.project;
    for (const Json& item : json.at("directions")) {
      auto direction = std::make_shared<LatentDirection>();
      direction->name = item.at("name");
      direction->label = item.at("label");
      direction->low = item.at("low");
      direction->high = item.at("high");
      direction->first_layer = item.at("first_layer");
      direction->last_layer = item.at("last_layer");
      direction->delta = item.at("delta").get<std::vector<float>>();
      directions_.push_back(std::move(direction));
    }
    if (json.contains("avatars")) {
      for (const Json& item : json.at("avatars")) {
        avatars_.push_back(avatar(folder_ / item.at("path").get<std::string>(), item.at("sha256")));
      }
    }
    const std::filesystem::path model = json.at("model").at("path").get<std::string>();
    project.model.path = model.empty() ? model : folder_ / model;
    project.model.sha256 = json.at("model").at("sha256");
    project.head = head(json.at("head"));
    project.camera = camera(json.at("camera"));
    project.mode = static_cast<RenderMode>(choice(json.at("mode"), kModes));
    project.frames_per_second = within(json.at("frames_per_second"), kSlowestFilm, kFastestFilm);
    for (const Json& item : json.at("key_frames")) {
      project.key_frames.set(
          {within(item.at("seconds"), 0, kLongestFilm), camera(item.at("camera")), head(item.at("head"))});
    }
    for (const Json& item : json.at("gallery")) {
      project.gallery.push_back({item.at("name"), head(item.at("head"))});
    }
    for (const Json& item : json.at("sliders")) {
      project.directions.push_back(directions_.at(item.get<std::size_t>()));
    }
  }

 private:
  template <std::size_t N>
  static int choice(const Json& json, const char* const (&names)[N]) {
    const auto name = json.get<std::string>();
    for (std::size_t i = 0; i < N; ++i) {
      if (name == names[i]) {
        return static_cast<int>(i);
      }
    }
    throw std::out_of_range(fmt::format("'{}' is not known", name));
  }

  static double within(const Json& json, double low, double high) {
    const auto value = json.get<double>();
    if (!(value >= low && value <= high)) {
      throw std::out_of_range(fmt::format("{} is not between {} and {}", value, low, high));
    }
    return value;
  }

  /// Negative and too large ones would wrap around.
  static std::uint32_t seed(const Json& json) {
    return static_cast<std::uint32_t>(within(json, 0, std::numeric_limits<std::uint32_t>::max()));
  }

  static OrbitView camera(const Json& json) {
    constexpr double kFarTurn = 1e6;  // degrees: turns are counted, not wrapped
    constexpr double kFar = 1e9;      // world units
    const Json& pivot = json.at("pivot");
    return {.yaw_degrees = within(json.at("yaw"), -kFarTurn, kFarTurn),
            .pitch_degrees = within(json.at("pitch"), -kFarTurn, kFarTurn),
            .roll_degrees = within(json.at("roll"), -kFarTurn, kFarTurn),
            .radius = within(json.at("radius"), 0, kFar),
            .fov_degrees = within(json.at("fov"), 0, 180),
            .pivot = {within(pivot.at(0), -kFar, kFar),
                      within(pivot.at(1), -kFar, kFar),
                      within(pivot.at(2), -kFar, kFar)}};
  }

  Background background(const Json& json) {
    const std::string kind = json.at("kind");
    if (kind == "seed") {
      SeedBackground other{seed(json.at("seed")), {}};
      if (json.contains("truncation_psi")) {
        other.truncation_psi = json.at("truncation_psi").get<double>();
      }
      return other;
    }
    if (kind == "colour") {
      const auto rgb = json.at("rgb").get<std::array<std::uint8_t, 3>>();
      return ColourBackground{rgb[0], rgb[1], rgb[2]};
    }
    if (kind == "picture") {
      return picture(json);
    }
    if (kind == "none") {
      return NoBackground{};
    }
    if (kind == "own") {
      return OwnBackground{};
    }
    throw std::out_of_range(fmt::format("background '{}' is not known", kind));
  }

  Background picture(const Json& json) {
    const std::filesystem::path path = folder_ / std::filesystem::path(json.at("path").get<std::string>());
    ImageBackground result;
    result.fit = json.at("fit").get<std::string>() == "fit" ? ImageFit::Fit : ImageFit::Cover;
    result.blur = json.at("blur");
    result.source = path;
    auto& image = pictures_[path.string()];
    if (!image) {
      try {
        image = readBackdrop(path);
      } catch (const Error& error) {
        read_.missing.push_back(error.what());
        return OwnBackground{};
      }
    }
    result.image = image;
    return result;
  }

  /// Nothing when it is not there, or not as it was.
  AvatarPtr avatar(const std::filesystem::path& path, const std::string& sha256) {
    try {
      AvatarPtr read = readAvatar(path);
      if (read->sha256 == sha256) {
        return read;
      }
      read_.missing.push_back(
          fmt::format("The avatar '{}' is not the one that the project was made with: it "
                      "was written again since",
                      path.string()));
    } catch (const Error& error) {
      read_.missing.push_back(error.what());
    }
    return nullptr;
  }

  /// @param may_share false inside of a head between others
  HeadOptions head(const Json& json, bool may_share = true) {
    HeadOptions head;
    bool lost = false;  // an avatar is missing
    head.seed = seed(json.at("seed"));
    head.truncation_psi = json.at("truncation_psi");
    head.truncation_cutoff = json.at("truncation_cutoff");
    head.conditioning_yaw = json.at("conditioning_yaw");
    head.conditioning_pitch = json.at("conditioning_pitch");
    head.noise = static_cast<NoiseMode>(choice(json.at("noise"), kNoises));
    head.background = background(json.at("background"));
    if (json.contains("blend")) {
      head.blend = json.at("blend").get<std::vector<std::pair<std::uint32_t, double>>>();
    }
    if (json.contains("avatars")) {
      for (const Json& item : json.at("avatars")) {
        head.avatars.push_back({avatars_.at(item.at("avatar").get<std::size_t>()), item.at("weight")});
      }
      if (std::ranges::any_of(head.avatars, [](const AvatarShare& share) { return !share.avatar; })) {
        head.avatars.clear();  // read_.missing tells: the seed stands in
        head.blend.clear();
        lost = true;
      }
    }
    if (json.contains("mix")) {
      const Json& mix = json.at("mix");
      head.mix = StyleMix{seed(mix.at("seed")), mix.at("first_layer"), mix.at("last_layer")};
    }
    if (json.contains("edits")) {
      for (const Json& item : json.at("edits")) {
        head.edits.push_back({directions_.at(item.at("direction").get<std::size_t>()), item.at("strength")});
      }
    }
    if (!may_share && json.contains("between")) {
      throw std::out_of_range("a head between others lies between others");
    }
    if (!lost && json.contains("between")) {
      for (const Json& item : json.at("between")) {
        head.between.push_back(
            {std::make_shared<const HeadOptions>(this->head(item.at("head"), false)), item.at("weight")});
      }
    }
    head.check();
    return head;
  }

  std::filesystem::path folder_;
  ReadProject& read_;
  std::vector<DirectionPtr> directions_;
  std::vector<AvatarPtr> avatars_;
  std::map<std::string, std::shared_ptr<const Image>> pictures_;
};

}  // namespace

namespace {

std::string textOf(const std::filesystem::path& path, const Project& project) {
  return jsonText(Writer(path).project(project), 1) + "\n";
}

}  // namespace

std::string projectDigest(const Project& project) {
  const std::string text = textOf("project.heads", project);
  Sha256 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.hex();
}

void writeProject(const std::filesystem::path& path, const Project& project) {
  const std::string text = textOf(path, project);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

ReadProject readProject(const std::filesystem::path& path) {
  const TextFile file = readTextFile(path, kMostBytes);
  if (!file.isRead()) {
    throw ProjectError(fmt::format("'{}' cannot be read: {}", path.string(), file.fault),
                       "check that the file is there and readable");
  }
  const auto damaged = [&](const std::string& detail) {
    return ProjectError(fmt::format("'{}' is damaged, or is not a project", path.string()),
                        "choose its backup (the same name with '~' at the end), or another file",
                        detail);
  };
  try {
    const Json json = parseJson<Json>(file.text);
    if (json.value("format", "") != kFormat) {
      throw damaged("it does not say that it is a project of this program");
    }
    if (json.at("version").get<int>() > kVersion) {
      throw ProjectError(fmt::format("'{}' was made by a newer version of the program", path.string()),
                         "open it there, or install the newer version");
    }
    ReadProject read;
    Reader(path, read).project(json);
    return read;
  } catch (const Json::exception& error) {
    throw damaged(error.what());
  } catch (const std::out_of_range& error) {
    throw damaged(error.what());
  } catch (const OptionError& error) {
    throw damaged(error.what());
  }
}

}  // namespace panohead
