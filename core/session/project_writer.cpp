#include "core/base/error.h"
#include "core/session/project_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <type_traits>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kAvatarVersion = 2;
constexpr int kBetweenVersion = 3;

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
    Json json{{"format", kProjectFormat}, {"version", 1}};
    json["model"] = {{"path", relativeTo(folder_, project.model.path)}, {"sha256", project.model.sha256}};
    json["head"] = head(project.head);
    json["camera"] = camera(project.camera);
    json["mode"] = kProjectModes[static_cast<int>(project.mode)];
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
    if (mixed_ || between_) {
      json["version"] = mixed_ ? kProjectVersion : kBetweenVersion;
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

  Json background(const Background& background) {
    const auto* mixed = std::get_if<MixedBackground>(&background);
    if (mixed == nullptr) {
      return plain(sharesOf(background).front().background);
    }
    mixed_ = true;
    Json json{{"kind", "between"}, {"shares", Json::array()}};
    for (const BackgroundShare& share : mixed->shares) {
      json["shares"].push_back({{"background", plain(share.background)}, {"weight", share.weight}});
    }
    return json;
  }

  Json plain(const PlainBackground& background) {
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
          } else if constexpr (std::is_same_v<Kind, PersonBackground>) {
            return {{"kind", "person"}, {"avatar", number(*value.avatar)}};
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
              {"noise", kProjectNoises[static_cast<int>(head.noise)]},
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
  bool mixed_ = false;    // some background is
  std::map<std::string, std::size_t> avatar_numbers_;
  Json avatars_ = Json::array();
};

}  // namespace

nlohmann::ordered_json projectToJson(const std::filesystem::path& path, const Project& project) {
  return Writer(path).project(project);
}

}  // namespace panohead
