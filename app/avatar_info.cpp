#include "app/avatar_info.h"

#include "core/base/json_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>

namespace panohead::app {
namespace {

constexpr const char* kBackgrounds[] = {"generated", "photo", "colour", "none"};
constexpr const char* kKinds[] = {"half", "dense", "low rank", "sparse"};

struct Direction {
  double yaw = 0, pitch = 0;  // degrees
};

Direction directionOf(const CameraLabel& camera) {
  const double x = camera[3], y = camera[7], z = camera[11];
  const double degrees = 180 / std::numbers::pi;
  return {std::atan2(x, z) * degrees, std::atan2(y, std::hypot(x, z)) * degrees};
}

const char* backgroundName(const Avatar& avatar) {
  return kBackgrounds[static_cast<std::size_t>(avatar.background.kind)];
}

std::string line(const std::string& name, const std::string& value) {
  return fmt::format("  {:<24} {}\n", name, value);
}

}  // namespace

std::string avatarText(const Avatar& avatar) {
  std::string text = avatar.source.string() + "\n";
  text += line("format", "avatar");
  text += line("SHA-256", avatar.sha256);
  text += line("name", avatar.name);
  text += line("model", avatar.model_name);
  text += line("model's SHA-256", avatar.model_sha256);
  text += line("w", fmt::format("{} layers of {} numbers", avatar.num_ws, avatar.w_dim));
  text += line("background", backgroundName(avatar));
  text += line("tuned weights",
               avatar.delta.empty() ? "none"
                                    : fmt::format("{} parameters in {:.2f} MB",
                                                  avatar.delta.parts.size(),
                                                  static_cast<double>(avatar.delta.size()) / 1e6));
  text += line("preset", avatar.preset);
  for (const auto& [name, value] : avatar.measures) {
    text += line(name, fmt::format("{:.4g}", value));
  }
  for (const AvatarPhoto& photo : avatar.photos) {
    const Direction seen = directionOf(photo.camera);
    text += line(
        "photo",
        fmt::format(
            "{}, {} px, yaw {:.1f}, pitch {:.1f}", photo.name, photo.aligned.width, seen.yaw, seen.pitch));
  }
  text.pop_back();
  return text;
}

std::string avatarJson(const Avatar& avatar) {
  using Json = nlohmann::ordered_json;
  Json photos = Json::array();
  for (const AvatarPhoto& photo : avatar.photos) {
    const Direction seen = directionOf(photo.camera);
    const PhotoSquare& square = photo.square;
    photos.push_back({{"name", photo.name},
                      {"pixels", photo.aligned.width},
                      {"masked", !photo.mask.empty()},
                      {"yaw", seen.yaw},
                      {"pitch", seen.pitch},
                      {"square", {square.centre_x, square.centre_y, square.side, square.roll_degrees}},
                      {"camera", photo.camera}});
  }
  Json parts = Json::array();
  for (const DeltaPart& part : avatar.delta.parts) {
    parts.push_back({{"name", part.name},
                     {"shape", part.shape},
                     {"kind", kKinds[static_cast<std::size_t>(part.kind)]},
                     {"rank", part.left.rows},
                     {"bytes", part.size()}});
  }
  const Json json{{"file", avatar.source.string()},
                  {"format", "avatar"},
                  {"sha256", avatar.sha256},
                  {"name", avatar.name},
                  {"model", {{"name", avatar.model_name}, {"sha256", avatar.model_sha256}}},
                  {"num_ws", avatar.num_ws},
                  {"w_dim", avatar.w_dim},
                  {"background", backgroundName(avatar)},
                  {"preset", avatar.preset},
                  {"measures", avatar.measures},
                  {"photos", std::move(photos)},
                  {"delta_bytes", avatar.delta.size()},
                  {"delta", std::move(parts)}};
  return jsonText(json, 2);
}

}  // namespace panohead::app
