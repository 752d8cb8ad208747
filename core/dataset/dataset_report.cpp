#include "core/base/json_text.h"
#include "core/dataset/dataset_check.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace panohead {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kShownFiles = 5;  // of each kind of problem in the text
constexpr int kYawBand = 30;            // degrees
constexpr int kPitchBand = 15;
constexpr std::int64_t kBarLength = 40;

/// "  -180 .. -150   996  ########"
std::string bandLine(int low, int degrees, std::int64_t count, std::int64_t most) {
  const auto length = static_cast<std::size_t>((count * kBarLength + most - 1) / most);
  return fmt::format("  {:>4} .. {:>4} {:>8}  {}\n", low, low + degrees, count, std::string(length, '#'));
}

std::string histogramText(const PoseHistogram& poses) {
  std::int64_t most_yaw = 1;
  std::int64_t most_pitch = 1;
  for (int low = -180; low < 180; low += kYawBand) {
    most_yaw = std::max(most_yaw, poses.yawCount(low, kYawBand));
  }
  for (int low = -90; low < 90; low += kPitchBand) {
    most_pitch = std::max(most_pitch, poses.pitchCount(low, kPitchBand));
  }
  std::string text = "yaw in degrees (0 front, 90 the head's left side)\n";
  for (int low = -180; low < 180; low += kYawBand) {
    text += bandLine(low, kYawBand, poses.yawCount(low, kYawBand), most_yaw);
  }
  text += "pitch in degrees (positive from above)\n";
  for (int low = -90; low < 90; low += kPitchBand) {
    if (const std::int64_t count = poses.pitchCount(low, kPitchBand); count > 0) {
      text += bandLine(low, kPitchBand, count, most_pitch);
    }
  }
  return text;
}

std::string problemText(const std::vector<DatasetProblem>& problems) {
  std::string text;
  for (auto first = problems.begin(); first != problems.end();) {
    const auto last = std::find_if(
        first, problems.end(), [&](const DatasetProblem& problem) { return problem.kind != first->kind; });
    const auto count = static_cast<std::size_t>(last - first);
    text += fmt::format(
        "{}: {} ({})\n", stopsTraining(first->kind) ? "ERROR" : "warning", titleOf(first->kind), count);
    for (auto problem = first; problem != first + static_cast<std::ptrdiff_t>(std::min(count, kShownFiles));
         ++problem) {
      text += fmt::format("  {}{}{}\n", problem->file, problem->detail.empty() ? "" : ": ", problem->detail);
    }
    if (count > kShownFiles) {
      text += fmt::format("  and {} more\n", count - kShownFiles);
    }
    first = last;
  }
  return text;
}

}  // namespace

const char* titleOf(DatasetProblemKind kind) noexcept {
  switch (kind) {
    case DatasetProblemKind::kMissingLabel:
      return "missing label";
    case DatasetProblemKind::kBadLabel:
      return "bad label";
    case DatasetProblemKind::kConflictingLabels:
      return "conflicting labels";
    case DatasetProblemKind::kEqualStems:
      return "equal names but for the extension";
    case DatasetProblemKind::kMissingMask:
      return "missing mask";
    case DatasetProblemKind::kUnreadable:
      return "unreadable";
    case DatasetProblemKind::kOtherSize:
      return "other size than most";
    case DatasetProblemKind::kMaskOtherSize:
      return "mask of another size";
    case DatasetProblemKind::kNotSquare:
      return "not square";
    case DatasetProblemKind::kTooSmall:
      return "too small";
    case DatasetProblemKind::kDamaged:
      return "damaged";
    case DatasetProblemKind::kLabelWithoutPicture:
      return "label without picture";
    case DatasetProblemKind::kMaskWithoutPicture:
      return "mask without picture";
    case DatasetProblemKind::kRepeatedLabel:
      return "repeated label";
    case DatasetProblemKind::kNoRotation:
      return "camera axes are no rotation";
    case DatasetProblemKind::kLooksAway:
      return "camera looks away";
    case DatasetProblemKind::kOddIntrinsics:
      return "odd intrinsics";
    case DatasetProblemKind::kOddDistance:
      return "odd camera distance";
    case DatasetProblemKind::kEmptyMask:
      return "empty mask";
    case DatasetProblemKind::kFullMask:
      return "full mask";
  }
  return "problem";
}

std::string DatasetReport::toText() const {
  std::string text = fmt::format("{}{}{}\n",
                                 options.data.string(),
                                 options.masks.empty() ? "" : " with masks of ",
                                 options.masks.string());
  text += fmt::format("{} pictures of {} x {} pixels, {} with label, {} with mask{}\n",
                      pictures,
                      width,
                      height,
                      labelled,
                      with_mask,
                      persons > 0 ? fmt::format(", {} people", persons) : "");
  text += fmt::format(
      "{} views from the front, {} from behind (yaw of 90 degrees and more); cameras {:.3g} away\n",
      poses.front(),
      poses.back(),
      distance);
  if (with_mask > 0) {
    text += fmt::format("masks cover {:.0f} % of the picture on average ({:.1f} .. {:.1f})\n",
                        100 * coverage_mean,
                        100 * coverage_low,
                        100 * coverage_high);
  }
  text += "\n" + histogramText(poses) + "\n" + problemText(problems);
  for (const std::string& note : notes) {
    text += note + "\n";
  }
  return text + (canTrain() ? "This set can be trained on.\n" : "This set cannot be trained on.\n");
}

std::string DatasetReport::toJson() const {
  ordered_json root;
  root["data"] = options.data.string();
  root["masks"] = options.masks.string();
  root["can_train"] = canTrain();
  root["pictures"] = pictures;
  root["labelled"] = labelled;
  root["with_mask"] = with_mask;
  root["persons"] = persons;
  root["width"] = width;
  root["height"] = height;
  root["front"] = poses.front();
  root["back"] = poses.back();
  root["balancing_back_repeat"] = poses.balancingRepeat();
  root["distance"] = distance;
  root["coverage"] = {{"low", coverage_low}, {"mean", coverage_mean}, {"high", coverage_high}};
  ordered_json rows = ordered_json::array();
  for (int pitch = 0; pitch < PoseHistogram::kPitchBins; ++pitch) {
    ordered_json row = ordered_json::array();
    for (int yaw = 0; yaw < PoseHistogram::kYawBins; ++yaw) {
      row.push_back(poses.count(yaw, pitch));
    }
    rows.push_back(std::move(row));
  }
  root["histogram"] = {{"step_degrees", PoseHistogram::kStep},
                       {"first_yaw", -180},
                       {"first_pitch", -90},
                       {"pitch_by_yaw", std::move(rows)}};
  root["problems"] = ordered_json::array();
  for (const DatasetProblem& problem : problems) {
    std::string kind = titleOf(problem.kind);
    std::replace(kind.begin(), kind.end(), ' ', '_');
    root["problems"].push_back({{"kind", kind},
                                {"stops_training", stopsTraining(problem.kind)},
                                {"file", problem.file},
                                {"detail", problem.detail}});
  }
  root["notes"] = notes;
  return jsonText(root, 2);
}

}  // namespace panohead
