#include "app/commands/commands.h"
#include "core/base/error.h"
#ifdef PANOHEAD_HAVE_VISION
#include "core/base/json_text.h"
#include "core/vision/alignment_accuracy.h"
#include "core/vision/photo_folder.h"
#endif

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>

namespace panohead::app {

#ifdef PANOHEAD_HAVE_VISION

namespace {

struct AlignCommand {
  PhotoFolderOptions folder;
  std::filesystem::path accuracy;
  std::string masks = "refined";
  std::string heads = "largest";
  bool json = false;
};

std::string reasonsOf(const PhotoFolderResult& result) {
  std::map<std::string, int> reasons;
  for (const FolderPhoto& photo : result.photos) {
    if (!photo.error.empty()) {
      ++reasons["cannot be read"];
    } else if (!photo.used() && !photo.heads.empty()) {
      ++reasons[titleOf(photo.heads.front().rejections.front().defect)];
    }
  }
  std::string text;
  for (const auto& [reason, count] : reasons) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, reason);
  }
  return text;
}

/// Of the photos that could be read: the others take no time.
double medianMilliseconds(const PhotoFolderResult& result) {
  std::vector<double> times;
  for (const FolderPhoto& photo : result.photos) {
    if (photo.error.empty()) {
      times.push_back(photo.milliseconds);
    }
  }
  std::ranges::sort(times);
  return times.empty() ? 0 : times[times.size() / 2];
}

void runFolder(AlignCommand& command, Terminal& terminal) {
  PhotoFolderOptions& options = command.folder;
  options.masks = command.masks != "none";
  options.mask.refine = command.masks == "refined";
  options.all_heads = command.heads == "all";
  const auto printPhoto = [](const FolderPhoto& photo) { printOut(photo.toJson() + "\n"); };
  const PhotoFolderResult result =
      command.json ? alignPhotoFolder(options, terminal, printPhoto) : alignPhotoFolder(options, terminal);
  if (command.json) {
    printOut(jsonText(nlohmann::ordered_json{{"photos", result.photos.size()},
                                             {"pictures", result.pictures},
                                             {"resumed", result.resumed},
                                             {"median_milliseconds", medianMilliseconds(result)},
                                             {"report", result.report.string()}}) +
             "\n");
  }
  if (result.resumed > 0) {
    terminal.notice(fmt::format("{} photos were finished by an earlier run", result.resumed));
  }
  const std::string reasons = reasonsOf(result);
  terminal.notice(fmt::format("{} pictures from {} photos{}{}; {:.0f} ms a photo (median)",
                              result.pictures,
                              result.photos.size(),
                              reasons.empty() ? "" : "; left out: ",
                              reasons,
                              medianMilliseconds(result)));
  terminal.notice(fmt::format("what became of each: {}", result.report.string()));
  if (result.pictures == 0) {
    throw DatasetError("no photo could be used", fmt::format("see why in {}", result.report.string()));
  }
}

void runAlign(AlignCommand& command, Terminal& terminal) {
  if (!command.accuracy.empty()) {
    const AlignmentAccuracy accuracy = measureAlignment(command.accuracy, command.folder.threads, terminal);
    printOut(command.json ? accuracy.toJson() + "\n" : accuracy.toText());
    return;
  }
  if (command.folder.photos.empty() || command.folder.out.empty()) {
    throw OptionError("align needs a folder of photos and --out",
                      "panohead-studio align photos --out dataset; or --accuracy heads256_img.zip");
  }
  runFolder(command, terminal);
}

}  // namespace

void addAlignCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command =
      addCommand(root,
                 invocation,
                 "align",
                 "Makes a training set of a folder of photos: finds heads, cuts, masks and labels them.",
                 {"photos --out dataset",
                  "photos --out dataset --size 256 --heads all --masks none",
                  "photos --out dataset --without-face --json",
                  "photos --out dataset --mask-network matting.onnx",
                  "--accuracy heads256_img.zip"});
  const auto options = std::make_shared<AlignCommand>();
  PhotoFolderOptions& folder = options->folder;
  addPath(
      command, "PHOTOS", folder.photos, "Folder of photos (JPEG, PNG, WebP, HEIC), with all folders below");
  addPath(command,
          "--out",
          folder.out,
          "Folder for img/, seg/ and report.html; an interrupted run goes on there");
  addInteger(command, "--size", folder.size, {64, 1024}, "Pixels on a side of the pictures");
  command
      .add_option(
          "--masks", options->masks, "Of persons: the network's, refined at hair and other edges, or none")
      ->check(CLI::IsMember({"refined", "raw", "none"}))
      ->capture_default_str();
  addPath(command,
          "--mask-network",
          folder.mask.network,
          "ONNX matting network of your own: a square RGB input in 0..1, one channel out")
      ->type_name("FILE");
  command.add_option("--heads", options->heads, "Of a photo with several people")
      ->check(CLI::IsMember({"largest", "all"}))
      ->capture_default_str();
  command.add_flag("--without-face",
                   folder.without_face,
                   "Also take profiles and backs of heads; of their squares and yaws some are wrong");
  addNumber(command,
            "--smallest",
            folder.alignment.smallest_side,
            {16, 4096},
            "Pixels of the smallest head in a photo that is taken (side of its square)");
  addNumber(
      command, "--sharpness", folder.alignment.least_sharpness, {0, 1}, "Least sharpness that is taken");
  addNumber(
      command, "--outside", folder.alignment.most_outside, {0, 1}, "Largest part of a head beyond the photo");
  addPath(command,
          "--accuracy",
          options->accuracy,
          "Measure alignment on the labelled synthetic heads in this folder or zip instead");
  command.add_flag("--json", options->json, "A JSON object for each photo, then one for all");
  command.callback([options, &invocation] {
    invocation.run = [options, &invocation](Terminal& terminal) {
      options->folder.threads = invocation.threads;
      runAlign(*options, terminal);
    };
  });
}

#else

void addAlignCommand(CLI::App& root, Invocation& invocation) {
  CLI::App& command = addCommand(root,
                                 invocation,
                                 "align",
                                 "Makes a training set of a folder of photos (not in this headless build).",
                                 {""});
  command.allow_extras();
  command.callback([&invocation] {
    invocation.run = [](Terminal&) {
      throw Error("this is a headless build: it has no OpenCV to align photos with",
                  "align them on a machine with the whole program, and take the set along");
    };
  });
}

#endif

}  // namespace panohead::app
