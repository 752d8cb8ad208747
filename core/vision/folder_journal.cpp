#include "core/vision/folder_journal.h"

#include "core/base/error.h"
#include "core/base/json_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kDefects{PhotoDefect::NoFace,
                              PhotoDefect::NoHead,
                              PhotoDefect::TooSmall,
                              PhotoDefect::Blurred,
                              PhotoDefect::CutOff};

PhotoDefect defectOf(const std::string& title) {
  for (const PhotoDefect defect : kDefects) {
    if (title == titleOf(defect)) {
      return defect;
    }
  }
  throw OptionError("unknown defect " + title);
}

Json jsonOf(const FolderHead& head) {
  const AlignedSquare& square = head.pose.square;
  Json rejections = Json::array();
  for (const Rejection& rejection : head.rejections) {
    rejections.push_back(
        {{"defect", titleOf(rejection.defect)}, {"reason", rejection.reason}, {"remedy", rejection.remedy}});
  }
  return {
      {"picture", head.picture},
      {"yaw", head.pose.yaw},
      {"pitch", head.pose.pitch},
      {"square", {{"x", square.x}, {"y", square.y}, {"side", square.side}, {"roll", square.roll_degrees}}},
      {"found_by", head.found_by},
      {"sharpness", head.sharpness},
      {"outside", head.outside},
      {"mask_coverage", head.mask_coverage},
      {"rejections", std::move(rejections)},
      {"warnings", head.warnings},
      {"thumbnail", head.thumbnail}};
}

FolderHead headOf(const Json& json) {
  const Json& square = json.at("square");
  FolderHead head{.picture = json.at("picture"),
                  .pose = {json.at("yaw"),
                           json.at("pitch"),
                           {square.at("x"), square.at("y"), square.at("side"), square.at("roll")}},
                  .found_by = json.at("found_by"),
                  .sharpness = json.at("sharpness"),
                  .outside = json.at("outside"),
                  .mask_coverage = json.at("mask_coverage"),
                  .rejections = {},
                  .warnings = json.at("warnings"),
                  .thumbnail = json.at("thumbnail")};
  for (const Json& rejection : json.at("rejections")) {
    head.rejections.push_back(
        {defectOf(rejection.at("defect")), rejection.at("reason"), rejection.at("remedy")});
  }
  return head;
}

/// Of what is there; else as it is.
std::string canonicalName(const std::filesystem::path& path) {
  std::error_code ignored;
  return path.empty() ? std::string() : std::filesystem::weakly_canonical(path, ignored).string();
}

/// The first option that differs: `mask_network was "a.onnx"`.
std::string differenceOf(std::string_view before, const std::string& now) {
  const Json old = parseJsonQuietly<Json>(before);
  const Json header = parseJson<Json>(now);
  for (const auto& [name, value] : header.items()) {
    if (const auto was = old.find(name); was != old.end() && *was != value) {
      return fmt::format("{} was {}", name, was->dump());
    }
  }
  return "by another version of this program";
}

}  // namespace

bool FolderPhoto::used() const {
  return std::any_of(
      heads.begin(), heads.end(), [](const FolderHead& head) { return !head.picture.empty(); });
}

std::string FolderPhoto::toJson() const {
  Json list = Json::array();
  for (const FolderHead& head : heads) {
    list.push_back(jsonOf(head));
  }
  return jsonText(Json{{"photo", name},
                   {"bytes", bytes},
                   {"error", error},
                   {"notices", notices},
                   {"heads", std::move(list)},
                   {"milliseconds", milliseconds}});
}

std::string journalHeader(const PhotoFolderOptions& options) {
  return jsonText(Json{{"photos", canonicalName(options.photos)},
                   {"size", options.size},
                   {"masks", options.masks},
                   {"refine_masks", options.mask.refine},
                   {"mask_network", canonicalName(options.mask.network)},
                   {"all_heads", options.all_heads},
                   {"without_face", options.without_face},
                   {"most_heads", options.alignment.most_heads},
                   {"smallest_side", options.alignment.smallest_side},
                   {"least_sharpness", options.alignment.least_sharpness},
                   {"most_outside", options.alignment.most_outside}});
}

FolderPhoto parseJournalLine(std::string_view line) {
  try {
    const Json json = parseJson<Json>(line);
    FolderPhoto photo{.name = json.at("photo"),
                      .bytes = json.at("bytes"),
                      .error = json.at("error"),
                      .notices = json.at("notices"),
                      .heads = {},
                      .milliseconds = json.at("milliseconds")};
    for (const Json& head : json.at("heads")) {
      photo.heads.push_back(headOf(head));
    }
    return photo;
  } catch (const Json::exception& failure) {
    throw OptionError(
        "a line of align.jsonl is damaged", "choose another folder for the set", failure.what());
  }
}

std::vector<FolderPhoto> readJournal(const std::filesystem::path& path, const PhotoFolderOptions& options) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return {};
  }
  std::ifstream stream(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  stream.close();
  const std::string whole = text.substr(0, text.rfind('\n') + 1);
  if (whole.size() < text.size()) {  // the program was killed while it wrote
    std::filesystem::resize_file(path, whole.size());
  }
  std::vector<FolderPhoto> photos;
  bool first = true;
  for (std::size_t begin = 0; begin < whole.size();) {
    const std::size_t end = whole.find('\n', begin);
    const std::string_view line = std::string_view(whole).substr(begin, end - begin);
    if (first && line != journalHeader(options)) {
      throw OptionError(fmt::format("'{}' was begun with other options: {}",
                                    path.parent_path().string(),
                                    differenceOf(line, journalHeader(options))),
                        "choose another folder for the set, or give the options as before");
    }
    if (!first) {
      photos.push_back(parseJournalLine(line));
    }
    first = false;
    begin = end + 1;
  }
  return photos;
}

}  // namespace panohead
