// The kept steps of a FitSession on disk: what can be gone back to, also by another process.
#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/image_io.h"
#include "core/base/image_ops.h"
#include "core/base/json_text.h"
#include "core/base/regular_file.h"
#include "core/inversion/fit_state.h"
#include "core/session/avatar_session.h"
#include "core/session/fit_files.h"
#include "core/session/fit_session_state.h"
#include "core/tensor/prelude.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

namespace panohead {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kStems{"fit", "step", "request", "photos"};  // of its files' names
constexpr const char* kFormat = "panohead-studio fit";
constexpr int kVersion = 2;
constexpr int kPicture = 128;  // pixels, of a kept step
constexpr const char* kOutOfDisk = "it cannot be gone back to later";

Json jsonOf(const FitPoint& point) {
  Json losses = Json::object();
  for (const Metric& loss : point.losses) {
    losses[loss.name] = loss.value;
  }
  return {point.stage, point.step, point.seconds, point.side_drift, std::move(losses)};
}

FitPoint pointOf(const Json& json) {
  FitPoint point{json.at(0), json.at(1), json.at(2), {}, json.at(3)};
  for (const auto& [name, value] : json.at(4).items()) {
    point.losses.push_back({name, value});
  }
  return point;
}

/// Null where there is none that can be read: the fit goes on without.
std::shared_ptr<const Image> readKeptPicture(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return nullptr;
  }
  try {
    return std::make_shared<const Image>(readImage(path));
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

bool FitSession::State::readFolder(JobContext& context, FitListener* listener) {
  removeLeftovers(folder, kStems);
  const TextFile file = readTextFile(folder / kFitIndexFile, kMostFitTextBytes);
  if (!file.isRead()) {
    return false;
  }
  const auto damaged = [&](const std::string& detail) {
    return CheckpointError(fmt::format("the fit in '{}' cannot be gone on with", folder.string()),
                           "to begin anew, remove that folder",
                           detail);
  };
  FitTree found;
  try {
    const Json json = parseJson<Json>(file.text);
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      throw damaged("of another kind or version");
    }
    if (json.at("model") != modelSha256(*model, context)) {
      throw damaged("it was begun with another model");
    }
    for (const Json& item : json.at("kept")) {
      const std::string name = item.at("file");
      if (name.find('/') != std::string::npos) {
        throw damaged("a name leaves the folder");
      }
      FitKept step{item.at("stage"),
                   item.at("step"),
                   folder / name,
                   item.at("id"),
                   item.at("parent"),
                   item.at("branch"),
                   nullptr};
      if (step.parent < 0 || step.parent >= step.id ||
          (step.parent > 0 && found.find(step.parent) == nullptr)) {
        throw damaged("its kept steps do not follow from each other");
      }
      std::vector<FitPoint> points;
      for (const Json& row : item.at("curve")) {
        points.push_back(pointOf(row));
      }
      step.picture = readKeptPicture(pictureFile(step));
      found.add({std::move(step), std::move(points), options});
    }
  } catch (const Json::exception& error) {
    throw damaged(error.what());
  }
  while (!found.nodes().empty()) {  // the newest that can be read
    const FitKept newest = found.nodes().back().kept;
    FitState saved;
    try {
      saved = readFitState(newest.file);
    } catch (const CheckpointError& error) {
      found.remove(newest.id);
      if (listener != nullptr) {
        listener->notice(fmt::format("step {} cannot be read, {}: {}",
                                     newest.step,
                                     found.nodes().empty() ? "nor any before it, and the fit begins anew"
                                                           : "the one kept before it is used",
                                     error.what()));
      }
      continue;
    }
    try {
      restore(saved, context);
    } catch (const CheckpointError& error) {  // of other photos, in other units: it does not know the folder
      throw CheckpointError(
          fmt::format("the fit in '{}' cannot be gone on with: {}", folder.string(), error.what()),
          "give photos and settings as they were; to begin anew, remove that folder",
          error.detail());
    }
    {
      const std::lock_guard lock(mutex);
      kept = std::move(found);
      at = newest.id;
      curve = kept.curveTo(at);
      seconds = curve.empty() ? 0 : curve.back().seconds;
    }
    if (listener != nullptr) {
      listener->notice(newest.branch == 0
                           ? fmt::format("going on after step {}", newest.step)
                           : fmt::format("going on after step {} of branch {}", newest.step, newest.branch));
    }
    if (request.preview_every > 0) {
      draw(context, listener);
    }
    return true;
  }
  return false;
}

void FitSession::State::writeIndex() const {
  Json json{{"format", kFormat}, {"version", kVersion}};
  {
    SilentContext silent;
    json["model"] = modelSha256(*model, silent);
  }
  json["kept"] = Json::array();
  const std::lock_guard lock(mutex);
  for (const FitTree::Node& node : kept.nodes()) {
    Json points = Json::array();
    for (const FitPoint& point : node.points) {
      points.push_back(jsonOf(point));
    }
    json["kept"].push_back({{"id", node.kept.id},
                            {"parent", node.kept.parent},
                            {"branch", node.kept.branch},
                            {"stage", node.kept.stage},
                            {"step", node.kept.step},
                            {"file", node.kept.file.filename().string()},
                            {"curve", std::move(points)}});
  }
  const std::string written = jsonText(json, 1) + "\n";
  writeText(folder / kFitIndexFile, written);
}

void FitSession::State::keep(FitListener* listener) {
  FitTree::Node node;
  {
    const std::lock_guard lock(mutex);
    const FitTree::Node* last = kept.find(at);
    const std::int64_t since = last == nullptr ? 0 : last->kept.step;
    if (curve.empty() || curve.back().step == since) {
      return;
    }
    node.kept = kept.next(at);
    node.kept.stage = curve.back().stage;
    node.kept.step = curve.back().step;
    node.kept.file =
        folder / (node.kept.branch == 0 ? fmt::format("step{:06}.fit", node.kept.step)
                                        : fmt::format("step{:06}-{}.fit", node.kept.step, node.kept.branch));
    node.options = options;
    std::ranges::copy_if(curve, std::back_inserter(node.points), [since](const FitPoint& point) {
      return point.step > since;
    });
    if (views && views->step == node.kept.step) {
      node.kept.picture = std::make_shared<const Image>(resized(views->around.front(), kPicture, kPicture));
    }
  }
  const FitKept step = node.kept;
  std::vector<FitKept> left_out;
  try {
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    if (step.picture) {
      writePng(pictureFile(step), *step.picture);
    }
    writeFitState(step.file, fit->state());
    {
      const std::lock_guard lock(mutex);
      kept.add(std::move(node));
      at = step.id;
      left_out = kept.thinOut(FitSession::kMostKept, FitSession::kMostKeptInAll);
    }
    writeIndex();
  } catch (const SaveError& error) {  // the fit itself is fine
    if (listener != nullptr) {
      listener->notice(fmt::format("step {} is not kept, {}: {}", step.step, kOutOfDisk, error.what()));
    }
    return;
  }
  for (const FitKept& gone : left_out) {
    std::error_code ignored;
    std::filesystem::remove(gone.file, ignored);
    std::filesystem::remove(pictureFile(gone), ignored);
  }
  if (listener != nullptr) {
    listener->kept(step);
  }
}

}  // namespace panohead
