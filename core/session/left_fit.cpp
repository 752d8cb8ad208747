// What was asked of a fit, on disk: its numbers as JSON, and its photos in the format of avatars, which holds
// them all and is read with care.
#include "core/session/left_fit.h"

#include "core/avatar/avatar_file.h"
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/regular_file.h"
#include "core/session/avatar_session.h"
#include "core/session/fit_files.h"
#include "core/session/model.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "panohead-studio fit request";
constexpr int kVersion = 1;

std::string textOf(const std::filesystem::path& path) { return readTextFile(path, kMostFitTextBytes).text; }

CheckpointError damaged(const std::filesystem::path& folder, const std::string& detail) {
  return CheckpointError(fmt::format("the fit in '{}' cannot be gone on with", folder.string()),
                         "begin anew with the photo, or forget it",
                         detail);
}

std::filesystem::file_time_type timeOf(const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::file_time_type time = std::filesystem::last_write_time(folder / kFitIndexFile, failed);
  if (failed) {
    time = std::filesystem::last_write_time(folder / kFitRequestFile, failed);
  }
  return failed ? std::filesystem::file_time_type::min() : time;
}

/// The newest step of the index of kept ones; 0 without one.
std::int64_t keptStep(const std::filesystem::path& folder) {
  const Json index = parseJsonQuietly<Json>(textOf(folder / kFitIndexFile));
  if (!index.is_object() || !index.contains("kept") || index["kept"].empty()) {
    return 0;
  }
  return index["kept"].back().value("step", std::int64_t{0});
}

}  // namespace

void writeFitRequest(const FitRequest& request, const Model& model, JobContext& context) {
  const std::filesystem::path& folder = request.work_folder;
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  Avatar photos;
  photos.name = request.name;
  photos.model_name = model.info.name;
  photos.model_sha256 = modelSha256(model, context);
  photos.num_ws = photos.w_dim = 1;  // nobody has been fitted yet
  photos.ws = {0};
  photos.photos = request.photos;
  photos.background.kind = request.background.kind;
  photos.background.colour = request.background.colour;
  photos.background.plate = request.background.plate;
  if (photos.background.kind == AvatarBackground::Kind::Photo && !photos.background.plate) {
    photos.background.plate =
        std::make_shared<const Image>(request.photos.front().aligned);  // made at the end
  }
  photos.thumbnail = request.photos.front().aligned;
  writeAvatar(folder / kFitPhotosFile, photos, context);

  Json options = Json::object();
  for (const OptionRow<FitOptions>& row : fitOptionTable()) {
    options[row.name] = optionText(optionValue(request.options, row));
  }
  const Json json{{"format", kFormat},
                  {"version", kVersion},
                  {"name", request.name},
                  {"model", {{"name", model.info.name}, {"file", model.info.path.string()}}},
                  {"steps", request.options.latent_steps + request.options.tuning_steps},
                  {"delta_bytes", request.delta_bytes},
                  {"preview_every", request.preview_every},
                  {"full_previews", request.full_previews},
                  {"keep_every", request.keep_every},
                  {"options", std::move(options)}};
  const std::string text = jsonText(json, 1) + "\n";
  writeText(folder / kFitRequestFile, text);
}

FitRequest readFitRequest(const std::filesystem::path& folder) {
  FitRequest request;
  try {
    const Json json = parseJson<Json>(textOf(folder / kFitRequestFile));
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      throw damaged(folder, "of another kind or version");
    }
    request.delta_bytes = json.at("delta_bytes");
    request.preview_every = json.at("preview_every");
    request.full_previews = json.at("full_previews");
    request.keep_every = json.at("keep_every");
    for (const auto& [name, value] : json.at("options").items()) {
      if (const auto* row = findOption(fitOptionTable(), name)) {
        setOptionText(request.options, *row, value.get<std::string>(), name);
      }
    }
    const AvatarPtr photos = readAvatar(folder / kFitPhotosFile);
    request.name = photos->name;
    request.photos = photos->photos;
    request.background.kind = photos->background.kind;
    request.background.colour = photos->background.colour;
    request.work_folder = folder;
    request.check();
  } catch (const Json::exception& error) {
    throw damaged(folder, error.what());
  } catch (const OptionError& error) {
    throw damaged(folder, error.what());
  }
  return request;
}

std::vector<LeftFit> leftFits(const std::filesystem::path& folder) {
  std::vector<LeftFit> fits;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const Json json = parseJsonQuietly<Json>(textOf(entry.path() / kFitRequestFile));
    if (!json.is_object() || json.value("format", Json()) != kFormat) {
      continue;
    }
    try {
      fits.push_back({entry.path(),
                      json.at("name"),
                      json.at("model").at("name"),
                      json.at("model").at("file").get<std::string>(),
                      keptStep(entry.path()),
                      json.at("steps")});
    } catch (const Json::exception&) {  // of a damaged disk: the others are offered
    }
  }
  std::ranges::sort(fits,
                    [](const LeftFit& a, const LeftFit& b) { return timeOf(a.folder) > timeOf(b.folder); });
  return fits;
}

}  // namespace panohead
