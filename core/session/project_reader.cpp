#include "core/avatar/avatar_file.h"
#include "core/base/error.h"
#include "core/session/backdrop.h"
#include "core/session/project_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSlowestFilm = 0.1, kFastestFilm = 1000;  // frames a second
constexpr double kLongestFilm = 1e5;                       // seconds, more than a day

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
    project.mode = static_cast<RenderMode>(choice(json.at("mode"), kProjectModes));
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
    if (json.at("kind").get<std::string>() != "between") {
      return backgroundOf(plain(json));
    }
    MixedBackground mixed;
    for (const Json& item : json.at("shares")) {
      mixed.shares.push_back({plain(item.at("background")), item.at("weight")});
    }
    return mixed;
  }

  PlainBackground plain(const Json& json) {
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
    if (kind == "person") {  // missing ones are told already
      AvatarPtr person = avatars_.at(json.at("avatar").get<std::size_t>());
      return person ? PlainBackground(PersonBackground{std::move(person)}) : OwnBackground{};
    }
    throw std::out_of_range(fmt::format("background '{}' is not known", kind));
  }

  PlainBackground picture(const Json& json) {
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
    head.noise = static_cast<NoiseMode>(choice(json.at("noise"), kProjectNoises));
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

ReadProject projectFromJson(const std::filesystem::path& path, const nlohmann::ordered_json& json) {
  ReadProject read;
  Reader(path, read).project(json);
  return read;
}

}  // namespace panohead
